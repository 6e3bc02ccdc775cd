/* ---
access: public
params:
  id: { type: int, required: true }
returns: one
cache: 1h
--- */
select id, name, email, quantity, score, active, created_at, meta
from items
where id = :id
