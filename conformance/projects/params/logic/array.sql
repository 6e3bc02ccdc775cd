/* ---
access: public
returns: one
params:
  a: { type: array, items: { type: int, min: 0 }, maxLength: 3 }
--- */
select :a::int[] as a
