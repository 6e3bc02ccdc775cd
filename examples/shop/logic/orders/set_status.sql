/* ---
description: Moves orders on, from one status to the next; answers with those that moved
access: admin
params:
  ids: { type: array, items: { type: uuid }, required: true, minLength: 1, maxLength: 100 }
  from: { type: enum, values: [pending, paid], required: true }
  to: { type: enum, values: [paid, shipped], required: true }
invalidates: [orders]
--- */
update orders
set status = :to, updated_at = now()
where id = any(:ids) and status = :from
returning id, status, updated_at
