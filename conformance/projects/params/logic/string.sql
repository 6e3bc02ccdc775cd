/* ---
access: public
returns: one
params:
  s: { type: string, required: true, minLength: 2, maxLength: 4 }
--- */
select :s::text as s
