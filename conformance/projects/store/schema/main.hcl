schema "public" {}

table "items" {
  schema = schema.public

  column "id" {
    type = int
  }
  column "name" {
    type = text
  }
  column "stock" {
    type    = int
    default = 0
  }

  primary_key {
    columns = [column.id]
  }
  index "items_name_key" {
    columns = [column.name]
    unique  = true
  }
  check "stock_is_not_negative" {
    expr = "stock >= 0"
  }
}

table "sales" {
  schema = schema.public

  column "id" {
    type = int
  }
  column "item_id" {
    type = int
  }

  primary_key {
    columns = [column.id]
  }
  foreign_key "sales_item_id_fkey" {
    columns     = [column.item_id]
    ref_columns = [table.items.column.id]
  }
}
