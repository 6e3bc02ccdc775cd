/* ---
access: public
returns: one
--- */
select 1::smallint as a, (-2147483648)::int as b, 9007199254740991::bigint as c, 1.5::real as d, 0.1::float8 as e, 1e300::float8 as f,
       1.50::numeric as g, null::int as h
