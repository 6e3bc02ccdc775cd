/* ---
access: admin
returns: one
params:
  id: { type: int, required: true }
  name: { type: string, required: true }
--- */
insert into items (id, name) values (:id, :name) returning id, name
