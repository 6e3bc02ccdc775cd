/* ---
access: public
returns: one
--- */
select 1 as z, 2 as a, 3 as "With Space", 4 as m
