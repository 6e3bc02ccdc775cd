/* ---
description: Cancels an order that is still pending and puts the goods back
access: authenticated
params:
  id: { type: uuid, required: true }
returns: one
invalidates: [orders, products]
--- */

-- Two cancellations at once: the second waits here, then finds nothing pending.
select id from orders where id = :id and user_id = :user_id for update;

update products p
set stock = p.stock + i.quantity, updated_at = now()
from order_items i
join orders o on o.id = i.order_id
where o.id = :id and o.user_id = :user_id and o.status = 'pending' and p.id = i.product_id;

update orders
set status = 'cancelled', updated_at = now()
where id = :id and user_id = :user_id and status = 'pending';

select id, status, total, updated_at from orders where id = :id and user_id = :user_id
