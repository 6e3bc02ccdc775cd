SELECT n.nspname,
       c.relname,
       pn.nspname,
       pc.relname,
       pg_get_expr(c.relpartbound, c.oid),
       p.partstrat::text,
       pg_get_partkeydef(c.oid),
       c.relpersistence = 'u',
       coalesce(c.reloptions, '{}') || array(SELECT 'toast.' || option FROM unnest(t.reloptions) option),
       obj_description(c.oid, 'pg_class'),
       array(SELECT 'the index ' || ic.relname
             FROM pg_index x
             JOIN pg_class ic ON ic.oid = x.indexrelid
             WHERE x.indrelid = c.oid AND NOT ic.relispartition
             ORDER BY ic.relname)
       || array(SELECT 'the constraint ' || con.conname
                FROM pg_constraint con
                WHERE con.conrelid = c.oid AND con.contype IN ('c', 'f', 'x') AND con.conparentid = 0 AND con.conislocal
                  AND con.coninhcount = 0
                ORDER BY con.conname)
       || array(SELECT 'the trigger ' || g.tgname
                FROM pg_trigger g
                WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgparentid = 0
                ORDER BY g.tgname)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_class pc ON pc.oid = i.inhparent
JOIN pg_namespace pn ON pn.oid = pc.relnamespace
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.relispartition
  AND c.relkind IN ('r', 'p')
  AND n.nspname = ANY ($1)
ORDER BY 1, 2
