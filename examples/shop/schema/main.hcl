schema "public" {}

enum "order_status" {
  schema = schema.public
  values = ["pending", "paid", "shipped", "cancelled"]
}

table "users" {
  schema  = schema.public
  comment = "Customers. The id is the subject of the customer's token."

  column "id" {
    type = uuid
  }
  column "email" {
    type = text
  }
  column "name" {
    type = text
  }
  column "created_at" {
    type    = timestamptz
    default = sql("now()")
  }

  primary_key {
    columns = [column.id]
  }
  index "users_email_key" {
    unique = true
    on {
      expr = "lower(email)"
    }
  }
  index "users_created_at_id_idx" {
    columns = [column.created_at, column.id]
  }
}

table "products" {
  schema = schema.public

  column "id" {
    type = bigint
    identity {
      generated = ALWAYS
    }
  }
  column "sku" {
    type    = varchar(40)
    comment = "What the warehouse calls it"
  }
  column "name" {
    type = text
  }
  column "description" {
    type    = text
    default = ""
  }
  column "price" {
    type = numeric(12, 2)
  }
  column "stock" {
    type    = int
    default = 0
  }
  column "tags" {
    type    = sql("text[]")
    default = sql("'{}'::text[]")
  }
  column "attributes" {
    type    = jsonb
    default = sql("'{}'::jsonb")
  }
  column "active" {
    type    = bool
    default = true
  }
  column "created_at" {
    type    = timestamptz
    default = sql("now()")
  }
  column "updated_at" {
    type    = timestamptz
    default = sql("now()")
  }
  column "search" {
    type    = tsvector
    comment = "Words of the name weigh more than words of the description"
    as {
      expr = "setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', description), 'B')"
      type = STORED
    }
  }

  primary_key {
    columns = [column.id]
  }
  unique "products_sku_key" {
    columns = [column.sku]
  }
  index "products_search_idx" {
    type    = GIN
    columns = [column.search]
  }
  index "products_tags_idx" {
    type    = GIN
    columns = [column.tags]
  }
  check "products_price_not_negative" {
    expr = "price >= 0"
  }
  check "products_stock_not_negative" {
    expr = "stock >= 0"
  }
}

table "orders" {
  schema = schema.public

  column "id" {
    type    = uuid
    comment = "Chosen by the client: an order that is sent twice is placed once"
  }
  column "user_id" {
    type = uuid
  }
  column "status" {
    type    = enum.order_status
    default = "pending"
  }
  column "total" {
    type = numeric(12, 2)
  }
  column "note" {
    type = text
    null = true
  }
  column "created_at" {
    type    = timestamptz
    default = sql("now()")
  }
  column "updated_at" {
    type    = timestamptz
    default = sql("now()")
  }

  primary_key {
    columns = [column.id]
  }
  foreign_key "orders_user_id_fkey" {
    columns     = [column.user_id]
    ref_columns = [table.users.column.id]
    on_delete   = RESTRICT
  }
  index "orders_user_id_created_at_id_idx" {
    on {
      column = column.user_id
    }
    on {
      column = column.created_at
      desc   = true
    }
    on {
      column = column.id
      desc   = true
    }
  }
  index "orders_pending_idx" {
    columns = [column.created_at]
    where   = "status = 'pending'"
  }
  check "orders_total_not_negative" {
    expr = "total >= 0"
  }
}

table "order_items" {
  schema = schema.public

  column "order_id" {
    type = uuid
  }
  column "product_id" {
    type = bigint
  }
  column "quantity" {
    type = int
  }
  column "unit_price" {
    type    = numeric(12, 2)
    comment = "The price when the order was placed"
  }

  primary_key {
    columns = [column.order_id, column.product_id]
  }
  foreign_key "order_items_order_id_fkey" {
    columns     = [column.order_id]
    ref_columns = [table.orders.column.id]
    on_delete   = CASCADE
  }
  foreign_key "order_items_product_id_fkey" {
    columns     = [column.product_id]
    ref_columns = [table.products.column.id]
    on_delete   = RESTRICT
  }
  index "order_items_product_id_idx" {
    columns = [column.product_id]
  }
  check "order_items_quantity_positive" {
    expr = "quantity > 0"
  }
}
