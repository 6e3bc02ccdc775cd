//! Headers of logic files.

use insta::assert_snapshot;
use stk_contract::manifest::{Format, Isolation};
use stk_contract::{Access, ParamType, Returns, Vary};

use crate::{good, project, report, report_sql};

/// The spec of `logic/get.sql` with this text.
fn spec(text: &str) -> stk_contract::LogicSpec {
    good(&project(&[("logic/get.sql", text)])).manifest.logic["get"].clone()
}

#[test]
fn each_form_of_a_header_is_read() {
    for text in [
        "---\naccess: public\nreturns: one\n---\nselect 1 as a",
        "\n---\naccess: public\nreturns: one\n---\nselect 1 as a",
        "/* ---\naccess: public\nreturns: one\n--- */\nselect 1 as a",
        "/* --- access: public\nreturns: one --- */\nselect 1 as a",
        "/*\naccess: public\nreturns: one\n*/ select 1 as a",
        "/* access: public\n   returns: one */ select 1 as a",
        "/** access: public\n * returns: one */ select 1 as a",
        "/**\n * ---\n * access: public\n * returns: one\n * ---\n */\nselect 1 as a",
        "/**\n *access: public\n *returns: one\n */\nselect 1 as a",
        "/* { access: public, returns: one } */ select 1 as a",
        "-- what it is for\n\n/* access: public\nreturns: one */\nselect 1 as a",
        "select 1 as a -- x\n/* access: public\nreturns: one */",
        "\u{feff}---\r\naccess: public\r\nreturns: one\r\n---\r\nselect 1 as a\r\n",
    ] {
        let spec = spec(text);
        assert_eq!((spec.access, spec.returns), (Access::Public, Returns::One), "{text}");
    }
    let twin = good(&project(&[
        ("logic/get.sql", "select 1 as a"),
        ("logic/get.yaml", "access: public\nreturns: one\n"),
    ]));
    assert_eq!(twin.manifest.logic["get"].access, Access::Public);
    assert_eq!(twin.logic["get"].header_file, "logic/get.yaml");
}

#[test]
fn without_a_header_everything_has_its_default() {
    for text in [
        "select 1 as a",
        "/* just words */ select 1 as a",
        "/* see: this */ select 1 as a",
        "/* --- */ select 1 as a",
    ] {
        assert_eq!(spec(text), stk_contract::LogicSpec::default(), "{text}");
    }
}

#[test]
fn the_header_is_no_part_of_the_statement() {
    for (text, sql) in [
        ("---\nreturns: one\n---\n\n select 1 as a ;\n-- end\n", "select 1 as a"),
        ("/* returns: one */ select /* why */ 1 as a", "select /* why */ 1 as a"),
        ("select 1 /* returns: one */ as a", "select 1   as a"),
    ] {
        let logic = good(&project(&[("logic/get.sql", text)]));
        assert_eq!(logic.logic["get"].statements[0].sql.text, sql);
    }
}

#[test]
fn positions_are_right_in_every_form() {
    assert_snapshot!(report_sql("---\naccess: public\nretuns: one\n---\nselect 1"), @r#"
    logic/get.sql:3:1 error header.unknown_key
      unknown key `retuns`
      hint: did you mean `returns`?
      | retuns: one
      | ^
    "#);
    assert_snapshot!(report_sql("\u{feff}\r\n---\r\naccess: public\r\n  # ä\r\nretuns: one\r\n---\r\nselect :a"), @r#"
    logic/get.sql:5:1 error header.unknown_key
      unknown key `retuns`
      hint: did you mean `returns`?
      | retuns: one
      | ^
    logic/get.sql:7:8 error param.undeclared
      param `:a` is not declared
      hint: add it to `params:` of the header: `a: { type: string }`
      | select :a
      |        ^
    "#);
    assert_snapshot!(report_sql("/**\n * access: public\n * ätzend: 1\n *   \n */\nselect 1"), @r#"
    logic/get.sql:3:4 error header.unknown_key
      unknown key `ätzend`
      hint: known keys: description, target, access, params, returns, cache, invalidates, timeout, isolate, secrets, types, queries, isolation
      |  * ätzend: 1
      |    ^
    "#);
    assert_snapshot!(report_sql("  /* --- { access: public, retuns: one } --- */ select 1"), @r#"
    logic/get.sql:1:28 error header.unknown_key
      unknown key `retuns`
      hint: did you mean `returns`?
      |   /* --- { access: public, retuns: one } --- */ select 1
      |                            ^
    "#);
    assert_snapshot!(report_sql("/* access: public\n   retuns: one */ select 1"), @r#"
    logic/get.sql:2:4 error header.unknown_key
      unknown key `retuns`
      hint: did you mean `returns`?
      |    retuns: one */ select 1
      |    ^
    "#);
    assert_snapshot!(report_sql("/*\n  access: public\n  params:\n    id: { type: uid }\n*/ select :id"), @r#"
    logic/get.sql:4:17 error header.invalid_value
      `params.id.type` must be one of `string`, `int`, `bigint`, `float`, `number`, `bool`, `uuid`, `date`, `timestamp`, `json`, `bytes`, `array`, `enum`, not `uid`
      hint: did you mean `uuid`?
      |     id: { type: uid }
      |                 ^
    "#);
    assert_snapshot!(report(&project(&[("logic/get.sql", "select 1"), ("logic/get.yaml", "# x\nretuns: one\n")])), @r#"
    logic/get.yaml:2:1 error header.unknown_key
      unknown key `retuns`
      hint: did you mean `returns`?
      | retuns: one
      | ^
    "#);
}

#[test]
fn a_header_that_can_not_be_read_is_not_passed_over() {
    assert_snapshot!(report_sql("---\naccess: [admin\n---\nselect :a"), @r#"
    logic/get.sql:2:15 error yaml.syntax
      this is not valid YAML: while parsing a flow sequence, expected ',' or ']'
      | access: [admin
      |               ^
    "#);
    assert_snapshot!(report_sql("---\naccess: admin\nselect 1"), @r#"
    logic/get.sql:0:0 error sql.empty
      the file has no SQL statement
      hint: write one, or remove the file
    logic/get.sql:1:1 error header.unclosed
      the header is never closed
      hint: end it with a line that is `---`, and write the code below
      | ---
      | ^
    "#);
    assert_snapshot!(report_sql("/**\n * access: admin\n * params: {\n */ select 1"), @r#"
    logic/get.sql:3:13 error yaml.syntax
      this is not valid YAML: while parsing a node, did not find expected node content
      |  * params: {
      |             ^
    "#);
    assert_snapshot!(report_sql("/* ---\njust words\n--- */ select 1"), @r#"
    logic/get.sql:2:1 error header.wrong_type
      the header must be a mapping, not text
      | just words
      | ^
    "#);
    assert_snapshot!(report_sql("/* acess: admin */ select 1"), @r#"
    logic/get.sql:1:4 warning header.lookalike
      this comment is no header, because it has no known key, only `acess`
      hint: did you mean `access`?
      | /* acess: admin */ select 1
      |    ^
    "#);
    assert_snapshot!(report_sql("---\na: &x 1\naccess: *x\nreturns: !!str one\nreturns: many\n---\nselect 1"), @r#"
    logic/get.sql:2:1 error header.unknown_key
      unknown key `a`
      hint: known keys: description, target, access, params, returns, cache, invalidates, timeout, isolate, secrets, types, queries, isolation
      | a: &x 1
      | ^
    logic/get.sql:2:4 error yaml.anchor
      anchors (`&name`) are not allowed
      hint: write it out, or put a text that starts with `&` in quotes
      | a: &x 1
      |    ^
    logic/get.sql:3:9 error yaml.alias
      aliases (`*name`) are not allowed
      hint: write it out, or put a text that starts with `*` in quotes
      | access: *x
      |         ^
    logic/get.sql:4:10 error yaml.tag
      tags (`!name`) are not allowed
      hint: put a text that starts with `!` in quotes
      | returns: !!str one
      |          ^
    logic/get.sql:5:1 error yaml.duplicate_key
      `returns` stands twice in this mapping, first in line 4
      | returns: many
      | ^
    "#);
    assert_snapshot!(report(&project(&[("logic/get.sql", "/* returns: one */ select 1"), ("logic/get.yaml", "")])), @r#"
    logic/get.sql:1:1 error header.twice
      this logic has a header here and another in `logic/get.yaml`
      hint: keep one of them
      | /* returns: one */ select 1
      | ^
    "#);
}

#[test]
fn every_key_is_read() {
    let spec = spec("\
---
description: Gets one
target: main
access: [admin, staff]
params:
  s: { type: string, required: true, description: Some, minLength: 1, maxLength: 9, pattern: '^a', format: email }
  i: { type: int, default: 0x10, min: -5, max: 100 }
  b: { type: bigint, default: 9223372036854775807 }
  f: { type: float, default: .5 }
  n: { type: number, default: 1.50, min: '0', max: 1e30 }
  o: { type: bool, default: false }
  u: { type: uuid, default: 00000000-0000-0000-0000-000000000000 }
  d: { type: date, default: 2026-01-31, min: 2026-01-01 }
  t: { type: timestamp, default: \"2026-01-31T12:00:00+01:00\" }
  j: { type: json, default: { a: [1, null, \"x\"] } }
  y: { type: bytes, default: aGk=, maxLength: 2 }
  a: { type: array, items: { type: int, max: 3 }, default: [1, null], maxLength: 2 }
  e: { type: enum, values: [x, y], default: y }
  m: { type: array, items: { type: array, items: { type: string } } }
returns: value
cache: { ttl: 60s, swr: 10m, vary: user, tags: [users] }
timeout: 5s
types: { id: string, meta: \"{ tags: string[] }\" }
isolation: serializable
---
select 1; select :s, :i, :b, :f, :n, :o, :u, :d, :t, :j, :y, :a, :e, :m");
    assert_eq!(spec.access, Access::Roles(vec!["admin".to_owned(), "staff".to_owned()]));
    let defaults: Vec<String> = spec
        .params
        .iter()
        .map(|(name, param)| format!("{name}={}", param.default.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        defaults.join(" "),
        "s=- i=16 b=\"9223372036854775807\" f=0.5 n=\"1.50\" o=false u=\"00000000-0000-0000-0000-000000000000\" \
         d=\"2026-01-31\" t=\"2026-01-31T12:00:00+01:00\" j={\"a\":[1,null,\"x\"]} y=\"aGk=\" a=[1,null] e=\"y\" m=-"
    );
    let checks = |name: &str| spec.params[name].checks.clone();
    assert_eq!(
        (checks("s").min_length, checks("s").max_length, checks("s").format),
        (Some(1), Some(9), Some(Format::Email))
    );
    assert_eq!((checks("i").min.as_deref(), checks("n").max.as_deref()), (Some("-5"), Some("1e30")));
    assert!(
        matches!(&spec.params["m"].kind, ParamType::Array(items) if matches!(items.kind, ParamType::Array(_)))
    );
    let cache = spec.cache.unwrap();
    assert_eq!(
        (cache.ttl_ms, cache.swr_ms, cache.vary, cache.tags),
        (60_000, 600_000, Vary::User, vec!["users".to_owned()])
    );
    assert_eq!(
        (spec.returns, spec.timeout_ms, spec.isolation),
        (Returns::Value, Some(5000), Some(Isolation::Serializable))
    );
    assert_eq!(spec.types["meta"], "{ tags: string[] }");
    assert_eq!(spec.description.as_deref(), Some("Gets one"));
}

#[test]
fn cache_varies_by_who_may_call() {
    let vary = |header: &str| spec(&format!("---\n{header}\n---\nselect 1")).cache.unwrap().vary;
    assert_eq!(vary("cache: 60s\naccess: public"), Vary::Shared);
    assert_eq!(vary("cache: 60s"), Vary::User);
    assert_eq!(vary("cache: { ttl: 60s, vary: shared }\naccess: admin"), Vary::Shared);
}

#[test]
fn cache_contradictions_are_errors() {
    assert_snapshot!(report_sql("---\ncache: 60s\ninvalidates: [a]\naccess: public\n---\nselect :user_id;\ninsert into t values (1)"), @r#"
    logic/get.sql:3:14 error cache.invalidates
      a cached logic can not invalidate: most calls would not run it
      hint: leave out `cache` or `invalidates`
      | invalidates: [a]
      |              ^
    logic/get.sql:6:8 error cache.identity
      `:user_id` in a logic whose cached answer is shared by everybody
      hint: write `cache: { ttl: …, vary: user }`
      | select :user_id;
      |        ^
    logic/get.sql:7:1 error cache.writes
      a cached logic can not write: most calls would not run it
      hint: leave out `cache`
      | insert into t values (1)
      | ^
    "#);
    assert_snapshot!(report_sql("---\ncache: { swr: 60, vary: al }\n---\nselect 1"), @r#"
    logic/get.sql:2:8 error header.missing_key
      `ttl` of `cache` is missing
      | cache: { swr: 60, vary: al }
      |        ^
    logic/get.sql:2:15 error header.wrong_type
      `cache.swr` must be a duration, such as `500ms`, `10s`, `5m`, `2h` or `30d`, not a number
      hint: add a unit
      | cache: { swr: 60, vary: al }
      |               ^
    logic/get.sql:2:25 error header.invalid_value
      `cache.vary` must be one of `user`, `shared`, not `al`
      | cache: { swr: 60, vary: al }
      |                         ^
    "#);
    assert_snapshot!(report_sql("---\ncache: 60\n---\nselect 1"), @r#"
    logic/get.sql:2:8 error header.wrong_type
      `cache` must be a duration, such as `500ms`, `10s`, `5m`, `2h` or `30d`, or a mapping, not a number
      hint: add a unit
      | cache: 60
      |        ^
    "#);
}

#[test]
fn the_rest_of_the_keys() {
    assert_snapshot!(report_sql("---\ntarget: mian\ntimeout: 1m\nisolate: reuse\nsecrets: [KEY, \"a b\"]\nisolation: serializable\nreturns: all\ndescription: 5\ntypes: { id: 'string; x', n: }\ninvalidates: users\n---\nselect 1"), @r#"
    logic/get.sql:2:9 error logic.unknown_alias
      there is no database `mian` in `config/databases.yaml`
      hint: did you mean `main`?
      | target: mian
      |         ^
    logic/get.sql:3:10 warning timeout.over_limit
      the limit of 10000 ms in `config/limits.yaml` ends a call sooner than this
      | timeout: 1m
      |          ^
    logic/get.sql:4:10 warning header.idle_key
      `isolate` means nothing for SQL
      | isolate: reuse
      |          ^
    logic/get.sql:5:10 warning header.idle_key
      `secrets` means nothing for SQL
      | secrets: [KEY, "a b"]
      |          ^
    logic/get.sql:5:16 error header.invalid_value
      `a b` is not the name of a secret: letters, digits and `_`, not starting with a digit
      | secrets: [KEY, "a b"]
      |                ^
    logic/get.sql:6:12 error isolation.single_statement
      `isolation` is for several statements, and the file has one
      hint: remove it
      | isolation: serializable
      |            ^
    logic/get.sql:7:10 error header.invalid_value
      `returns` must be one of `one`, `optional`, `many`, `value`, `none`, not `all`
      | returns: all
      |          ^
    logic/get.sql:8:14 error header.wrong_type
      `description` must be text, not a number
      hint: put it in quotes
      | description: 5
      |              ^
    logic/get.sql:9:14 error header.invalid_value
      `string; x` is not a TypeScript type: it ends before the line does
      | types: { id: 'string; x', n: }
      |              ^
    logic/get.sql:9:27 error header.wrong_type
      `types.n` must be text, not nothing
      hint: give it a value, or leave the key out
      | types: { id: 'string; x', n: }
      |                           ^
    logic/get.sql:10:14 error header.wrong_type
      `invalidates` must be a list, not text
      | invalidates: users
      |              ^
    "#);
}
