-- Indexes, and the keys (contype p, u) and exclusions (x) that stand on one.
SELECT i.indrelid,
       ic.relname,
       con.contype::text,
       i.indisunique,
       am.amname,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
       (SELECT jsonb_agg(jsonb_build_object(
                        'column', a.attname,
                        'expr', CASE WHEN a.attname IS NULL THEN pg_get_indexdef(i.indexrelid, k, false) END,
                        'desc', i.indoption[k - 1] & 1 <> 0,
                        'nulls_first', i.indoption[k - 1] & 2 <> 0,
                        'ops', CASE WHEN o.opcdefault AND ia.attoptions IS NULL THEN NULL
                                    WHEN opn.nspname = 'pg_catalog' THEN format('%I', o.opcname)
                                    ELSE format('%I.%I', opn.nspname, o.opcname) END,
                        'collate', CASE WHEN i.indcollation[k - 1] IN (0, coalesce(a.attcollation, 100)) THEN NULL
                                        WHEN ln.nspname = 'pg_catalog'
                                        THEN format('"%s"', replace(l.collname, '"', '""'))
                                        ELSE format('%I.%I', ln.nspname, l.collname) END,
                        'operator', CASE WHEN opr.oid IS NULL THEN NULL
                                         WHEN oprn.nspname = 'pg_catalog' THEN opr.oprname
                                         ELSE format('OPERATOR(%I.%s)', oprn.nspname, opr.oprname) END,
                        'ops_options', ia.attoptions) ORDER BY k)
             FROM generate_series(1, i.indnkeyatts) k
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum <> 0
             JOIN pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k
             JOIN pg_opclass o ON o.oid = i.indclass[k - 1]
             JOIN pg_namespace opn ON opn.oid = o.opcnamespace
             LEFT JOIN pg_collation l ON l.oid = i.indcollation[k - 1]
             LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
             LEFT JOIN pg_operator opr ON opr.oid = con.conexclop[k]
             LEFT JOIN pg_namespace oprn ON oprn.oid = opr.oprnamespace),
       array(SELECT a.attname::text
             FROM generate_series(i.indnkeyatts + 1, i.indnatts) k
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]
             ORDER BY k),
       pg_get_expr(i.indpred, i.indrelid),
       coalesce(ic.reloptions, '{}'),
       i.indisvalid,
       coalesce(con.condeferrable, false),
       coalesce(con.condeferred, false),
       ds.description
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_am am ON am.oid = ic.relam
LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description ds ON ds.objsubid = 0
                            AND ds.objoid = coalesce(con.oid, i.indexrelid)
                            AND ds.classoid = CASE WHEN con.oid IS NULL THEN 'pg_class'::regclass
                                                   ELSE 'pg_constraint'::regclass END
WHERE n.nspname = ANY ($1)
  AND c.relkind IN ('r', 'p', 'm')
  AND NOT c.relispartition
ORDER BY i.indrelid, i.indexrelid
