/* ---
access: public
returns: one
params:
  n: { type: int, min: -5, max: 100 }
--- */
select :n::int as n
