-- What needs what between objects of the managed schemas. Parts of a relation (defaults, constraints, rules, triggers,
-- policies, indexes) stand for their relation; foreign keys are left out, for the model has them.
WITH managed AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY ($1)
),
relation AS (
    SELECT c.oid, c.relname, c.relkind, c.relispartition, c.reltype, m.nspname
    FROM pg_class c JOIN managed m ON m.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c')
),
thing (class, oid, kind, schema, name) AS (
    SELECT 'pg_class'::regclass, r.oid,
           CASE WHEN r.relispartition THEN 'partition' WHEN r.relkind IN ('r', 'p') THEN 'table'
                WHEN r.relkind = 'S' THEN 'sequence' WHEN r.relkind = 'c' THEN 'composite' ELSE 'view' END,
           r.nspname, r.relname::text
    FROM relation r
    UNION ALL
    -- A type by itself, the type of a relation's rows, and the arrays of both.
    SELECT 'pg_type'::regclass, a.oid,
           CASE WHEN t.typtype = 'e' THEN 'enum' WHEN t.typtype = 'd' THEN 'domain'
                WHEN r.relispartition THEN 'partition' WHEN r.relkind IN ('r', 'p') THEN 'table'
                WHEN r.relkind = 'c' THEN 'composite' ELSE 'view' END,
           m.nspname, t.typname::text
    FROM pg_type t
    JOIN managed m ON m.oid = t.typnamespace
    LEFT JOIN relation r ON r.oid = t.typrelid
    CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) a (oid)
    WHERE (t.typtype IN ('e', 'd') OR r.oid IS NOT NULL) AND a.oid <> 0
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 'function', m.nspname,
           p.proname || '(' || array_to_string(array(
               SELECT format_type(k.type, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY k (type, place)
               ORDER BY k.place), ', ') || ')'
    FROM pg_proc p JOIN managed m ON m.oid = p.pronamespace
),
part (class, oid, relation, of_domain, label) AS (
    SELECT 'pg_rewrite'::regclass, w.oid, w.ev_class, 0::oid, '' FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class
    UNION ALL
    SELECT 'pg_attrdef'::regclass, f.oid, f.adrelid, 0, 'default of ' || a.attname
    FROM pg_attrdef f JOIN relation r ON r.oid = f.adrelid
    JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, k.conrelid, k.contypid, 'constraint ' || k.conname
    FROM pg_constraint k JOIN managed m ON m.oid = k.connamespace
    WHERE k.contype IN ('c', 'x')
    UNION ALL
    SELECT 'pg_trigger'::regclass, g.oid, g.tgrelid, 0, 'trigger ' || g.tgname
    FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, p.polrelid, 0, 'policy ' || p.polname
    FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, i.indrelid, 0, 'index ' || c.relname
    FROM pg_index i JOIN relation r ON r.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid
    UNION ALL
    SELECT t.class, t.oid, t.oid, 0, '' FROM thing t WHERE t.class = 'pg_class'::regclass
)
SELECT DISTINCT o.kind, o.schema, o.name,
       CASE WHEN coalesce(p.label, '') = '' AND oa.attname IS NOT NULL THEN 'column ' || oa.attname
            ELSE coalesce(p.label, '') END,
       n.kind, n.schema, n.name, na.attname::text
FROM pg_depend d
JOIN thing n ON n.class = d.refclassid AND n.oid = d.refobjid
LEFT JOIN part p ON p.class = d.classid AND p.oid = d.objid
JOIN thing o ON (o.class, o.oid) = (CASE WHEN p.relation <> 0 THEN 'pg_class'::regclass
                                         WHEN p.of_domain <> 0 THEN 'pg_type'::regclass ELSE d.classid END,
                                    CASE WHEN p.relation <> 0 THEN p.relation
                                         WHEN p.of_domain <> 0 THEN p.of_domain ELSE d.objid END)
LEFT JOIN pg_attribute na ON n.class = 'pg_class'::regclass AND na.attrelid = d.refobjid AND na.attnum = d.refobjsubid
                         AND d.refobjsubid > 0
LEFT JOIN pg_attribute oa ON d.classid = 'pg_class'::regclass AND oa.attrelid = d.objid AND oa.attnum = d.objsubid
                         AND d.objsubid > 0
WHERE d.deptype IN ('n', 'a')
  AND (o.kind, o.schema, o.name) <> (n.kind, n.schema, n.name)
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
