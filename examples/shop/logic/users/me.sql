/* ---
description: The caller's profile and what they have bought; null before the first `users/save`
access: authenticated
returns: optional
cache: { ttl: 30s, vary: user, tags: [users, orders] }
--- */
select u.id, u.email, u.name, u.created_at,
       count(o.id) as orders,
       coalesce(sum(o.total) filter (where o.status <> 'cancelled'), 0) as spent,
       max(o.created_at) as last_order_at
from users u
left join orders o on o.user_id = u.id
where u.id = :user_id
group by u.id
