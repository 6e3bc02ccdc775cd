/* ---
access: public
returns: one
params:
  n: { type: int }
--- */
select :n::smallint as n
