-- The sequences that columns own: of an identity first, for it can have only that one.
WITH sequence AS MATERIALIZED (
    SELECT DISTINCT ON (sd.refobjid, sd.refobjsubid)
           sd.refobjid, sd.refobjsubid,
           q.seqrelid, q.seqtypid, q.seqstart, q.seqincrement, q.seqcycle, sd.deptype,
           nullif(q.seqcache, 1) AS cache,
           nullif(q.seqmin, CASE WHEN q.seqincrement > 0 THEN 1
                                 WHEN q.seqtypid = 'int2'::regtype THEN -32768
                                 WHEN q.seqtypid = 'int4'::regtype THEN -2147483648
                                 ELSE -9223372036854775808 END) AS min,
           nullif(q.seqmax, CASE WHEN q.seqincrement < 0 THEN -1
                                 WHEN q.seqtypid = 'int2'::regtype THEN 32767
                                 WHEN q.seqtypid = 'int4'::regtype THEN 2147483647
                                 ELSE 9223372036854775807 END) AS max
    FROM pg_sequence q
    JOIN pg_depend sd ON sd.classid = 'pg_class'::regclass AND sd.objid = q.seqrelid
    WHERE sd.refclassid = 'pg_class'::regclass
      AND sd.refobjsubid > 0
      AND sd.deptype IN ('a', 'i')
    ORDER BY sd.refobjid, sd.refobjsubid, sd.deptype DESC, q.seqrelid
)
SELECT a.attrelid,
       a.attname,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typtype IN ('e', 'd') OR tc.relkind = 'c' THEN t.typtype::text END,
       tn.nspname,
       t.typname,
       a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid),
       a.attgenerated <> '',
       a.attidentity::text,
       s.seqstart,
       s.seqincrement,
       s.min,
       s.max,
       s.cache,
       s.seqcycle,
       -- A serial column: its default takes from a sequence that it owns, which is as `serial` makes it.
       s.deptype = 'a' AND s.seqstart = 1 AND s.seqincrement = 1 AND s.min IS NULL AND s.max IS NULL
           AND s.cache IS NULL AND NOT s.seqcycle AND s.seqtypid = a.atttypid
           AND CASE WHEN s.deptype = 'a'
                    THEN pg_get_expr(d.adbin, d.adrelid) = format('nextval(%L::regclass)', s.seqrelid::regclass) END,
       CASE WHEN a.attcollation <> t.typcollation
            THEN CASE WHEN cn.nspname = 'pg_catalog' THEN format('"%s"', replace(l.collname, '"', '""'))
                      ELSE format('%I.%I', cn.nspname, l.collname) END
       END,
       ds.description
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_class tc ON tc.oid = t.typrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = l.collnamespace
LEFT JOIN sequence s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
LEFT JOIN pg_description ds ON ds.objoid = a.attrelid AND ds.objsubid = a.attnum AND ds.classoid = 'pg_class'::regclass
WHERE n.nspname = ANY ($1)
  AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND a.attnum > 0
  AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
