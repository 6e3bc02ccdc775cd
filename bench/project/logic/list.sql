/* ---
access: public
params:
  after: { type: int, required: true }
--- */
select id, name, email, quantity, score, active, created_at, meta
from items
where id > :after
order by id
limit 100
