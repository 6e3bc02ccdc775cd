-- Checks and foreign keys. Those with a parent are the copies that partitioning makes.
SELECT con.conrelid,
       con.conname,
       con.contype::text,
       pg_get_expr(con.conbin, con.conrelid),
       -- The columns of a check are in its expression.
       array(SELECT a.attname::text
             FROM unnest(CASE WHEN con.contype = 'f' THEN con.conkey END) WITH ORDINALITY k (num, place)
             JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num
             ORDER BY k.place),
       fn.nspname,
       fc.relname,
       array(SELECT a.attname::text
             FROM unnest(con.confkey) WITH ORDINALITY k (num, place)
             JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num
             ORDER BY k.place),
       con.confupdtype::text,
       con.confdeltype::text,
       -- Through JSON, for the column came with version 15.
       CASE WHEN con.contype = 'f' AND con.confdeltype IN ('n', 'd') THEN array(
             SELECT a.attname::text
             FROM jsonb_array_elements_text(nullif(to_jsonb(con) -> 'confdelsetcols', 'null'))
                  WITH ORDINALITY k (num, place)
             JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num::int2
             ORDER BY k.place) END,
       con.confmatchtype = 'f',
       con.condeferrable,
       con.condeferred,
       con.convalidated,
       con.connoinherit,
       ds.description
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class fc ON fc.oid = con.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
LEFT JOIN pg_description ds ON ds.objoid = con.oid AND ds.objsubid = 0 AND ds.classoid = 'pg_constraint'::regclass
WHERE n.nspname = ANY ($1)
  AND con.contype IN ('c', 'f')
  AND con.conparentid = 0
  AND NOT c.relispartition
ORDER BY con.conrelid, con.oid
