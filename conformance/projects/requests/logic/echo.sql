/* ---
access: public
returns: one
params:
  s: { type: string }
--- */
select :s::text as s
