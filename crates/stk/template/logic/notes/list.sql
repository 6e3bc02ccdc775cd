/* ---
description: The newest notes
access: public
params:
  limit: { type: int, default: 20, min: 1, max: 100, description: How many }
cache: { ttl: 30s, tags: [notes] }
--- */
SELECT id, author, body, created_at
FROM notes
ORDER BY created_at DESC, id
LIMIT :limit
