/* ---
access: public
returns: one
params:
  n: { type: int, default: 7 }
  s: { type: string }
--- */
select :n::int as n, :s::text as s
