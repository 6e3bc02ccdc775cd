/* ---
access: public
returns: one
params:
  n: { type: bigint }
--- */
select (:n::bigint)::text as n
