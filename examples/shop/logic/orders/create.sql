/* ---
description: Places an order and takes the goods off the stock, all or nothing
access: authenticated
params:
  id: { type: uuid, required: true, description: Chosen by the client; sent twice it is a conflict rather than a second order }
  items: { type: json, required: true, description: 'An array of objects: [{ "sku": "MUG-01", "quantity": 2 }]' }
  note: { type: string, maxLength: 500 }
returns: one
invalidates: [orders, products]
--- */

-- An order of nothing has no total, and a total may not be null.
insert into orders (id, user_id, note, total)
select :id, :user_id, :note, sum(p.price * i.quantity)
from jsonb_to_recordset(:items) as i (sku text, quantity int)
join products p on p.sku = i.sku;

-- An unknown or retired product has no id here, and the primary key refuses it.
insert into order_items (order_id, product_id, quantity, unit_price)
select :id, p.id, i.quantity, p.price
from jsonb_to_recordset(:items) as i (sku text, quantity int)
left join products p on p.sku = i.sku and p.active;

-- The check on the stock refuses what is not there.
update products p
set stock = p.stock - i.quantity, updated_at = now()
from order_items i
where i.order_id = :id and p.id = i.product_id;

select o.id, o.status, o.total, o.note, o.created_at,
       (
         select jsonb_agg(
           jsonb_build_object('sku', p.sku, 'quantity', i.quantity, 'unitPrice', i.unit_price)
           order by p.sku
         )
         from order_items i
         join products p on p.id = i.product_id
         where i.order_id = o.id
       ) as items
from orders o
where o.id = :id
