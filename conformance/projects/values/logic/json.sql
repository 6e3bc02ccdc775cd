/* ---
access: public
returns: one
--- */
select '{"b": 1, "a": [1, 2.50, null]}'::json as a, '{"b": 1, "a": [1, 2.50, null]}'::jsonb as b, 'null'::jsonb as c, null::jsonb as d
