/* ---
access: public
returns: one
--- */
select 'NaN'::float8 as a, '-Infinity'::float8 as b, 'NaN'::numeric as c, 'Infinity'::real as d
