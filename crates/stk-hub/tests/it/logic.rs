//! What the live database says of logic, told at the place in the file.

use reqwest::StatusCode;
use stk_contract::{Attestation, LogicPath, PgType, Release};

use crate::support::{Files, TestHub, project};

fn with(text: &str) -> Files {
    let mut files = project();
    files.insert("logic/test.sql".to_owned(), text.to_owned());
    files
}

#[tokio::test]
async fn an_unknown_column_is_told_at_its_line_and_column() {
    let (hub, _database) = TestHub::deployed().await;
    let found = hub
        .refused_logic(
            "---\nparams:\n  id: { type: int }\n---\nSELECT name,\n       emial\nFROM users WHERE id = :id",
        )
        .await;
    assert_eq!((found.file.as_str(), found.line, found.column), ("logic/test.sql", 6, 8));
    assert_eq!(found.code, "sql.refused");
    assert!(found.message.contains("emial") && found.message.contains("42703"), "{}", found.message);
    assert_eq!(found.source.as_deref(), Some("       emial"));
    // A bind is shorter or longer in the file than `$1`.
    let found = hub
        .refused_logic("---\nparams:\n  a_long_name: { type: int }\n---\nSELECT :a_long_name::int AS a, emial FROM users")
        .await;
    assert_eq!((found.line, found.column), (5, 32));
}

#[tokio::test]
async fn every_statement_that_is_wrong_is_told() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = with("SELECT nope FROM users");
    files.insert(
        "logic/two.sql".to_owned(),
        "UPDATE users SET name = 'x';\nSELECT nope2 FROM users".to_owned(),
    );
    let problem = hub.apply("deploy", &files).await.problem("check_failed");
    let places: Vec<_> = problem.diagnostics.iter().map(|found| (found.file.as_str(), found.line)).collect();
    assert_eq!(places, [("logic/test.sql", 1), ("logic/two.sql", 2)]);
    assert_eq!(hub.pointer().await.number, 1, "what served still serves");
}

#[tokio::test]
async fn a_param_that_can_not_be_what_the_statement_takes_is_refused_where_it_is_used() {
    let (hub, _database) = TestHub::deployed().await;
    let found = hub
        .refused_logic("---\nparams:\n  id: { type: string }\n---\nSELECT name FROM users WHERE id = :id")
        .await;
    assert_eq!((found.code.as_str(), found.line, found.column), ("sql.param_type", 5, 35));
    assert!(found.message.contains("`string`") && found.message.contains("bigint"), "{}", found.message);
    assert!(found.hint.unwrap().contains("`int`"));
    let found = hub.refused_logic("SELECT name FROM users WHERE balance = :user_id").await;
    assert_eq!(found.code, "sql.param_type");
    let found =
        hub.refused_logic("---\nparams:\n  x: { type: string }\n---\nSELECT :x IS NULL AS none").await;
    assert_eq!((found.code.as_str(), found.line, found.column), ("sql.refused", 5, 8));
    assert!(found.message.contains(":x") && found.hint.unwrap().contains("::text"));
}

#[tokio::test]
async fn columns_that_can_not_be_keys_and_results_that_do_not_fit_are_refused() {
    let (hub, _database) = TestHub::deployed().await;
    let cases = [
        ("SELECT id, id FROM users", "sql.column_name"),
        ("SELECT 1 + 1", "sql.column_name"),
        ("---\nreturns: value\n---\nSELECT id, name FROM users", "returns.columns"),
        ("INSERT INTO users (name) VALUES ('x')", "returns.columns"),
        ("CREATE TABLE x ()", "sql.forbidden"),
        ("---\ncache: 60s\n---\nUPDATE users SET name = 'x' RETURNING id", "cache.writes"),
        ("---\ncache: 60s\n---\nWITH w AS (DELETE FROM users RETURNING id) SELECT id FROM w", "cache.writes"),
        ("---\ntypes: { nope: string }\n---\nSELECT id FROM users", "types.unknown_column"),
        ("---\ntypes: { name: number }\n---\nSELECT name FROM users", "types.unfit"),
        ("UPDATE users SET balance = 0 RETURNING balance::money AS money", "sql.column_type"),
    ];
    for (text, code) in cases {
        let found = hub.refused_logic(text).await;
        assert_eq!(found.code, code, "{text}: {found:?}");
        assert_eq!(found.file, "logic/test.sql");
        assert!(found.line > 0, "{text}: {found:?}");
    }
}

#[tokio::test]
async fn a_volatile_function_under_cache_is_a_warning_at_each_apply() {
    let (hub, _database) = TestHub::deployed().await;
    let files = with("---\ncache: 60s\n---\nSELECT random() AS luck");
    for number in [2, 2] {
        let result = hub.deploy(&files).await;
        assert_eq!(result.number, number);
        let codes: Vec<_> = result.diagnostics.iter().map(|found| found.code.as_str()).collect();
        assert_eq!(codes, ["cache.volatile"]);
    }
}

async fn attestation(hub: &TestHub) -> Attestation {
    hub.blob(&hub.pointer().await.attestation).await
}

#[tokio::test]
async fn types_and_nullability_are_what_the_database_says_and_the_header_overrides() {
    let (hub, _database) = TestHub::deployed().await;
    hub.deploy(&with(
        "---\ntypes: { id: string, balance: number, nick: \"'a' | 'b'!\", name: \"?\" }\n---\n\
         SELECT id, name, nick, balance FROM users",
    ))
    .await;
    let attestation = attestation(&hub).await;
    let columns = attestation.logic["test"].columns();
    let seen: Vec<_> = columns
        .iter()
        .map(|column| (column.name.as_str(), &column.pg_type, column.nullable, column.ts_type.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("id", &PgType::Int8, false, Some("string")),
            ("name", &PgType::Text, true, None),
            ("nick", &PgType::Text, false, Some("'a' | 'b'")),
            ("balance", &PgType::Numeric, false, Some("number")),
        ]
    );
    let get = &attestation.logic["users/get"];
    assert_eq!(get.statements[0].params, [PgType::Int8]);
    assert!(get.read_only && get.statements[0].shareable);
    assert!(get.columns()[2].nullable);
}

#[tokio::test]
async fn a_type_without_a_binary_form_is_cast_in_what_the_server_runs() {
    let (hub, database) = TestHub::deployed().await;
    hub.deploy(&with("SELECT id, balance::money AS price FROM users ORDER BY id DESC -- newest first")).await;
    let attestation = attestation(&hub).await;
    let proof = &attestation.logic["test"].statements[0];
    assert_eq!(proof.columns[1].pg_type, PgType::Text);
    assert!(proof.shareable);
    database.execute("INSERT INTO users (name, balance) VALUES ('a', 1), ('b', 2.5)").await;
    let client = database.connect().await;
    let rows = client.query(proof.text.as_deref().unwrap(), &[]).await.unwrap();
    let rows: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows, [(2, "$2.50".to_owned()), (1, "$1.00".to_owned())]);
    let release: Release = hub.blob(&hub.pointer().await.release).await;
    let stk_contract::Code::Sql(code) = &release.code["test"] else { panic!("it is SQL") };
    assert!(code[0].text.starts_with("SELECT id, balance"), "the release has the file's own text");
}

#[tokio::test]
async fn proofs_are_used_again_until_the_schema_changes() {
    let (hub, database) = TestHub::deployed().await;
    let before = attestation(&hub).await;
    database.execute("ALTER TABLE users ALTER name DROP NOT NULL").await;
    let answer = hub.apply("logic", &project()).await.expect(StatusCode::OK);
    assert_eq!((answer["number"].as_u64(), answer["changed"].as_bool()), (Some(2), Some(true)));
    let after = attestation(&hub).await;
    assert_ne!(before.schema_fingerprints, after.schema_fingerprints);
    let name = |attestation: &Attestation| {
        attestation.logic[&LogicPath::parse("users/get").unwrap()].columns()[1].nullable
    };
    assert_eq!((name(&before), name(&after)), (false, true));
}
