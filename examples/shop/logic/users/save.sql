---
description: Writes the caller's own profile
params:
  email: { type: string, required: true, format: email, maxLength: 254 }
  name: { type: string, required: true, minLength: 1, maxLength: 100 }
returns: one
invalidates: [users]
---
insert into users (id, email, name)
values (:user_id, :email, :name)
on conflict (id) do update
set email = excluded.email, name = excluded.name
returning id, email, name, created_at
