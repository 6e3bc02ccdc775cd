/* ---
access: public
returns: one
cache: 60s
params:
  id: { type: int, required: true }
  tags: { type: array, items: { type: string } }
  deep: { type: bool }
--- */
select :id::int as id, :tags::text[] as tags, :deep::bool as deep
