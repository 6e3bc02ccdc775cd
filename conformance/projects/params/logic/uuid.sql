/* ---
access: public
returns: one
params:
  id: { type: uuid }
--- */
select :id::uuid as id
