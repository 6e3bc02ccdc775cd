/* ---
description: Products with any, or with all, of the tags
access: public
params:
  tags: { type: array, items: { type: string }, required: true, minLength: 1, maxLength: 10 }
  match: { type: enum, values: [any, all], default: any }
cache: 60s
--- */
select id, sku, name, price, tags
from products
where active
  and case :match::text when 'all' then tags @> :tags else tags && :tags end
order by name, id
limit 100
