/* ---
access: public
returns: one
invalidates: [items]
params:
  id: { type: int, required: true }
  name: { type: string }
  stock: { type: int, default: 1 }
--- */
insert into items (id, name, stock) values (:id, :name, :stock) returning id, name, stock
