/* ---
description: One order with its items, for its customer or an admin
access: authenticated
params:
  id: { type: uuid, required: true }
returns: one
types: { items: "{ sku: string, name: string, quantity: number, unitPrice: number }[]" }
--- */
select o.id, o.status, o.total, o.note, o.created_at, u.name as customer,
       jsonb_agg(
         jsonb_build_object('sku', p.sku, 'name', p.name, 'quantity', i.quantity, 'unitPrice', i.unit_price)
         order by p.sku
       ) as items
from orders o
join users u on u.id = o.user_id
join order_items i on i.order_id = o.id
join products p on p.id = i.product_id
where o.id = :id
  and (o.user_id = :user_id or 'admin' = any(:user_roles))
group by o.id, u.id
