/* ---
access: public
returns: one
params:
  n: { type: number, min: 0.5 }
--- */
select :n::numeric as n
