/* ---
access: public
returns: one
params:
  n: { type: float }
--- */
select :n::float8 as n
