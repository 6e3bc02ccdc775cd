/* ---
description: Adds a product, or changes the one with the same sku
access: admin
params:
  sku: { type: string, required: true, minLength: 1, maxLength: 40, pattern: "^[A-Z0-9-]+$" }
  name: { type: string, required: true, minLength: 1, maxLength: 200 }
  description: { type: string, default: "", maxLength: 5000 }
  price: { type: number, required: true, min: 0 }
  stock: { type: int, default: 0, min: 0 }
  tags: { type: array, items: { type: string }, default: [] }
  attributes: { type: json, default: {} }
returns: one
invalidates: [products]
--- */
insert into products (sku, name, description, price, stock, tags, attributes)
values (:sku, :name, :description, :price, :stock, :tags, :attributes)
on conflict (sku) do update
set name = excluded.name,
    description = excluded.description,
    price = excluded.price,
    stock = excluded.stock,
    tags = excluded.tags,
    attributes = excluded.attributes,
    active = true,
    updated_at = now()
returning id, sku, name, price, stock, tags, attributes, xmax = 0 as created
