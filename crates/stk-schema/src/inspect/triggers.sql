SELECT g.tgrelid,
       g.tgname,
       g.tgtype,
       array(SELECT a.attname::text
             FROM unnest(g.tgattr::int2[]) WITH ORDINALITY k (num, place)
             JOIN pg_attribute a ON a.attrelid = g.tgrelid AND a.attnum = k.num
             ORDER BY k.place),
       CASE WHEN g.tgqual IS NOT NULL THEN pg_get_triggerdef(g.oid) END,
       pn.nspname,
       p.proname,
       g.tgargs,
       g.tgconstraint <> 0,
       g.tgdeferrable,
       g.tginitdeferred,
       g.tgoldtable,
       g.tgnewtable,
       g.tgenabled::text,
       obj_description(g.oid, 'pg_trigger')
FROM pg_trigger g
JOIN pg_class c ON c.oid = g.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc p ON p.oid = g.tgfoid
JOIN pg_namespace pn ON pn.oid = p.pronamespace
WHERE NOT g.tgisinternal
  AND g.tgparentid = 0
  AND n.nspname = ANY ($1)
ORDER BY g.tgrelid, g.tgname
