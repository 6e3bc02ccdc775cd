/* ---
description: Orders whose total is not the sum of their items; private, as its folder begins with `_`
params:
  limit: { type: int, default: 100, min: 1, max: 1000 }
--- */
select o.id, o.total, sum(i.quantity * i.unit_price) as items_total
from orders o
left join order_items i on i.order_id = o.id
group by o.id
having o.total is distinct from sum(i.quantity * i.unit_price)
order by o.id
limit :limit
