/* ---
access: public
returns: one
--- */
select date '2024-02-29' as a, 'infinity'::date as b, date '0044-03-15 BC' as c, date '12345-01-01' as d
