/* ---
access: public
params:
  kind: { type: string, required: true }
  amount: { type: int, required: true }
  payload: { type: json, required: true }
returns: one
--- */
insert into events (kind, amount, payload)
values (:kind, :amount, :payload)
returning id
