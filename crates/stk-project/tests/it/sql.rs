//! SQL of logic files.

use insta::assert_snapshot;
use proptest::prelude::*;
use stk_contract::Bind;
use stk_project::Position;

use crate::{good, project, report_sql};

/// The statements of `logic/get.sql`, every used param declared.
fn compile(sql: &str, params: &[&str]) -> stk_project::LogicFile {
    let params: String = params.iter().map(|name| format!("  {name}: {{ type: json }}\n")).collect();
    let twin = if params.is_empty() { String::new() } else { format!("params:\n{params}") };
    let checked = good(&project(&[("logic/get.sql", sql), ("logic/get.yaml", &twin)]));
    checked.logic["get"].clone()
}

fn texts(sql: &str, params: &[&str]) -> Vec<String> {
    compile(sql, params).statements.into_iter().map(|statement| statement.sql.text).collect()
}

#[test]
fn names_become_numbers_once_each() {
    let file =
        compile("select :b, :a, :b::int, :user_id, :user_roles where email = :user_email", &["a", "b"]);
    let sql = &file.statements[0].sql;
    assert_eq!(sql.text, "select $1, $2, $1::int, $3, $4 where email = $5");
    let param = |name: &str| Bind::Param(name.to_owned());
    assert_eq!(sql.binds, [param("b"), param("a"), Bind::UserId, Bind::UserRoles, Bind::UserEmail]);
    assert_eq!(file.statements[0].bind_uses[0], [Position::new(1, 8), Position::new(1, 16)]);
}

#[test]
fn statements_end_outside_everything() {
    assert_eq!(
        texts(
            "select ';', \";\", $$;$$, $x$;$x$, 1 /* ; */ -- ;\n;;\n -- only a comment;\n; select :a; select :a",
            &["a"]
        ),
        ["select ';', \";\", $$;$$, $x$;$x$, 1", "select $1", "select $1"]
    );
    assert_eq!(
        texts("select a[1:2], a[:a], b::text, b ? 'x', b ?| array['y'] from t", &["a"]),
        ["select a[1:2], a[$1], b::text, b ? 'x', b ?| array['y'] from t"]
    );
}

#[test]
fn offsets_of_postgres_lead_back_to_the_file() {
    let sql = "/* params: { name: { type: string }, other: { type: string } } */\n\
               select 'ä', :name,\r\n  :name || colum\nfrom \"ü\" where :other = nope;\nselect bad\n";
    let checked = good(&project(&[("logic/get.sql", sql)]));
    let file = &checked.logic["get"];
    let first = &file.statements[0];
    let offset = |word: &str| {
        let byte = first.sql.text.find(word).unwrap();
        first.sql.text[..byte].chars().count()
    };
    for word in ["select", "colum", "from", "nope", "'ä'", "\"ü\""] {
        let at = first.positions.locate(offset(word));
        let line: String = file.text.line(at.line).unwrap().chars().skip(at.column as usize - 1).collect();
        assert!(line.starts_with(word), "{word} is not at {at:?}: {line}");
    }
    assert_eq!(first.positions.locate(offset("$2")), Position::new(4, 16));
    assert_eq!(first.positions.locate(offset("$2") + 1), Position::new(4, 16), "inside `$2`");
    let second = &file.statements[1];
    assert_eq!(second.positions.locate(7), Position::new(5, 8));
    assert_eq!(second.positions.locate(10), Position::new(5, 11), "the end");
}

#[test]
fn what_is_not_closed_is_an_error_where_it_begins() {
    for text in [
        "select 1,\n  'a;",
        "select 1,\n  E'\\';",
        "select 1,\n  \"a",
        "select 1,\n  $x$ $$",
        "select 1,\n  /* /* */",
    ] {
        assert!(
            report_sql(text).starts_with("logic/get.sql:2:3 error sql.unterminated\n"),
            "{}",
            report_sql(text)
        );
    }
    assert_snapshot!(report_sql("select 1 /* /* */"), @r#"
    logic/get.sql:1:10 error sql.unterminated
      this comment is never closed
      hint: close it with `*/`; comments nest, so each `/*` inside it needs one too
      | select 1 /* /* */
      |          ^
    "#);
}

#[test]
fn statements_that_logic_may_not_contain() {
    assert_snapshot!(report_sql("begin;\n(SELECT 1);\n set role x; commit; Listen a; copy t to stdout;\ncreate function f() returns int begin atomic select case when true then 1 end; select 2; end;\ndo $$ $$; select 1 into t2 from t; insert into t values (1); end"), @r#"
    logic/get.sql:1:1 error sql.forbidden
      `BEGIN` controls transactions: all statements of a file run in one already
      | begin;
      | ^
    logic/get.sql:3:2 error sql.forbidden
      `SET` changes the session, which other calls use too
      |  set role x; commit; Listen a; copy t to stdout;
      |  ^
    logic/get.sql:3:14 error sql.forbidden
      `COMMIT` controls transactions: all statements of a file run in one already
      |  set role x; commit; Listen a; copy t to stdout;
      |              ^
    logic/get.sql:3:22 error sql.forbidden
      `LISTEN` listens, which needs a session of its own
      |  set role x; commit; Listen a; copy t to stdout;
      |                      ^
    logic/get.sql:3:32 error sql.forbidden
      `COPY` copies, which a call can not answer
      |  set role x; commit; Listen a; copy t to stdout;
      |                                ^
    logic/get.sql:4:1 error sql.forbidden
      `CREATE` changes the schema, which `schema/` and `stk schema apply` do
      | create function f() returns int begin atomic select case when true then 1 end; select 2; end;
      | ^
    logic/get.sql:5:1 error sql.forbidden
      `DO` runs a block that could do anything; make it a function in the schema
      | do $$ $$; select 1 into t2 from t; insert into t values (1); end
      | ^
    logic/get.sql:5:20 error sql.forbidden
      `SELECT … INTO` creates a table, which `schema/` does
      | do $$ $$; select 1 into t2 from t; insert into t values (1); end
      |                    ^
    logic/get.sql:5:62 error sql.forbidden
      `END` controls transactions: all statements of a file run in one already
      | do $$ $$; select 1 into t2 from t; insert into t values (1); end
      |                                                              ^
    "#);
}

#[test]
fn a_file_has_a_statement() {
    assert_snapshot!(report_sql(""), @r#"
    logic/get.sql:0:0 error sql.empty
      the file has no SQL statement
      hint: write one, or remove the file
    "#);
    assert_snapshot!(report_sql(" ;; -- nothing\n/* here */"), @r#"
    logic/get.sql:0:0 error sql.empty
      the file has no SQL statement
      hint: write one, or remove the file
    "#);
}

#[test]
fn dollars_are_no_params() {
    assert_snapshot!(report_sql("select $1,\n $ x, \u{0}"), @"
    logic/get.sql:1:8 error sql.positional
      `$1` has no meaning here
      hint: declare a param in the header and write `:name`
      | select $1,
      |        ^
    logic/get.sql:2:2 error sql.character
      a lone `$` is not SQL
      |  $ x, \0
      |  ^
    logic/get.sql:2:7 error sql.character
      U+0000 is not SQL
      |  $ x, \0
      |       ^
    ");
}

#[test]
fn what_is_deep_or_long_is_no_trap() {
    for text in ["- ".repeat(10_000), "[".repeat(10_000), "{a: ".repeat(10_000), "? ".repeat(10_000)] {
        let report = crate::report(&project(&[("config/limits.yaml", &text)]));
        assert!(report.contains("yaml."), "{}", &report[..200.min(report.len())]);
    }
    for text in
        ["/*".repeat(100_000), "$a$ $b$ ".repeat(50_000), "E''\n".repeat(50_000), "((".repeat(100_000)]
    {
        stk_project::check("shop", &project(&[("logic/get.sql", &text)]));
    }
}

fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(":a".to_owned()),
        Just("::".to_owned()),
        Just("'".to_owned()),
        Just("E'".to_owned()),
        Just("\\".to_owned()),
        Just("\"".to_owned()),
        Just("$".to_owned()),
        Just("$q$".to_owned()),
        Just("/*".to_owned()),
        Just("*/".to_owned()),
        Just("--".to_owned()),
        Just("\n".to_owned()),
        Just(";".to_owned()),
        Just("---\n".to_owned()),
        Just("access: public".to_owned()),
        Just("{".to_owned()),
        "[ a-z0-9:\\[\\](){}é]{0,4}",
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn sec_43_nothing_breaks_the_reader(pieces in prop::collection::vec(fragment(), 0..40)) {
        let text = pieces.concat();
        for found in stk_project::check("shop", &project(&[("logic/get.sql", &text)])).1 {
            prop_assert!(found.line == 0 || found.source.is_some() || found.file != "logic/get.sql", "{found:?}");
        }
        stk_project::check("shop", &project(&[("logic/get.sql", "select 1"), ("logic/get.yaml", &text), ("config/limits.yaml", &text)]));
    }

    /// Text outside placeholders is unchanged: each compiled character stands in the file where it is said to.
    #[test]
    fn sec_43_text_outside_params_is_unchanged(pieces in prop::collection::vec(fragment(), 0..30)) {
        let text = format!("select 1 {}", pieces.concat());
        let (checked, _) = stk_project::check("shop", &project(&[("logic/get.sql", &text)]));
        let Some(file) = checked.logic.get("get") else { return Ok(()) };
        for statement in &file.statements {
            let mut names = 0;
            let mut previous = Position::WHOLE_FILE;
            for (offset, c) in statement.sql.text.chars().enumerate() {
                let at = statement.positions.locate(offset);
                let line: Vec<char> = file.text.line(at.line).unwrap_or_default().chars().collect();
                let there = line.get(at.column as usize - 1);
                // A line break stands behind the last column.
                let same = there.map_or(c == '\n' || c == '\r', |there| *there == c);
                let header = there == Some(&'/') && c == ' ';
                if !same && !header {
                    prop_assert!(there == Some(&':'), "{c:?} {at:?} in {text:?}");
                    names += usize::from(at != previous);
                }
                previous = at;
            }
            let uses: usize = statement.bind_uses.iter().map(Vec::len).sum();
            prop_assert!(names <= uses, "{names} {uses} {text:?}");
        }
    }
}
