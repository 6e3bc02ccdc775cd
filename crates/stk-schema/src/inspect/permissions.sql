-- What roles other than the owner may do. Routines and types have a default that grants; one taken away leaves a row
-- without a privilege.
WITH managed AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY ($1)
),
target (kind, schema, name, part, owner, acl, granting) AS (
    SELECT 'schema', n.nspname, '', '', n.nspowner, n.nspacl, false
    FROM pg_namespace n JOIN managed m ON m.oid = n.oid
    UNION ALL
    SELECT CASE WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END, m.nspname, c.relname, '', c.relowner, c.relacl, false
    FROM pg_class c JOIN managed m ON m.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relacl IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'column', m.nspname, c.relname, a.attname, c.relowner, a.attacl, false
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN managed m ON m.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attacl IS NOT NULL AND NOT a.attisdropped
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'function', m.nspname,
           p.proname || '(' || array_to_string(array(
               SELECT format_type(k.type, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY k (type, place)
               ORDER BY k.place), ', ') || ')',
           '', p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), p.proacl IS NOT NULL
    FROM pg_proc p JOIN managed m ON m.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p', 'w')
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'type', m.nspname, t.typname, '', t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)), t.typacl IS NOT NULL
    FROM pg_type t JOIN managed m ON m.oid = t.typnamespace
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('e', 'd') OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
)
SELECT t.kind,
       t.schema,
       t.name::text,
       t.part::text,
       CASE WHEN e.grantee = 0 THEN 'public' ELSE coalesce(pg_get_userbyid(e.grantee)::text, 'public') END,
       coalesce(e.is_grantable, false),
       coalesce(array_agg(e.privilege_type ORDER BY e.privilege_type) FILTER (WHERE e.privilege_type IS NOT NULL), '{}')
FROM target t
LEFT JOIN LATERAL (
    SELECT x.* FROM aclexplode(t.acl) x WHERE x.grantee <> t.owner
) e ON true
WHERE e.grantee IS NOT NULL OR t.granting
GROUP BY 1, 2, 3, 4, 5, 6
