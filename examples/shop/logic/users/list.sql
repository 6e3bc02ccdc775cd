select u.id, u.email, u.name, u.created_at, o.id as last_order_id, o.total as last_order_total
from users u
left join lateral (
  select id, total from orders where user_id = u.id order by created_at desc, id desc limit 1
) o on true
where (u.created_at, u.id) > (:afterCreatedAt::timestamptz, :afterId::uuid)
order by u.created_at, u.id
limit :limit
