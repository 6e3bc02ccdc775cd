//! `stk dev`: saves, errors in place, restarts.

use serde_json::json;

use crate::stk::{Dev, write};

const SCHEMA: &str = r#"
schema "public" {}
table "t" {
  schema = schema.public
  column "id" { type = int }
  column "name" {
    type = text
    null = true
  }
  primary_key { columns = [column.id] }
}
"#;

/// A project of one table and one public logic.
pub fn small_project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "stk.config.json", r#"{"project_id":"small"}"#);
    write(root, "schema/main.hcl", SCHEMA);
    write(root, "config/databases.yaml", "main:\n  url: ${DATABASE_URL}\n  migrate: ${MIGRATE_URL}\n");
    write(root, "config/auth.yaml", "jwt:\n  secret: ${JWT_SECRET}\nroles: [admin]\n");
    write(root, "logic/answer.sql", &answer(1));
    write(root, "seed.sql", "insert into t values (1, 'one'), (2, null)");
    folder
}

pub fn answer(number: u32) -> String {
    format!("/* ---\naccess: public\nreturns: value\n--- */\nselect {number} as answer\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_is_live_and_a_broken_one_leaves_the_last_good_release() {
    let folder = small_project();
    let mut dev = Dev::start(folder.path()).await;
    assert_eq!(dev.call("answer", &json!({}), None).await.body, 1);
    let ready = reqwest::get(format!("{}/ready", dev.server_url)).await.unwrap().status();
    assert_eq!(ready, 200, "`prod`, which nothing was deployed to, holds up nobody");

    write(folder.path(), "logic/answer.sql", &answer(2));
    let deployed = dev.event();
    assert_eq!(deployed["event"], "deployed", "{deployed:#}");
    assert_eq!(deployed["release"]["logic"]["changed"], json!(["answer"]));
    assert_eq!(dev.call("answer", &json!({}), None).await.body, 2);

    write(
        folder.path(),
        "logic/answer.sql",
        "/* ---\naccess: public\nreturns: value\n--- */\nselect nme from t\n",
    );
    let failed = dev.event();
    assert_eq!(failed["event"], "failed");
    let diagnostic = &failed["error"]["diagnostics"][0];
    assert_eq!(diagnostic["file"], "logic/answer.sql", "{failed:#}");
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&json!(5), &json!(8)), "{failed:#}");
    assert_eq!(diagnostic["source"], "select nme from t");
    assert_eq!(dev.call("answer", &json!({}), None).await.body, 2, "the last good release keeps serving");

    write(
        folder.path(),
        "logic/names.sql",
        "/* ---\naccess: public\n--- */\nselect id, name from t order by id\n",
    );
    write(folder.path(), "logic/answer.sql", &answer(3));
    let mut deployed = dev.event();
    while deployed["event"] == "failed" {
        deployed = dev.event();
    }
    let rows = dev.call("names", &json!({}), None).await.body;
    assert_eq!(rows, json!([{ "id": 1, "name": "one" }, { "id": 2, "name": null }]));
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_are_live_on_save_told_in_place_and_heard() {
    let folder = small_project();
    let mut dev = Dev::start(folder.path()).await;
    let script = |body: &str| {
        format!(
            "/** access: public */\nimport {{ add }} from './lib';\nexport default async (params: any, context: Santokit.Context): Promise<number> => {{\n{body}\n}};\n"
        )
    };
    write(folder.path(), "logic/lib.ts", "export const add = (a: number, b: number): number => a + b;\n");
    write(
        folder.path(),
        "logic/sum.ts",
        &script("  context.log('adding', { a: 1 });\n  console.log('by console');\n  return add(1, 2);"),
    );
    let mut deployed = dev.event();
    while deployed["release"]["logic"]["added"] != json!(["sum"]) {
        deployed = dev.event();
    }
    assert_eq!(dev.call("sum", &json!({}), None).await.body, 3);
    let logged = dev.event();
    assert_eq!(
        (&logged["event"], &logged["logic"], &logged["level"], &logged["message"], &logged["fields"]),
        (&json!("log"), &json!("sum"), &json!("info"), &json!("adding"), &json!({ "a": 1 })),
        "{logged:#}"
    );
    assert!(logged["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{logged:#}");
    let printed = dev.event();
    assert_eq!(
        (&printed["event"], &printed["message"]),
        (&json!("log"), &json!("by console")),
        "{printed:#}"
    );
    let types = std::fs::read_to_string(folder.path().join(".stk/logic.d.ts")).unwrap();
    assert!(types.contains("\"sum\": {}"), "editors know the new logic");

    write(
        folder.path(),
        "logic/lib.ts",
        "export const add = (a: number, b: number): number => a + b + 10;\n",
    );
    assert_eq!(
        dev.event()["release"]["logic"]["changed"],
        json!(["sum"]),
        "a module's change is its logic's"
    );
    assert_eq!(dev.call("sum", &json!({}), None).await.body, 13);
    while dev.event()["message"] != "by console" {}

    write(
        folder.path(),
        "logic/sum.ts",
        &script("  await context.db.query('main', 'select nme from t');\n  return add(1, 2);"),
    );
    let failed = dev.event();
    let diagnostic = &failed["error"]["diagnostics"][0];
    assert_eq!(
        (&diagnostic["file"], &diagnostic["line"], &diagnostic["column"]),
        (&json!("logic/sum.ts"), &json!(4), &json!(42)),
        "{failed:#}"
    );
    write(folder.path(), "logic/sum.ts", &script("  return add(1, 2;"));
    let failed = dev.event();
    assert_eq!(failed["error"]["diagnostics"][0]["code"], "js.syntax", "{failed:#}");
    assert_eq!(dev.call("sum", &json!({}), None).await.body, 13, "the last good release keeps serving");
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_data_and_number() {
    let folder = small_project();
    let database = stk_testkit::Database::create().await;
    let dev = Dev::start_on(folder.path(), &database.url, &[]);
    let number = dev.ready["release"]["number"].as_u64().unwrap();
    assert_eq!(dev.ready["release"]["seeded"], true);
    dev.kill();
    let again = Dev::start_on(folder.path(), &database.url, &[]);
    assert_eq!(again.ready["release"]["number"], number, "{:#}", again.ready);
    assert_eq!(again.ready["release"]["changed"], false);
    assert_eq!(again.ready["release"]["seeded"], false, "seed.sql is for a new database only");
    assert_eq!(again.call("answer", &json!({}), None).await.body, 1);
    assert_eq!(again.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_url_given_postgres_is_started_and_ends_with_us() {
    let folder = small_project();
    let start = || {
        let mut command = crate::stk::stk(folder.path());
        command.args(["dev", "--json", "--listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0"]);
        Dev::spawn(folder.path(), command)
    };
    let dev = start();
    assert_eq!(dev.call("answer", &json!({}), None).await.body, 1);
    // The process is killed, and the next one finds Postgres stopping or stopped.
    dev.kill();
    let dev = start();
    assert_eq!(dev.call("answer", &json!({}), None).await.body, 1);
    let pid_file = folder.path().join(".stk/dev/postgres/data/postmaster.pid");
    assert!(pid_file.exists());
    assert_eq!(dev.stop(), Some(0));
    assert!(!pid_file.exists(), "Postgres was stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_and_a_second_one_on_the_same_data_are_clear_errors() {
    let folder = small_project();
    let database = stk_testkit::Database::create().await;
    let dev = Dev::start_on(folder.path(), &database.url, &[]);
    let taken = dev.server_url.trim_start_matches("http://").to_owned();

    let other = small_project();
    let mut command = crate::stk::stk(other.path());
    command
        .args(["dev", "--listen", &taken, "--hub-listen", "127.0.0.1:0"])
        .env("STK_DATABASE_URL", &database.url);
    let ran = crate::stk::run(&mut command);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains(&taken) && ran.stderr.contains("in use"), "{}", ran.stderr);

    let mut command = crate::stk::stk(folder.path());
    command
        .args(["dev", "--listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0"])
        .env("STK_DATABASE_URL", &database.url);
    let ran = crate::stk::run(&mut command);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("another stk uses the data directory"), "{}", ran.stderr);
    assert_eq!(dev.stop(), Some(0));
}
