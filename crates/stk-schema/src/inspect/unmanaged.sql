-- What can stand in a schema and is not part of the model, unless an extension made it.
WITH managed AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY ($1)
),
found (kind, schema, name, classid, objid) AS (
    SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'typed table' END, m.nspname, c.relname::text,
           'pg_class'::regclass, c.oid
    FROM pg_class c JOIN managed m ON m.oid = c.relnamespace
    WHERE c.relkind = 'f' OR c.reloftype <> 0
    UNION ALL
    SELECT 'inheritance', m.nspname, c.relname || ' from ' || i.inhparent::regclass, 'pg_class'::regclass, c.oid
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN managed m ON m.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'f') AND NOT c.relispartition
    UNION ALL
    SELECT 'rule', m.nspname, c.relname || '.' || r.rulename, 'pg_rewrite'::regclass, r.oid
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN managed m ON m.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE 'function' END, m.nspname,
           p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'pg_proc'::regclass, p.oid
    FROM pg_proc p JOIN managed m ON m.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE p.prokind = 'a' OR l.lanname IN ('c', 'internal') OR p.prosupport <> 0 OR p.protrftypes IS NOT NULL
       OR p.proname LIKE '%(%'
    UNION ALL
    SELECT CASE t.typtype WHEN 'r' THEN 'range' ELSE 'base type' END, m.nspname, t.typname::text,
           'pg_type'::regclass, t.oid
    FROM pg_type t JOIN managed m ON m.oid = t.typnamespace
    WHERE t.typtype = 'r' OR (t.typtype = 'b' AND t.typelem = 0) OR (t.typtype = 'p')
    UNION ALL
    SELECT 'operator', m.nspname, o.oid::regoperator::text, 'pg_operator'::regclass, o.oid
    FROM pg_operator o JOIN managed m ON m.oid = o.oprnamespace
    UNION ALL
    SELECT 'operator class', m.nspname, o.opcname::text, 'pg_opclass'::regclass, o.oid
    FROM pg_opclass o JOIN managed m ON m.oid = o.opcnamespace
    UNION ALL
    SELECT 'operator family', m.nspname, o.opfname::text, 'pg_opfamily'::regclass, o.oid
    FROM pg_opfamily o JOIN managed m ON m.oid = o.opfnamespace
    UNION ALL
    SELECT 'collation', m.nspname, o.collname::text, 'pg_collation'::regclass, o.oid
    FROM pg_collation o JOIN managed m ON m.oid = o.collnamespace
    UNION ALL
    SELECT 'conversion', m.nspname, o.conname::text, 'pg_conversion'::regclass, o.oid
    FROM pg_conversion o JOIN managed m ON m.oid = o.connamespace
    UNION ALL
    SELECT 'statistics', m.nspname, o.stxname::text, 'pg_statistic_ext'::regclass, o.oid
    FROM pg_statistic_ext o JOIN managed m ON m.oid = o.stxnamespace
    UNION ALL
    SELECT 'text search configuration', m.nspname, o.cfgname::text, 'pg_ts_config'::regclass, o.oid
    FROM pg_ts_config o JOIN managed m ON m.oid = o.cfgnamespace
    UNION ALL
    SELECT 'text search dictionary', m.nspname, o.dictname::text, 'pg_ts_dict'::regclass, o.oid
    FROM pg_ts_dict o JOIN managed m ON m.oid = o.dictnamespace
    UNION ALL
    SELECT 'text search parser', m.nspname, o.prsname::text, 'pg_ts_parser'::regclass, o.oid
    FROM pg_ts_parser o JOIN managed m ON m.oid = o.prsnamespace
    UNION ALL
    SELECT 'text search template', m.nspname, o.tmplname::text, 'pg_ts_template'::regclass, o.oid
    FROM pg_ts_template o JOIN managed m ON m.oid = o.tmplnamespace
    UNION ALL
    SELECT 'cast', '', format_type(o.castsource, NULL) || ' to ' || format_type(o.casttarget, NULL),
           'pg_cast'::regclass, o.oid
    FROM pg_cast o
    JOIN pg_type s ON s.oid = o.castsource
    JOIN pg_type t ON t.oid = o.casttarget
    WHERE s.typnamespace IN (SELECT oid FROM managed) OR t.typnamespace IN (SELECT oid FROM managed)
    UNION ALL
    SELECT 'event trigger', '', o.evtname::text, 'pg_event_trigger'::regclass, o.oid FROM pg_event_trigger o
    UNION ALL
    SELECT 'publication', '', o.pubname::text, 'pg_publication'::regclass, o.oid FROM pg_publication o
    UNION ALL
    SELECT 'foreign server', '', o.srvname::text, 'pg_foreign_server'::regclass, o.oid FROM pg_foreign_server o
)
SELECT f.kind, f.schema, f.name
FROM found f
WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = f.classid AND d.objid = f.objid AND d.deptype = 'e')
  -- A class made without a family got one of its own; a range got a multirange.
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = f.classid AND d.objid = f.objid AND d.deptype = 'i'
                    AND d.refclassid <> 'pg_class'::regclass)
ORDER BY 1, 2, 3
