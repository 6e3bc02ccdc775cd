/* ---
access: public
returns: one
--- */
select 'pg_class'::regclass as a, array['pg_class'::regclass] as b
