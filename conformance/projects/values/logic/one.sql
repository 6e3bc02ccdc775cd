/* ---
access: public
returns: one
params:
  count: { type: int, required: true }
--- */
select i from generate_series(1, :count) as i
