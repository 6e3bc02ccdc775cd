//! Scripts at an apply: their constant statements against the live database, and what the release holds of them.

use reqwest::Method;
use stk_contract::{Attestation, Code, PgType, Release};

use crate::support::{Files, TestHub, project};

/// The project with a script that runs this.
fn with(body: &str) -> Files {
    let mut files = project();
    let text = format!("/** returns: none */\nexport default async (params, context) => {{\n{body}\n}};\n");
    files.insert("logic/test.js".to_owned(), text);
    files
}

#[tokio::test]
async fn a_statement_that_does_not_prepare_is_told_at_its_place_in_the_script() {
    let (hub, _database) = TestHub::deployed().await;
    for (body, code, line, column, message) in [
        ("await context.db.query('main', 'SELECT emial FROM users');", "sql.refused", 3, 40, "emial"),
        (
            "const { db } = context;\nawait db.query('main', `SELECT name,\n  emial\nFROM users`);",
            "sql.refused",
            5,
            3,
            "emial",
        ),
        (
            "const COLUMNS = 'id, emial';\nawait context.db.query('main', `SELECT ${COLUMNS} FROM users`);",
            "sql.refused",
            3,
            22,
            "emial",
        ),
        (
            "await context.db.query('main', 'SELECT name ' + 'FROM user' + 'z');",
            "sql.refused",
            3,
            55,
            "userz",
        ),
        (
            "await context.db.query('main', 'SELECT \\'a\\' AS a, emial FROM users');",
            "sql.refused",
            3,
            32,
            "emial",
        ),
        (
            "await context.db.transaction('main', async (tx) => { await tx.query('SELECT emial FROM users'); });",
            "sql.refused",
            3,
            77,
            "emial",
        ),
        (
            "await context.db.query('main', 'SELECT 1 AS a; SELECT 2 AS a');",
            "sql.refused",
            3,
            33,
            "multiple commands",
        ),
        ("await context.db.query('main', 'COMMIT');", "sql.forbidden", 3, 33, "COMMIT"),
        ("await context.db.query('main', 'DROP TABLE users');", "sql.forbidden", 3, 33, "DROP"),
        ("await context.db.query('main', 'SELECT id, id FROM users');", "sql.column_name", 3, 33, "`id`"),
        ("await context.db.query('main', '');", "sql.refused", 3, 33, "no statement"),
    ] {
        let problem = hub.apply("deploy", &with(body)).await.problem("check_failed");
        let [found] = problem.diagnostics.as_slice() else { panic!("{body}: {problem:?}") };
        assert_eq!(
            (found.code.as_str(), found.line, found.column),
            (code, line, column),
            "{body}: {found:?}"
        );
        assert_eq!(found.file, "logic/test.js");
        assert!(found.message.contains(message), "{body}: {}", found.message);
        assert!(found.source.is_some(), "the line is shown: {body}");
    }
    assert_eq!(hub.pointer().await.number, 1, "what served still serves");
}

#[tokio::test]
async fn texts_that_are_not_constant_are_left_to_the_call() {
    let (hub, _database) = TestHub::deployed().await;
    for body in [
        "let sql = 'SELECT emial FROM users';\nawait context.db.query('main', sql);",
        "await context.db.query('main', `SELECT ${params.column} FROM users`);",
        "await context.db.query(params.alias, 'SELECT emial FROM users');",
        "const db = { query(a, b) {} };\nawait db.other('main', 'SELECT emial FROM users');",
        "const tx = { query(a) {} };\nawait tx.query('SELECT emial FROM users');",
    ] {
        hub.deploy(&with(body)).await;
    }
}

#[tokio::test]
async fn what_prepares_is_known_to_the_server_before_the_first_call() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = project();
    files.insert("logic/lib.ts".to_owned(), "export const rename = (db: any, id: number) =>\n  db.query('main', 'UPDATE users SET name = $1 WHERE id = $2', ['x', id]);\n".to_owned());
    files.insert(
        "logic/test.ts".to_owned(),
        "/** secrets: [] */\nimport { rename } from './lib';\nexport default async (params: any, context: any): Promise<{ id: number }[]> => {\n  \
         await rename(context.db, 1);\n  await context.db.query('main', 'SELECT balance::money AS m FROM users');\n  \
         return context.db.query('main', 'SELECT id, name FROM users WHERE id = $1', [1]);\n};\n"
            .to_owned(),
    );
    hub.deploy(&files).await;
    let pointer = hub.pointer().await;
    let release: Release = hub.blob(&pointer.release).await;
    let Code::Js(code) = &release.code["test"] else { panic!("it is a script") };
    assert_eq!((code.entry.as_str(), code.modules.len()), ("logic/test.ts", 2));
    assert!(release.modules["logic/test.ts"].source.contains("export default async"));
    assert!(!release.modules["logic/lib.ts"].source.contains(": any"), "types are stripped");
    let attestation: Attestation = hub.blob(&pointer.attestation).await;
    let proof = &attestation.logic["test"];
    assert!(!proof.read_only, "nothing shows that a script only reads");
    let queries = &proof.queries["main"];
    assert_eq!(queries.len(), 3);
    let get = &queries["SELECT id, name FROM users WHERE id = $1"];
    assert_eq!(
        (get.params.as_slice(), get.columns.len(), get.shareable),
        ([PgType::Int8].as_slice(), 2, true)
    );
    assert!(!queries["UPDATE users SET name = $1 WHERE id = $2"].shareable);
    let cast = &queries["SELECT balance::money AS m FROM users"];
    assert_eq!(cast.columns[0].pg_type, PgType::Text);
    assert!(cast.text.as_deref().is_some_and(|text| text.contains("::text")), "{cast:?}");

    let manifest = hub.prod(Method::GET, "/manifest", None).await;
    let manifest: serde_json::Value = serde_json::from_str(&manifest.text).unwrap();
    assert!(manifest["manifest"]["logic"]["test"]["result"].is_object(), "{manifest:#}");
    let again = hub.deploy(&files).await;
    assert!(!again.changed, "the same files are the same release");
}

#[tokio::test]
async fn cached_scripts_do_not_write() {
    let (hub, _database) = TestHub::deployed().await;
    let cached = |sql: &str| {
        let mut files = project();
        let text = format!(
            "/** cache: 60s */\nexport default (params, context) =>\n  context.db.query('main', '{sql}');\n"
        );
        files.insert("logic/test.js".to_owned(), text);
        files
    };
    let problem = hub.apply("deploy", &cached("DELETE FROM users")).await.problem("check_failed");
    let found = problem.diagnostics.iter().find(|found| found.code == "cache.writes").expect("it writes");
    assert_eq!((found.line, found.column), (3, 29), "{found:?}");
    let result = hub.deploy(&cached("SELECT random() AS luck")).await;
    let codes: Vec<_> = result.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["result.unknown", "cache.volatile"]);
    let attestation: Attestation = hub.blob(&hub.pointer().await.attestation).await;
    assert!(attestation.logic["test"].read_only, "what is cached is safe to repeat");
}

#[tokio::test]
async fn a_schema_change_that_breaks_a_script_is_refused() {
    let (hub, database) = TestHub::deployed().await;
    let files = with("await context.db.query('main', 'SELECT nick FROM users');");
    hub.deploy(&files).await;
    database.execute("ALTER TABLE users RENAME nick TO nickname").await;
    let problem = hub.apply("logic", &files).await.problem("check_failed");
    assert_eq!(problem.diagnostics[0].file, "logic/test.js");
    assert!(problem.diagnostics[0].message.contains("nick"), "{problem:?}");
}

/// What the store holds, as if an older `stk` had written it.
const AS_IF_OLDER: &str = "
    SET session_replication_role = replica;
    INSERT INTO blobs SELECT sha256(old), old FROM (SELECT set_byte(bytes, 0, 1) AS old FROM blobs) AS b;
    UPDATE attestations SET
        release = (SELECT sha256(set_byte(bytes, 0, 1)) FROM blobs WHERE hash = release),
        attestation = (SELECT sha256(set_byte(bytes, 0, 1)) FROM blobs WHERE hash = attestation),
        sources = (SELECT sha256(set_byte(bytes, 0, 1)) FROM blobs WHERE hash = sources)";

#[tokio::test]
async fn the_release_of_an_older_format_is_replaced_and_not_tripped_over() {
    let (hub, _database) = TestHub::deployed().await;
    hub.store.execute(AS_IF_OLDER).await;
    let result = hub.deploy(&with("await context.db.query('main', 'SELECT 1 AS a');")).await;
    assert_eq!(result.number, 2);
    assert!(!result.logic.added.is_empty());
}

/// A WASI command that does nothing; its bytes happen to be text.
const NOTHING: &str = "\0asm\u{1}\0\0\0\u{1}\u{4}\u{1}`\0\0\u{3}\u{2}\u{1}\0\u{5}\u{3}\u{1}\0\u{1}\
                       \u{7}\u{13}\u{2}\u{6}memory\u{2}\0\u{6}_start\0\0\n\u{4}\u{1}\u{2}\0\u{b}";

#[tokio::test]
async fn statements_that_webassembly_names_are_checked_and_proved() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = project();
    files.insert("logic/test.wasm".to_owned(), NOTHING.to_owned());
    let header = |sql: &str| format!("access: public\nqueries:\n  main:\n    - {sql}\n");
    files.insert("logic/test.yaml".to_owned(), header("SELECT emial FROM users"));
    let problem = hub.apply("deploy", &files).await.problem("check_failed");
    let [found] = problem.diagnostics.as_slice() else { panic!("{problem:?}") };
    assert_eq!(
        (found.code.as_str(), found.file.as_str(), found.line, found.column),
        ("sql.refused", "logic/test.yaml", 4, 7)
    );
    const SQL: &str = "SELECT name FROM users WHERE id = $1";
    files.insert("logic/test.yaml".to_owned(), header(SQL));
    hub.apply("deploy", &files).await.expect(reqwest::StatusCode::OK);
    let attestation: Attestation = hub.blob(&hub.pointer().await.attestation).await;
    let proof = &attestation.logic["test"].queries["main"][SQL];
    assert!(proof.shareable, "it only reads: {proof:?}");
}
