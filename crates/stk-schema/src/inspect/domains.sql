SELECT n.nspname,
       t.typname,
       format_type(t.typbasetype, t.typtypmod),
       CASE WHEN b.typtype IN ('e', 'd') OR bc.relkind = 'c' THEN b.typtype::text END,
       bn.nspname,
       b.typname,
       t.typnotnull,
       pg_get_expr(t.typdefaultbin, 'pg_type'::regclass),
       CASE WHEN t.typcollation <> b.typcollation
            THEN CASE WHEN cn.nspname = 'pg_catalog' THEN format('"%s"', replace(l.collname, '"', '""'))
                      ELSE format('%I.%I', cn.nspname, l.collname) END
       END,
       obj_description(t.oid, 'pg_type'),
       (SELECT jsonb_agg(jsonb_build_object(
                   'name', con.conname,
                   'expr', pg_get_expr(con.conbin, 'pg_type'::regclass),
                   'valid', con.convalidated,
                   'comment', obj_description(con.oid, 'pg_constraint')) ORDER BY con.oid)
        FROM pg_constraint con
        WHERE con.contypid = t.oid AND con.contype = 'c')
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
JOIN pg_namespace bn ON bn.oid = b.typnamespace
LEFT JOIN pg_class bc ON bc.oid = b.typrelid
LEFT JOIN pg_collation l ON l.oid = t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = l.collnamespace
WHERE t.typtype = 'd'
  AND n.nspname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY 1, 2
