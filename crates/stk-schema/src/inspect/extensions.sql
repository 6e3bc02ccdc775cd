-- Of the whole database; the parameter is there for all queries to look alike.
SELECT e.extname,
       n.nspname,
       e.extversion,
       obj_description(e.oid, 'pg_extension')
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
  AND $1 IS NOT NULL
ORDER BY 1
