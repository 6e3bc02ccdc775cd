/* ---
access: public
returns: one
params:
  t: { type: timestamp }
--- */
select :t::timestamptz as t
