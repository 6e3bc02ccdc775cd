-- Extensions' tables belong to their extension; partitions have a query of their own.
SELECT c.oid,
       n.nspname,
       c.relname,
       obj_description(c.oid, 'pg_class'),
       p.partstrat::text,
       pg_get_partkeydef(c.oid),
       c.relpersistence = 'u',
       coalesce(c.reloptions, '{}') || array(SELECT 'toast.' || option FROM unnest(t.reloptions) option),
       c.relrowsecurity,
       c.relforcerowsecurity
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND n.nspname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 2, 3
