/* ---
access: public
returns: one
params:
  e: { type: enum, values: [red, green] }
--- */
select :e::text as e
