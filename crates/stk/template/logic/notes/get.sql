/* ---
description: A note by its id
access: public
params:
  id: { type: uuid, required: true }
returns: optional
--- */
SELECT id, author, body, created_at
FROM notes
WHERE id = :id
