/* ---
access: public
returns: one
--- */
select b'101' as a, point(1.5, -2) as b, box '(1,2),(3,4)' as c, circle '<(1,2),3>' as d, '16/B374D848'::pg_lsn as e, 42::oid as f
