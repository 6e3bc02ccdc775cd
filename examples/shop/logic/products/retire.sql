/* ---
description: Takes a product off sale; orders keep it
access: admin
params:
  sku: { type: string, required: true, maxLength: 40 }
returns: none
invalidates: [products]
--- */
update products set active = false, updated_at = now() where sku = :sku
