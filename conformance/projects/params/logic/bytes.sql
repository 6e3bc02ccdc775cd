/* ---
access: public
returns: one
params:
  b: { type: bytes, maxLength: 4 }
--- */
select :b::bytea as b
