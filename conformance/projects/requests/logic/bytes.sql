/* ---
access: public
returns: one
params:
  count: { type: int, required: true }
--- */
select repeat('x', :count) as x
