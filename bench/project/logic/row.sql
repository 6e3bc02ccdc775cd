/* ---
access: public
params:
  id: { type: int, required: true }
--- */
select id, name, email, quantity, score, active, created_at, meta from items where id = :id
