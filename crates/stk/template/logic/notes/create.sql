/* ---
description: Writes a note as the user who calls
access: authenticated
params:
  body: { type: string, required: true, minLength: 1, maxLength: 2000 }
returns: one
invalidates: [notes]
--- */
INSERT INTO notes (author, body)
VALUES (:user_id, :body)
RETURNING id, author, body, created_at
