/* ---
access: public
returns: one
--- */
select int4range(1, 5) as a, numrange(1.5, null) as b, tstzrange('2024-01-01 00:00Z', '2024-01-02 00:00Z') as c, 'empty'::int4range as d,
       '{[1,3),[5,7)}'::int4multirange as e
