/* ---
description: What sold most in the last days
access: public
params:
  days: { type: int, default: 30, min: 1, max: 365 }
cache: { ttl: 5m, swr: 1h, tags: [products, orders] }
--- */
select p.sku, p.name,
       sum(i.quantity) as sold,
       sum(i.quantity * i.unit_price) as revenue,
       count(distinct o.user_id) as customers
from order_items i
join orders o on o.id = i.order_id and o.status <> 'cancelled'
join products p on p.id = i.product_id
where o.created_at >= now() - make_interval(days => :days)
group by p.id
order by sold desc, p.id
limit 10
