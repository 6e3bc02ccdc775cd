/* ---
access: public
returns: one
params:
  s: { type: string, pattern: '^[a-z]+$' }
--- */
select :s::text as s
