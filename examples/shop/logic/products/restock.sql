/* ---
description: Adds to the stock of several products at once; answers with the new stocks
access: [admin]
params:
  deliveries: { type: json, required: true, description: 'An object of sku and quantity: { "MUG-01": 12 }' }
invalidates: [products]
--- */
update products p
set stock = p.stock + d.value::int, updated_at = now()
from jsonb_each_text(:deliveries) d
where p.sku = d.key
returning p.sku, p.stock
