schema "public" {}

table "quotes" {
  schema = schema.public

  column "symbol" {
    type = varchar(10)
  }
  column "price" {
    type = numeric(12, 2)
  }

  primary_key {
    columns = [column.symbol]
  }
}
