//! The list of Postgres' functions that give a value whenever they are given values, held against Postgres: every one
//! is called with values at the edges of its argument types.

use std::collections::BTreeMap;

use super::database;

/// The worst values of each type, as SQL.
fn edges(of: &str) -> Option<&'static [&'static str]> {
    Some(match of {
        "text" | "\"any\"" | "anyelement" | "anynonarray" | "anycompatible" | "anycompatiblenonarray" => &[
            "''::text",
            "'a b'::text",
            "'{}'::text",
            "'day'::text",
            "'simple'::text",
            "'UTF8'::text",
            "'NFC'::text",
        ],
        "character varying" => &["''::varchar", "'x'::varchar"],
        "character" => &["''::bpchar", "'x '::bpchar"],
        "\"char\"" => &["''::\"char\"", "'x'::\"char\""],
        "name" => &["''::name", "'x'::name"],
        "smallint" => &["0::int2", "1::int2", "'-32768'::int2", "32767::int2"],
        "integer" => &["0", "1", "'-2147483648'::int", "2147483647", "8"],
        "bigint" => &["0::int8", "1::int8", "'-9223372036854775808'::int8", "8::int8"],
        "real" => &["'NaN'::real", "'Infinity'::real", "0::real", "1.5::real"],
        "double precision" => {
            &["'NaN'::float8", "'-Infinity'::float8", "'Infinity'::float8", "0::float8", "0.5::float8"]
        }
        "numeric" => &["'NaN'::numeric", "'-Infinity'::numeric", "'Infinity'::numeric", "0::numeric", "1.50"],
        "boolean" => &["true", "false"],
        "bytea" => &["''::bytea", "'\\x00ff'::bytea"],
        "bit" => &["''::bit(0)", "B'101'"],
        "bit varying" => &["''::varbit", "'101'::varbit"],
        "date" => &["'infinity'::date", "'-infinity'::date", "'0001-01-01 BC'::date", "'2024-02-29'::date"],
        "time without time zone" => &["'00:00'::time", "'24:00'::time"],
        "time with time zone" => &["'00:00+00'::timetz", "'24:00-15'::timetz"],
        "timestamp without time zone" => &[
            "'infinity'::timestamp",
            "'-infinity'::timestamp",
            "'4713-01-01 BC'::timestamp",
            "'2024-02-29 12:00'::timestamp",
        ],
        "timestamp with time zone" => {
            &["'infinity'::timestamptz", "'-infinity'::timestamptz", "'2024-02-29 12:00Z'::timestamptz"]
        }
        "interval" => &["'0'::interval", "'1 mon -1 day'::interval", "'1 day'::interval"],
        "money" => &["0::money", "1::money"],
        "uuid" => &["'00000000-0000-0000-0000-000000000000'::uuid"],
        "json" => &["'null'::json", "'{}'::json", "'[]'::json", "'{\"a\": null}'::json", "'[null]'::json"],
        "jsonb" => &[
            "'null'::jsonb",
            "'{}'::jsonb",
            "'[]'::jsonb",
            "'{\"a\": null}'::jsonb",
            "'[null]'::jsonb",
            "'1'::jsonb",
        ],
        "jsonpath" => &["'$.a'::jsonpath", "'strict $.b'::jsonpath"],
        "text[]" => &["'{}'::text[]", "'{NULL}'::text[]", "'{a,b}'::text[]", "'{a}'::text[]"],
        "anyarray" | "anycompatiblearray" => &["'{}'::text[]", "'{NULL}'::text[]", "'{a,b}'::text[]"],
        "integer[]" => &["'{}'::int[]", "'{1}'::int[]"],
        "double precision[]" => &["'{1,2}'::float8[]"],
        "real[]" => &["'{0.1,0.2,0.4,1}'::real[]"],
        "anyrange" => &["'empty'::int4range", "'(,)'::int4range", "'[1,2)'::int4range", "'[5,)'::int4range"],
        "anymultirange" => {
            &["'{}'::int4multirange", "'{(,)}'::int4multirange", "'{[1,2),[4,5)}'::int4multirange"]
        }
        "anyenum" => &["'new'::status", "'gone'::status"],
        "record" => &["ROW (NULL, 1)", "ROW (1, NULL)", "ROW ()"],
        "inet" => &["'0.0.0.0/0'::inet", "'::1'::inet", "'10.0.0.1/8'::inet"],
        "cidr" => &["'0.0.0.0/0'::cidr", "'::/0'::cidr"],
        "macaddr" => &["'00:00:00:00:00:00'::macaddr"],
        "macaddr8" => &["'00:00:00:ff:fe:00:00:00'::macaddr8"],
        "tsvector" => &["''::tsvector", "'a:1A b'::tsvector"],
        "tsquery" => &["''::tsquery", "'a & !b'::tsquery", "'a <-> b'::tsquery"],
        "regconfig" => &["'simple'::regconfig"],
        "oid" => &["0::oid", "1::oid"],
        "xid" => &["'0'::xid", "'3'::xid"],
        "xid8" => &["'3'::xid8"],
        "pg_lsn" => &["'0/0'::pg_lsn", "'1/1'::pg_lsn"],
        "tid" => &["'(0,1)'::tid"],
        "int4range" | "int8range" | "numrange" | "daterange" | "tsrange" | "tstzrange" => return None,
        _ => return None,
    })
}

#[tokio::test]
async fn listed_functions_give_values_for_values() {
    let database = database().await;
    let client = database.connect().await;
    let listed: Vec<&str> = include_str!("../../../src/statement/nulls/builtin.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    let rows = client
        .query(
            "SELECT proname::text, prosrc, ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY a(t, n) ORDER BY n) \
             FROM pg_proc p JOIN pg_language l ON l.oid = prolang \
             WHERE lanname = 'internal' AND prosrc = ANY($1) AND NOT proretset AND proname !~ '^(nextval|setval|currval|lastval|pg_sleep)'",
            &[&listed],
        )
        .await
        .unwrap();
    let mut calls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &rows {
        let (name, source, types): (String, String, Vec<String>) = (row.get(0), row.get(1), row.get(2));
        let Some(values) = types.iter().map(|of| edges(of)).collect::<Option<Vec<_>>>() else { continue };
        let mut lists = vec![Vec::new()];
        for choices in values {
            lists = lists
                .iter()
                .flat_map(|list: &Vec<&str>| choices.iter().map(|one| [list.as_slice(), &[*one]].concat()))
                .take(600)
                .collect();
        }
        let calls = calls.entry(source).or_default();
        calls.extend(lists.iter().map(|list| format!("pg_catalog.\"{name}\"({})", list.join(", "))));
    }
    assert!(calls.len() > 500, "only {} functions are called", calls.len());
    client
        .batch_execute(
            "CREATE FUNCTION is_null(call text) RETURNS bool LANGUAGE plpgsql AS $$ DECLARE found bool; \
             BEGIN EXECUTE 'SELECT (' || call || ') IS NULL' INTO found; RETURN found; EXCEPTION WHEN OTHERS THEN RETURN false; END $$",
        )
        .await
        .unwrap();
    let texts: Vec<String> = calls.into_values().flatten().collect();
    let null = client.query("SELECT c FROM unnest($1::text[]) c WHERE is_null(c)", &[&texts]).await.unwrap();
    let null: Vec<String> = null.iter().map(|row| row.get(0)).collect();
    assert_eq!(null, Vec::<String>::new(), "of {} calls", texts.len());
}
