SELECT c.oid,
       n.nspname,
       c.relname,
       c.relkind = 'm',
       pg_get_viewdef(c.oid),
       coalesce(c.reloptions, '{}'),
       obj_description(c.oid, 'pg_class'),
       (SELECT jsonb_agg(jsonb_build_object('name', a.attname,
                                            'type', format_type(a.atttypid, a.atttypmod),
                                            'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm')
  AND n.nspname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 2, 3
