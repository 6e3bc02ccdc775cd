/* ---
description: How many products are on sale
access: public
returns: value
cache: { ttl: 60s, tags: [products] }
--- */
select count(*) from products where active
