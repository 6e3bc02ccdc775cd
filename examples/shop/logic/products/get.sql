/* ---
description: One product, or null where there is none
access: public
params:
  sku: { type: string, required: true, maxLength: 40 }
returns: optional
cache: { ttl: 60s, swr: 10m, vary: shared, tags: [products] }
--- */
select id, sku, name, description, price, stock, tags, attributes, updated_at
from products
where sku = :sku and active
