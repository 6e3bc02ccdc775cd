-- One line for each fact; the order of lines is that of the text, so that oids and time of creation do not matter.
WITH managed AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY ($1)
),
foreign_made AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
relation AS (
    SELECT c.*, m.nspname
    FROM pg_class c
    JOIN managed m ON m.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S')
      AND NOT EXISTS (SELECT FROM foreign_made f WHERE f.classid = 'pg_class'::regclass AND f.objid = c.oid)
),
fact (line) AS (
    SELECT jsonb_build_array('schema', nspname) FROM managed
    UNION ALL
    -- Of the whole database, since any schema may use them.
    SELECT jsonb_build_array('extension', e.extname, e.extversion, n.nspname)
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    UNION ALL
    SELECT jsonb_build_array('relation', r.nspname, r.relname, r.relkind, r.relpersistence, r.relrowsecurity,
                             r.relforcerowsecurity, r.reloptions, r.relispartition,
                             CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END,
                             CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END,
                             pg_get_expr(r.relpartbound, r.oid),
                             array(SELECT i.inhparent::regclass::text FROM pg_inherits i
                                   WHERE i.inhrelid = r.oid ORDER BY i.inhseqno),
                             (SELECT t.reloptions FROM pg_class t WHERE t.oid = r.reltoastrelid))
    FROM relation r
    UNION ALL
    SELECT jsonb_build_array('column', r.nspname, r.relname, a.attname,
                             row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
                             format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                             pg_get_expr(d.adbin, d.adrelid), l.collname)
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind <> 'S'
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    UNION ALL
    SELECT jsonb_build_array('sequence', r.nspname, r.relname, format_type(s.seqtypid, NULL), s.seqstart,
                             s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, s.seqcache,
                             (SELECT format('%s.%I', d.refobjid::regclass, a.attname)
                              FROM pg_depend d
                              JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                              WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')
                                AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0))
    FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
    UNION ALL
    SELECT jsonb_build_array('rule', r.nspname, r.relname, pg_get_ruledef(w.oid), w.ev_enabled)
    FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT jsonb_build_array('index', pg_get_indexdef(i.indexrelid), i.indisvalid)
    FROM relation r JOIN pg_index i ON i.indrelid = r.oid
    UNION ALL
    SELECT jsonb_build_array('constraint', r.nspname, r.relname, con.conname, pg_get_constraintdef(con.oid))
    FROM relation r JOIN pg_constraint con ON con.conrelid = r.oid
    UNION ALL
    SELECT jsonb_build_array('trigger', r.nspname, r.relname, pg_get_triggerdef(t.oid), t.tgenabled)
    FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT jsonb_build_array('policy', r.nspname, r.relname, p.polname, p.polcmd, p.polpermissive,
                             array(SELECT CASE WHEN role = 0 THEN 'public' ELSE pg_get_userbyid(role) END
                                   FROM unnest(p.polroles) role),
                             pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
    UNION ALL
    SELECT jsonb_build_array('type', m.nspname, t.typname, t.typtype, format_type(t.typbasetype, t.typtypmod),
                             t.typnotnull, t.typdefault, t.typcollation::regcollation,
                             array(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid
                                   ORDER BY e.enumsortorder),
                             array(SELECT pg_get_constraintdef(con.oid) FROM pg_constraint con
                                   WHERE con.contypid = t.oid ORDER BY con.conname))
    FROM pg_type t
    JOIN managed m ON m.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r', 'm')
      AND NOT EXISTS (SELECT FROM foreign_made f WHERE f.classid = 'pg_type'::regclass AND f.objid = t.oid)
    UNION ALL
    SELECT jsonb_build_array('function', m.nspname, p.proname, pg_get_function_arguments(p.oid),
                             pg_get_function_result(p.oid), p.prokind, l.lanname, p.prosrc,
                             pg_get_function_sqlbody(p.oid), p.provolatile, p.proisstrict, p.prosecdef,
                             p.proleakproof, p.proparallel, p.proconfig, p.procost, p.prorows)
    FROM pg_proc p
    JOIN managed m ON m.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT EXISTS (SELECT FROM foreign_made f WHERE f.classid = 'pg_proc'::regclass AND f.objid = p.oid)
)
SELECT encode(sha256(convert_to(coalesce(string_agg(line::text, E'\n' ORDER BY line::text COLLATE "C"), ''), 'UTF8')), 'hex')
FROM fact
