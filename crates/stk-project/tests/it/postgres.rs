//! The lexer against Postgres' own scanner.
//!
//! Any text goes through both. What Postgres prepares must have the params that we found: one too many would have
//! been written into a string or a comment, one too few would have been left as `:a`, which Postgres refuses there.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use stk_project::check;
use stk_testkit::Database;

use crate::project;

/// Pieces that open, close and escape things, and params among them.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        ":a", ":a", " ", "\n", "\r", "'", "''", "E'", "e'", "\\", "\\'", "U&'", "B'", "\"", "\"\"", "$$",
        "$q$", "$q1$", "/*", "*/", "/", "*", "--", "||", "::text", ",", "(", ")", "x", "1", " as x", "[1:",
        "]", "?", "@>", "-", "+", "é", "\u{a0}", "e", "N",
    ])
}

/// A list of expressions, each whole by itself, whose insides try to break out.
fn expressions() -> impl Strategy<Value = String> {
    let inside = || prop::collection::vec(piece(), 0..8).prop_map(|pieces| pieces.concat());
    let expression = prop_oneof![
        3 => Just(":a".to_owned()),
        2 => inside().prop_map(|text| format!("'{text}'")),
        2 => inside().prop_map(|text| format!("E'{text}'")),
        2 => (inside(), inside()).prop_map(|(one, two)| format!("E'{one}' \n '{two}'")),
        1 => (inside(), inside()).prop_map(|(one, two)| format!("E'{one}' -- it's\n '{two}'")),
        1 => inside().prop_map(|text| format!("U&'{text}'")),
        2 => inside().prop_map(|text| format!("$q${text}$q$")),
        2 => inside().prop_map(|text| format!("/*{text}*/ :a")),
        2 => inside().prop_map(|text| format!(":a --{text}\n")),
        1 => inside().prop_map(|text| format!("1 as \"{text}\"")),
        2 => inside(),
    ];
    prop::collection::vec(expression, 1..5).prop_map(|list| format!("select {}", list.join(", ")))
}

/// Where `:a` stands by the rule of a param, and Postgres stumbled over the colon.
fn left_over(text: &str, position: usize) -> bool {
    let before = text.chars().nth(position.wrapping_sub(2));
    let rest: String = text.chars().skip(position - 1).take(2).collect();
    let follows = before.is_some_and(|c| c.is_alphanumeric() || !c.is_ascii() || "_$'\")]:".contains(c));
    rest == ":a" && !follows
}

#[test]
fn sec_43_the_lexer_agrees_with_postgres() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let database = runtime.block_on(Database::create());
    let client = runtime.block_on(database.connect());
    let prepared = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&expressions(), |sql| {
        let (checked, found) = check("shop", &project(&[("logic/get.sql", &sql), ("logic/get.yaml", "")]));
        let refused = found.iter().any(|found| found.code.starts_with("sql."));
        let Some(statement) = checked.logic["get"].statements.first() else { return Ok(()) };
        // Postgres takes one statement at a time, and what we refuse we do not send.
        if refused || checked.logic["get"].statements.len() > 1 {
            if refused && !sql.contains([';', '$']) {
                let answer = runtime.block_on(client.prepare(&sql.replace(":a", "NULL")));
                prop_assert!(answer.is_err(), "we refuse {sql:?}, Postgres does not: {found:?}");
            }
            return Ok(());
        }
        match runtime.block_on(client.prepare(&statement.sql.text)) {
            Ok(answer) => {
                prepared.set(prepared.get() + 1);
                let binds = statement.sql.binds.len();
                prop_assert_eq!(answer.params().len(), binds, "{:?} became {:?}", sql, statement.sql.text);
            }
            Err(error) => {
                let position = error.as_db_error().and_then(|error| error.position().cloned());
                if let Some(tokio_postgres::error::ErrorPosition::Original(position)) = position {
                    let text = &statement.sql.text;
                    prop_assert!(!left_over(text, position as usize), "`:a` was missed in {text:?}");
                }
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(prepared.get() > 250, "only {} of the texts were SQL, which proves little", prepared.get());
}
