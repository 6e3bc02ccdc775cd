/* ---
access: public
returns: one
params:
  id: { type: int, required: true }
  name: { type: string, required: true }
--- */
insert into sales (id, item_id) values (900, 1);
update items set name = :name where id = :id returning id, name
