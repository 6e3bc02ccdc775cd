/* ---
access: public
returns: one
params:
  b: { type: bool }
--- */
select :b::bool as b
