//! Values of every type: what the runtime writes from the binary form against what Postgres writes itself.

use stk_contract::{Access, LogicSpec, Returns};

use crate::support::{Host, LogicFile, Project, body};

const SCHEMA: &str = "
    create type mood as enum ('sad', 'it''s \"ok\"');
    create type pair as (a int, \"b c\" text, m mood);
    create domain positive as int check (value > 0);
    set timezone = 'UTC'; set intervalstyle = 'iso_8601';
";

/// Runs `select EXPRESSION` and gives the JSON of the value.
async fn values(expressions: &[&'static str]) -> Vec<String> {
    let spec = || LogicSpec { access: Access::Public, returns: Returns::Value, ..LogicSpec::default() };
    let paths: Vec<&'static str> = (0..expressions.len()).map(|at| &*format!("v{at}").leak()).collect();
    let logic = expressions.iter().zip(&paths).map(|(expression, path)| LogicFile {
        path,
        spec: spec(),
        sql: vec![(&*format!("select {expression} as v").leak(), vec![])],
    });
    let mut host = Host::new(SCHEMA, Project::new(logic.collect())).await;
    let mut values = Vec::new();
    for (path, expression) in paths.iter().zip(expressions) {
        let reply = host.call(path, "{}", None).await;
        assert_eq!(reply.status, 200, "{expression}: {:?} {}", reply.cause, body(&reply));
        values.push(body(&reply).to_owned());
    }
    values
}

/// What Postgres gives for `CONVERT(EXPRESSION)`.
async fn expected(expressions: &[&'static str], convert: impl Fn(&str) -> String) -> Vec<String> {
    let database = stk_testkit::Database::with(SCHEMA).await;
    let client = database.connect().await;
    client.batch_execute("set intervalstyle = 'iso_8601'").await.unwrap();
    let mut found = Vec::new();
    for expression in expressions {
        let row = client.query_one(&format!("select {}", convert(expression)), &[]).await.unwrap();
        found.push(row.get::<_, String>(0));
    }
    found
}

fn check(expressions: &[&str], found: &[String], expected: &[String]) {
    let mut wrong = Vec::new();
    for ((expression, found), expected) in expressions.iter().zip(found).zip(expected) {
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text);
        let found_value = parse(found).unwrap_or_else(|error| panic!("{expression}: {error}: {found}"));
        if found_value != parse(expected).unwrap() {
            wrong.push(format!("{expression}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Types whose JSON here is Postgres' own `to_json`.
#[tokio::test]
async fn values_agree_with_to_json() {
    let expressions = [
        "true",
        "false",
        "1::int2",
        "(-32768)::int2",
        "2147483647",
        "-2147483648",
        "9007199254740991::int8",
        "-9007199254740991::int8",
        "0::int8",
        "1.5::float8",
        "1e300::float8",
        "1e-7::float8",
        "123456789012345678::float8",
        "0.1::float4",
        "16777216::float4",
        "1e-30::float4",
        "-0.0001::float8",
        "1e15::float8",
        "1e14::float8",
        "100::float4",
        "1234567::float4",
        "'NaN'::float8",
        "'-Infinity'::float8",
        "'Infinity'::float4",
        "'a \"q\" \\ \t \u{1} ü'::text",
        "'x'::char(3)",
        "'v'::varchar",
        "'n'::name",
        "'c'::\"char\"",
        "'<a/>'::xml",
        "'6f0b9c1e-2d3a-4b5c-8d7e-9f0a1b2c3d4e'::uuid",
        "date '2024-02-29'",
        "date '0044-03-15 BC'",
        "date '12345-01-01'",
        "'infinity'::date",
        "'-infinity'::date",
        "date '0001-01-01'",
        "date '4713-01-01 BC'",
        "timestamp '2024-01-02 03:04:05'",
        "'infinity'::timestamp",
        "time '03:04:05'",
        "time '03:04:05.120'",
        "time '24:00:00'",
        "timetz '03:04:05+02'",
        "timetz '03:04:05.000001-05:30'",
        "timetz '01:00+00:00:30'",
        "'{\"a\": [1, 2.50, null], \"a\": 1}'::json",
        "'{\"b\": 1, \"a\": [1, 2.50]}'::jsonb",
        "array[1,2,null]::int4[]",
        "'{}'::int4[]",
        "array[array[1,2],array[3,4]]",
        "'[0:1]={1,2}'::int4[]",
        "array['a', null, 'b\"c']",
        "array[true,false]",
        "array['sad']::mood[]",
        "array['{\"a\":1}']::jsonb[]",
        "array[1.5,2]::float8[]",
        "array['127.0.0.1']::inet[]",
        "array[int4range(1,5)]",
        "'it''s \"ok\"'::mood",
        "5::positive",
        "row(1,'x','sad')::pair",
        "row(null,null,null)::pair",
        "array[row(1,'x','sad')::pair]",
        "row(1, 'a'::text, true, null, 1.5::float8, array[1,2])",
        "row(row(1,2), 'x'::varchar)",
        "null::int",
        "null::text[]",
        "row()",
    ];
    let found = values(&expressions).await;
    check(
        &expressions,
        &found,
        &expected(&expressions, |e| format!("coalesce(to_json({e})::text, 'null')")).await,
    );
}

/// Types whose JSON is a string of Postgres' text.
#[tokio::test]
async fn values_agree_with_text() {
    let expressions = [
        "0::numeric",
        "1.50::numeric",
        "-0.00012::numeric",
        "12345678901234567890.123456789::numeric",
        "1e20::numeric",
        "10000::numeric",
        "99990000::numeric",
        "1e-20::numeric",
        "'NaN'::numeric",
        "'Infinity'::numeric",
        "'-Infinity'::numeric",
        "0.00::numeric",
        "1000000000000.0001::numeric",
        "interval '1 year 2 mons 3 days 04:05:06.789'",
        "interval '0'",
        "interval '-1 year -2 mons +3 days -04:05:06.7'",
        "interval '25 mons'",
        "interval '-5 days'",
        "interval '00:00:00.000001'",
        "interval '-00:00:00.5'",
        "interval '1 day -1 hours'",
        "interval '100 hours'",
        "'127.0.0.1'::inet",
        "'10.1.2.3/8'::inet",
        "'10.0.0.0/8'::cidr",
        "'1.2.3.4/32'::cidr",
        "'::1'::inet",
        "'2001:db8::1/64'::inet",
        "'::ffff:1.2.3.4'::inet",
        "'::1.2.3.4'::inet",
        "'1:0:0:2:0:0:0:3'::inet",
        "'::'::inet",
        "'08:00:2b:01:02:03'::macaddr",
        "'08:00:2b:01:02:03:04:05'::macaddr8",
        "b'10110'",
        "b'101'::varbit(5)",
        "''::varbit",
        "42::oid",
        "'7'::xid",
        "'7'::cid",
        "'18446744073709551615'::xid8",
        "'(4294967295,7)'::tid",
        "'16/B374D848'::pg_lsn",
        "point(1.5,-2)",
        "lseg '[(1,2),(3,4)]'",
        "path '[(1,2),(3,4)]'",
        "path '((1,2),(3,4))'",
        "box '(1,2),(3,4)'",
        "polygon '((1,2),(3,4),(5,6))'",
        "line '{1,2,3}'",
        "circle '<(1,2),1e30>'",
        "point(1e-5,123456789)",
        "to_tsvector('english', 'the fat cat''s rat ran')",
        "'a:1A,2B,3C,4 ''b c'' ''d''''e'':5'::tsvector",
        "''::tsvector",
        "'fat & (rat | cat)'::tsquery",
        "'!fat:ab* & rat'::tsquery",
        "'!(a | b) & c'::tsquery",
        "'a <-> (b <-> c)'::tsquery",
        "'a <2> b | c & d'::tsquery",
        "'(a <-> b) <-> c'::tsquery",
        "''::tsquery",
        "'a & b & c | !!d'::tsquery",
        "int4range(1,5)",
        "int4range(null,5)",
        "'empty'::int8range",
        "numrange(1.5,2.50,'[]')",
        "tsrange('2024-01-01 10:00','2024-01-02 00:00:00.5')",
        "tstzrange('2024-01-01 10:00+00',null)",
        "daterange('2024-01-01','infinity')",
        "'{[1,3),[5,7)}'::int4multirange",
        "'{}'::datemultirange",
        "tsmultirange(tsrange('2024-01-01','2024-01-02'))",
        "'$.a[*] ? (@ > 1)'::jsonpath",
        "textcat('a','b')",
    ];
    let found = values(&expressions).await;
    check(
        &expressions,
        &found,
        &expected(&expressions, |e| format!("to_json(format('%s', {e}))::text")).await,
    );
}

/// Where RULES decides on a form of its own.
#[tokio::test]
async fn values_of_forms_of_our_own() {
    let cases = [
        ("timestamptz '2024-01-02 03:04:05+00'", "\"2024-01-02T03:04:05Z\""),
        ("timestamptz '2024-01-02 03:04:05.12+02'", "\"2024-01-02T01:04:05.120Z\""),
        ("timestamptz '2024-01-02 03:04:05.120001+00'", "\"2024-01-02T03:04:05.120001Z\""),
        ("timestamptz '0044-03-15 12:00:00+00 BC'", "\"0044-03-15T12:00:00Z BC\""),
        ("timestamptz '12345-01-01 00:00:00+00'", "\"12345-01-01T00:00:00Z\""),
        ("'infinity'::timestamptz", "\"infinity\""),
        ("'-infinity'::timestamp", "\"-infinity\""),
        ("timestamp '1969-12-31 23:59:59.999'", "\"1969-12-31T23:59:59.999\""),
        ("timestamp '2024-01-02 03:04:05.5'", "\"2024-01-02T03:04:05.500\""),
        ("'\\x00ff10'::bytea", "\"AP8Q\""),
        ("''::bytea", "\"\""),
        ("array[timestamptz '2024-01-02 03:04:05+00', null]", "[\"2024-01-02T03:04:05Z\",null]"),
        ("array['\\x00'::bytea]", "[\"AA==\"]"),
        ("array[1.50]", "[\"1.50\"]"),
        ("array[interval '1 day']", "[\"P1D\"]"),
        ("''::\"char\"", "\"\""),
        ("pg_sleep(0)", "null"),
    ];
    let expressions: Vec<&'static str> = cases.iter().map(|(expression, _)| *expression).collect();
    for ((expression, expected), found) in cases.iter().zip(values(&expressions).await) {
        assert_eq!(found, *expected, "{expression}");
    }
}

#[tokio::test]
async fn overrides_and_unsafe_integers() {
    let file = |path, returns, types: &[(&str, &str)], sql| LogicFile {
        path,
        spec: LogicSpec {
            access: Access::Public,
            returns,
            types: types.iter().map(|(name, of)| ((*name).to_owned(), (*of).to_owned())).collect(),
            ..LogicSpec::default()
        },
        sql: vec![(sql, vec![])],
    };
    const BIG: &str = "select 9007199254740993::int8 as id, array[9007199254740993] as ids, 1.50::numeric as price, 'NaN'::numeric as nan";
    let overrides =
        [("id", "string"), ("ids", "(string | null)[]"), ("price", "number"), ("nan", "number | null")];
    let project = Project::new(vec![
        file("over", Returns::One, &overrides, BIG),
        file("unsafe", Returns::Many, &[], "select 1 as a, 9007199254740992::int8 as big"),
        file("unsafe_in_array", Returns::Value, &[], "select array[-9007199254740992] as v"),
    ]);
    let mut host = Host::new(SCHEMA, project).await;
    let reply = host.call("over", "{}", None).await;
    assert_eq!(
        body(&reply),
        r#"{"id":"9007199254740993","ids":["9007199254740993"],"price":1.50,"nan":"NaN"}"#
    );
    for path in ["unsafe", "unsafe_in_array"] {
        let reply = host.call(path, "{}", None).await;
        assert_eq!((reply.status, crate::support::code(&reply)), (500, "unsafe_integer"));
    }
    let reply = host.call("unsafe", "{}", None).await;
    assert!(body(&reply).contains("`big`"), "{}", body(&reply));
}
