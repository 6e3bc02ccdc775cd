/* ---
access: public
returns: one
params:
  a: { type: int, required: true }
  b: { type: string, required: true }
--- */
select :a::int as a, :b::text as b
