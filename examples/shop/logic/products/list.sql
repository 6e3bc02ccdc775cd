/* ---
description: Products by id, a page at a time; every filter may be left out
access: public
params:
  after: { type: int, default: 0, min: 0, description: The last id of the page before }
  limit: { type: int, default: 20, min: 1, max: 100 }
  tag: { type: string, maxLength: 40 }
  minPrice: { type: number, min: 0 }
  maxPrice: { type: number, min: 0 }
  inStock: { type: bool, default: false }
cache: { ttl: 60s, tags: [products] }
--- */
select id, sku, name, price, stock, tags
from products
where active
  and id > :after
  and (:tag::text is null or tags @> array[:tag::text])
  and (:minPrice::numeric is null or price >= :minPrice)
  and (:maxPrice::numeric is null or price <= :maxPrice)
  and (not :inStock or stock > 0)
order by id
limit :limit
