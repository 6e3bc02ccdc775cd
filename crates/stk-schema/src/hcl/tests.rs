//! Parsing without a database: what expressions evaluate to, and where diagnostics point.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::parse;
use crate::model::{DataType, IndexMethod, ReferenceAction, Term};

fn parse_one(text: &str) -> (crate::Model, String) {
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), text)], &BTreeMap::new());
    (model, diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect())
}

/// The text that `expression` evaluates to, or the diagnostics.
#[track_caller]
fn check(expression: &str, expected: &str) {
    let text = format!(
        "locals {{\n  list = [\"a\", \"b\"]\n  map  = {{ x = 1, y = {{ z = \"deep\" }} }}\n}}\n\
         table \"t\" {{\n  comment = {expression}\n}}\n"
    );
    let (model, diagnostics) = parse_one(&text);
    let comment = model.table("public", "t").and_then(|table| table.comment.clone()).unwrap_or_default();
    assert_eq!(if diagnostics.is_empty() { comment } else { diagnostics }, expected, "{expression}");
}

#[test]
fn templates_interpolate_branch_and_strip() {
    check(r#""a${1 + 2}b""#, "a3b");
    check(r#""%{ if length(local.list) > 1 }many%{ else }one%{ endif }""#, "many");
    check(r#""%{ for i, s in local.list }${i}${s} %{ endfor }""#, "0a 1b ");
    check(r#""x  ${~ "y" ~}  z""#, "xyz");
    check("<<-EOT\n    one\n      two\n    EOT", "one\n  two\n");
    check(r#""$${not} %%{this}""#, "${not} %{this}");
}

#[test]
fn operators_and_conditionals() {
    check(r#""${7 / 2} ${7 % 4} ${-(2 * 3)} ${6 / 2}""#, "3.5 3 -6 3");
    check(r#"!(1 == 2) && 1 <= 1 && "a" != "b" ? "yes" : "no""#, "yes");
    check(r#""${1 / 0}""#, "main.hcl:6:16: `1 / 0` is not a number [invalid_schema_value]\n");
    check(r#""=${9223372036854775807 + 1}""#, "=9223372036854775808");
}

#[test]
fn collections_are_traversed_and_made() {
    check("local.map.y.z", "deep");
    check(r#"local.map["y"]["z"]"#, "deep");
    check("local.list[1]", "b");
    check(r#"join(",", [for s in local.list : upper(s) if s != "a"])"#, "B");
    check(r#"join(",", keys({ for i, s in local.list : s => i }))"#, "a,b");
    check(r#"jsonencode({ for s in ["x", "x", "y"] : s => s... })"#, r#"{"x":["x","x"],"y":["y"]}"#);
    check(r#"join(",", [{ n = "p" }, { n = "q" }][*].n)"#, "p,q");
    check(
        r#"join("-", local.list...)"#,
        "main.hcl:6:13: `join` does not take these arguments [invalid_schema_value]\n",
    );
    check(
        "local.map.yy",
        "main.hcl:6:13: there is no `yy` in this map [unknown_reference]\n  hint: did you mean `y`?\n",
    );
    check("local.list[2]", "main.hcl:6:13: the list has 2 items, no item 2 [unknown_reference]\n");
}

#[test]
fn a_value_of_the_wrong_kind_is_said_at_the_value() {
    check("5", "main.hcl:6:13: `comment` takes a string, not a number [invalid_schema_value]\n");
    check(
        "uper(\"a\")",
        "main.hcl:6:13: there is no function or type `uper` [unknown_function]\n  hint: did you mean `upper`?\n",
    );
    check("nothing.x", "main.hcl:6:13: `nothing` is not known here [unknown_reference]\n");
}

#[test]
fn expressions_that_would_fill_the_memory_are_refused() {
    let mut text = String::from("locals {\n  a0 = \"aaaaaaaaaaaaaaaa\"\n");
    for level in 1..60 {
        text.push_str(&format!("  a{level} = \"${{local.a{0}}}${{local.a{0}}}\"\n", level - 1));
    }
    text.push_str("}\n");
    let (_, diagnostics) = parse_one(&text);
    assert!(diagnostics.contains("[schema_too_large]"), "{diagnostics}");
    let nested = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]";
    let (_, diagnostics) = parse_one(&format!("locals {{\n  a = {nested}\n}}\n"));
    assert!(diagnostics.contains("[schema_too_large]"), "{diagnostics}");
}

#[test]
fn a_table_is_read_whole() {
    let (model, diagnostics) = parse_one(
        r#"
schema "app" { comment = "c" }
enum "kind" {
  schema = schema.app
  values = ["a", "b"]
}
table "t" {
  schema     = schema.app
  depends_on = [enum.kind, schema.app]
  column "id" {
    type = varchar(10)
    null = true
  }
  column "kind" { type = enum.kind }
  index "i" {
    type  = GIN
    where = "id > 'a'"
    on {
      expr = "lower(id)"
      desc = true
    }
  }
  foreign_key "f" {
    columns     = [column.id]
    ref_columns = [table.t.column.id]
    on_delete   = SET_NULL
  }
}
"#,
    );
    assert_eq!(diagnostics, "");
    let table = model.table("app", "t").unwrap();
    assert_eq!(table.columns["id"].data_type, DataType::Sql("varchar(10)".into()));
    assert!(table.columns["id"].null && !table.columns["kind"].null, "NOT NULL unless said");
    let kind = DataType::Enum { schema: "app".into(), name: "kind".into() };
    assert_eq!(table.columns["kind"].data_type, kind);
    let index = &table.indexes["i"];
    assert_eq!((index.method, index.predicate.as_deref()), (IndexMethod::Gin, Some("id > 'a'")));
    assert_eq!(index.parts[0].term, Term::Expression("lower(id)".into()));
    assert_eq!(table.foreign_keys["f"].on_delete, ReferenceAction::SetNull);
    let position = table.columns["kind"].origin.0.as_ref().unwrap();
    assert_eq!((position.line, position.column), (14, 3));
}

#[test]
fn routines_triggers_and_policies_are_read_whole() {
    let (model, diagnostics) = parse_one(
        r#"
table "a" {
  column "id" { type = int }
}
table "b" {
  column "id" { type = int }
}
function "touch" {
  lang   = PLpgSQL
  return = trigger
  set    = { search_path = "public" }
  as     = "BEGIN RETURN NEW; END"
}
trigger "touched" {
  for_each = [table.a, table.b]
  on       = each.value
  foreach  = ROW
  before {
    insert    = true
    update_of = [column.id]
  }
  execute { function = function.touch }
}
policy "mine" {
  on    = table.a
  for   = SELECT
  to    = ["reader", PUBLIC]
  using = "id > 0"
}
permission {
  for        = table.a
  to         = role.reader
  privileges = [INSERT, SELECT]
}
"#,
    );
    assert_eq!(diagnostics, "");
    let schema = &model.schemas["public"];
    let function = &schema.functions["touch()"];
    assert_eq!(
        (function.language.as_str(), function.settings["search_path"].as_str()),
        ("plpgsql", "public")
    );
    for table in ["a", "b"] {
        let trigger = &schema.tables[table].triggers["touched"];
        assert!(trigger.events.insert && trigger.events.update && trigger.each_row, "{table}");
        assert_eq!(trigger.function, ("public".to_owned(), "touch".to_owned()));
    }
    assert_eq!(schema.tables["a"].policies["mine"].roles, ["public", "reader"]);
    let permission = &model.permissions[0];
    assert_eq!((permission.to.as_str(), permission.privileges.len()), ("reader", 2));
}

#[test]
fn files_of_one_alias_are_read_together() {
    let files = [
        ("b.hcl".to_owned(), "table \"t\" {\n  column \"k\" { type = enum.kind }\n}\n"),
        ("a.hcl".to_owned(), "enum \"kind\" { values = [\"x\"] }\ntable \"t\" {}\n"),
    ];
    let (model, diagnostics) = parse(&files, &BTreeMap::new());
    assert!(model.schemas["public"].enums.contains_key("kind"));
    let text: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        ["a.hcl:2:7: table `t`: the name is taken [duplicate_name]\n  hint: it stands at b.hcl:1:7"]
    );
}

#[test]
fn a_broken_file_hides_what_the_others_miss_because_of_it() {
    let files = [
        ("a.hcl".to_owned(), "enum \"kind\" {\n  values = [\n"),
        ("b.hcl".to_owned(), "table \"t\" {\n  column \"k\" { type = enum.kind }\n}\n"),
    ];
    let (_, diagnostics) = parse(&files, &BTreeMap::new());
    let places: Vec<(&str, &str)> =
        diagnostics.iter().map(|diagnostic| (diagnostic.code, diagnostic.file.as_str())).collect();
    assert_eq!(places, [("schema_syntax", "a.hcl")]);
}

#[test]
fn values_from_outside_are_converted_or_refused() {
    let text = "variable \"n\" { type = int }\nvariable \"l\" { type = list(bool) }\n\
                table \"t\" { comment = \"${var.n + 1} ${jsonencode(var.l)}\" }\n";
    let given = |n: &str, l: &str| {
        let values = BTreeMap::from([("n".to_owned(), n.to_owned()), ("l".to_owned(), l.to_owned())]);
        parse(&[("main.hcl".to_owned(), text)], &values)
    };
    let (model, diagnostics) = given("41", "[true, false]");
    assert_eq!(diagnostics, []);
    assert_eq!(model.table("public", "t").unwrap().comment.as_deref(), Some("42 [true,false]"));
    let (_, diagnostics) = given("4.5", "[true, 1]");
    let messages: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(
        messages[..2],
        [
            "the value given for the variable `n` does not fit its type",
            "the value given for the variable `l` does not fit its type"
        ]
    );
}

const SEED: &str = r#"
variable "v" {
  type    = list(string)
  default = ["a"]
}
enum "kind" {
  values = ["a", "b"]
}
table "t" {
  for_each = toset(["x"])
  name     = "t_${each.value}"
  column "id" {
    type    = varchar(10)
    default = sql("lower('A')")
  }
  index "i" {
    on { expr = "lower(id)" }
  }
  foreign_key "f" {
    columns     = [column.id]
    ref_columns = [table.t["x"].column.id]
  }
}
"#;

proptest! {
    /// Whatever is done to a file, reading it ends with diagnostics inside the file and never with a panic.
    #[test]
    fn mangled_files_give_diagnostics(at in 0..SEED.len(), cut in 0..40usize, put in "[a-z\"{}\\[\\]()=.,$%~\n é0-9*!-]{0,6}") {
        let end = (at + cut).min(SEED.len());
        let text = format!("{}{put}{}", &SEED[..at], &SEED[end..]);
        let lines = text.lines().count() + 1;
        let (_, diagnostics) = parse(&[("main.hcl".to_owned(), &text)], &BTreeMap::new());
        for diagnostic in diagnostics {
            prop_assert!(diagnostic.line >= 1 && diagnostic.line as usize <= lines, "{diagnostic}");
            prop_assert!(diagnostic.column >= 1, "{diagnostic}");
        }
    }
}
