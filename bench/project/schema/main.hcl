schema "public" {}

table "items" {
  schema = schema.public
  column "id" {
    type = bigint
  }
  column "name" {
    type = text
  }
  column "email" {
    type = text
  }
  column "quantity" {
    type = int
  }
  column "score" {
    type = double_precision
  }
  column "active" {
    type = bool
  }
  column "created_at" {
    type = timestamptz
  }
  column "meta" {
    type = jsonb
  }
  primary_key {
    columns = [column.id]
  }
}

table "events" {
  schema = schema.public
  column "id" {
    type = bigint
    identity {
      generated = ALWAYS
    }
  }
  column "kind" {
    type = text
  }
  column "amount" {
    type = int
  }
  column "payload" {
    type = jsonb
  }
  primary_key {
    columns = [column.id]
  }
}
