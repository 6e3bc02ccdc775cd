-- A row for each field; one without field names for a type that has none.
SELECT n.nspname,
       c.relname,
       obj_description(t.oid, 'pg_type'),
       a.attname,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN b.typtype IN ('e', 'd') OR bc.relkind = 'c' THEN b.typtype::text END,
       bn.nspname,
       b.typname,
       CASE WHEN a.attcollation <> b.typcollation
            THEN CASE WHEN cn.nspname = 'pg_catalog' THEN format('"%s"', replace(l.collname, '"', '""'))
                      ELSE format('%I.%I', cn.nspname, l.collname) END
       END,
       col_description(c.oid, a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = c.reltype
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type b ON b.oid = a.atttypid
LEFT JOIN pg_namespace bn ON bn.oid = b.typnamespace
LEFT JOIN pg_class bc ON bc.oid = b.typrelid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = l.collnamespace
WHERE c.relkind = 'c'
  AND n.nspname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY 1, 2, a.attnum
