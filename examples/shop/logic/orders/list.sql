/* ---
description: The caller's orders, the newest first, a page at a time
access: authenticated
params:
  status: { type: enum, values: [pending, paid, shipped, cancelled] }
  since: { type: date, description: Only orders of this day or later }
  beforeCreatedAt: { type: timestamp, description: created_at of the last order of the page before }
  beforeId: { type: uuid, description: Its id }
  limit: { type: int, default: 20, min: 1, max: 100 }
--- */
select o.id, o.status, o.total, o.created_at,
       (select sum(i.quantity) from order_items i where i.order_id = o.id) as pieces
from orders o
where o.user_id = :user_id
  and (:status::order_status is null or o.status = :status)
  and (:since::date is null or o.created_at >= :since)
  and (
    :beforeCreatedAt::timestamptz is null
    or (o.created_at, o.id) < (:beforeCreatedAt, :beforeId::uuid)
  )
order by o.created_at desc, o.id desc
limit :limit
