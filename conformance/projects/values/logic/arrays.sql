/* ---
access: public
returns: one
--- */
select array[1, null, 3] as a, array[array[1, 2], array[3, 4]] as b, '{}'::text[] as c, array['a,b', 'q"', null]::text[] as d,
       array['{"k": 1}'::jsonb] as e, array[1.50] as f, null::int[] as g
