/* ---
access: public
returns: one
--- */
select time '03:04:05.120' as a, timetz '03:04:05+05:30' as b, interval '1 year 2 mons 3 days 04:05:06.789' as c, interval '0' as d,
       interval '-1 day -02:00' as e
