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
