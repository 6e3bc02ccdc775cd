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
    assert_snapshot!(report_sql("---\naccess: public\nretuns: one\n---\nselect 1"), @"");
    assert_snapshot!(report_sql("\u{feff}\r\n---\r\naccess: public\r\n  # ä\r\nretuns: one\r\n---\r\nselect :a"), @"");
    assert_snapshot!(report_sql("/**\n * access: public\n * ätzend: 1\n *   \n */\nselect 1"), @"");
    assert_snapshot!(report_sql("  /* --- { access: public, retuns: one } --- */ select 1"), @"");
    assert_snapshot!(report_sql("/* access: public\n   retuns: one */ select 1"), @"");
    assert_snapshot!(report_sql("/*\n  access: public\n  params:\n    id: { type: uid }\n*/ select :id"), @"");
    assert_snapshot!(report(&project(&[("logic/get.sql", "select 1"), ("logic/get.yaml", "# x\nretuns: one\n")])), @"");
}

#[test]
fn a_header_that_can_not_be_read_is_not_passed_over() {
    assert_snapshot!(report_sql("---\naccess: [admin\n---\nselect :a"), @"");
    assert_snapshot!(report_sql("---\naccess: admin\nselect 1"), @"");
    assert_snapshot!(report_sql("/**\n * access: admin\n * params: {\n */ select 1"), @"");
    assert_snapshot!(report_sql("/* ---\njust words\n--- */ select 1"), @"");
    assert_snapshot!(report_sql("/* acess: admin */ select 1"), @"");
    assert_snapshot!(report_sql("---\na: &x 1\naccess: *x\nreturns: !!str one\nreturns: many\n---\nselect 1"), @"");
    assert_snapshot!(report(&project(&[("logic/get.sql", "/* returns: one */ select 1"), ("logic/get.yaml", "")])), @"");
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
    assert_snapshot!(report_sql("---\ncache: 60s\ninvalidates: [a]\naccess: public\n---\nselect :user_id;\ninsert into t values (1)"), @"");
    assert_snapshot!(report_sql("---\ncache: { swr: 60, vary: al }\n---\nselect 1"), @"");
    assert_snapshot!(report_sql("---\ncache: 60\n---\nselect 1"), @"");
}

#[test]
fn params_are_declared_and_used() {
    assert_snapshot!(report_sql("---\nparams:\n  limit: { type: int }\n  user_id: { type: uuid }\n  then: { type: int }\n---\nselect :limt, :user_ids, :wholly_other, :naïve"), @"");
}

#[test]
fn checks_and_defaults_fit_the_type() {
    assert_snapshot!(report_sql("\
---
params:
  a: { type: string, min: 1, default: 5 }
  b: { type: int, minLength: 1, default: 1.5 }
  c: { type: int, min: 5, max: 1, required: true, default: 3 }
  d: { type: enum }
  e: { type: enum, values: [x, x, 1], default: z }
  f: { type: array, default: [1] }
  g: { type: array, items: { type: int, max: 3 }, default: [1, 4] }
  h: { type: string, pattern: '(', minLength: 3, maxLength: 2 }
  i: { type: date, default: 2026-02-30, min: soon }
  j: { type: int, default: 9007199254740992 }
  k: { type: int, min: 1, default: 0 }
  l: { type: string, default: }
  m: { type: timestamp, default: '2026-01-31T12:00:00' }
  n: { required: true }
  o: uuid
  p: { type: bool, values: [a] }
---
select :a,:b,:c,:d,:e,:f,:g,:h,:i,:j,:k,:l,:m,:n,:o,:p"), @"");
}

#[test]
fn access_names_the_closed_list_of_roles() {
    assert_snapshot!(report_sql("---\naccess: admn\n---\nselect 1"), @"");
    assert_snapshot!(report_sql("---\naccess: [staff, publik, public, staff]\n---\nselect 1"), @"");
    assert_snapshot!(report_sql("---\naccess: []\n---\nselect 1"), @"");
}

#[test]
fn the_rest_of_the_keys() {
    assert_snapshot!(report_sql("---\ntarget: mian\ntimeout: 1m\nisolate: reuse\nsecrets: [KEY, \"a b\"]\nisolation: serializable\nreturns: all\ndescription: 5\ntypes: { id: 'string; x', n: }\ninvalidates: users\n---\nselect 1"), @"");
}
