/* ---
access: public
returns: one
params:
  d: { type: date, min: 2000-01-01 }
--- */
select :d::date as d
