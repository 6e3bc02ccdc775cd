-- Functions in C have no text to compare and aggregates no body: they are unmanaged.
SELECT n.nspname,
       p.proname,
       p.prokind::text,
       l.lanname,
       p.prosrc,
       pg_get_function_sqlbody(p.oid),
       p.provolatile::text,
       p.proisstrict,
       p.proleakproof,
       p.prosecdef,
       p.proparallel::text,
       nullif(p.procost, 100)::text,
       CASE WHEN p.proretset THEN nullif(p.prorows, 1000)::text END,
       p.proretset,
       coalesce(p.proconfig, '{}'),
       format_type(p.prorettype, NULL),
       CASE WHEN r.typtype IN ('e', 'd') OR rc.relkind = 'c' THEN r.typtype::text END,
       rn.nspname,
       r.typname,
       (SELECT jsonb_agg(jsonb_build_object(
                   'name', nullif(p.proargnames[k.place], ''),
                   'mode', coalesce(p.proargmodes[k.place], 'i'),
                   'type', format_type(k.type, NULL),
                   'kind', CASE WHEN t.typtype IN ('e', 'd') OR tc.relkind = 'c' THEN t.typtype END,
                   'type_schema', tn.nspname,
                   'type_name', t.typname,
                   'default', pg_get_function_arg_default(p.oid, k.place::int)) ORDER BY k.place)
        FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY k (type, place)
        JOIN pg_type t ON t.oid = k.type
        JOIN pg_namespace tn ON tn.oid = t.typnamespace
        LEFT JOIN pg_class tc ON tc.oid = t.typrelid),
       obj_description(p.oid, 'pg_proc')
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
JOIN pg_type r ON r.oid = p.prorettype
JOIN pg_namespace rn ON rn.oid = r.typnamespace
LEFT JOIN pg_class rc ON rc.oid = r.typrelid
WHERE n.nspname = ANY ($1)
  AND p.prokind IN ('f', 'p', 'w')
  AND l.lanname NOT IN ('c', 'internal')
  AND p.proname NOT LIKE '%(%'
  AND p.prosupport = 0
  AND p.protrftypes IS NULL
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1, 2, pg_get_function_identity_arguments(p.oid)
