/* ---
access: public
returns: one
invalidates: [items]
params:
  id: { type: int, required: true }
  sale: { type: int, required: true }
  count: { type: int, default: 1 }
--- */
insert into sales (id, item_id) values (:sale, :id);
update items set stock = stock - :count where id = :id;
select id, stock from items where id = :id
