/* ---
description: Orders and revenue by status, with a last line for all of them
access: admin
cache: { ttl: 1m, tags: [orders] }
types: { revenue: number }
--- */
select o.status, count(*) as orders, sum(o.total) as revenue
from orders o
group by rollup (o.status)
order by o.status nulls last
