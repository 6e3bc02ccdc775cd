schema "public" {}

table "notes" {
  schema  = schema.public
  comment = "Notes of the app's users."

  column "id" {
    type    = uuid
    default = sql("gen_random_uuid()")
  }
  column "author" {
    type    = text
    comment = "The user's id, from the token."
  }
  column "body" {
    type = text
  }
  column "created_at" {
    type    = timestamptz
    default = sql("now()")
  }

  primary_key {
    columns = [column.id]
  }
  index "notes_created_at_idx" {
    columns = [column.created_at]
  }
  check "notes_body_not_empty" {
    expr = "body <> ''"
  }
}
