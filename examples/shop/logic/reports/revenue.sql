/* ---
description: Revenue of every day, the days without an order too
access: admin
params:
  from: { type: date, required: true }
  to: { type: date, required: true }
cache: { ttl: 1m, swr: 10m, vary: shared, tags: [orders] }
timeout: 5s
--- */
with days as (
  select day::date as day from generate_series(:from::date, :to::date, interval '1 day') as day
)
select d.day,
       count(o.id) as orders,
       coalesce(sum(o.total), 0) as revenue,
       avg(o.total)::numeric(12, 2) as average
from days d
left join orders o
  on o.created_at >= d.day and o.created_at < d.day + 1 and o.status <> 'cancelled'
group by d.day
order by d.day
