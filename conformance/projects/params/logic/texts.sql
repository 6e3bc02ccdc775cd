/* ---
access: public
returns: one
params:
  a: { type: array, items: { type: string } }
--- */
select :a::text[] as a
