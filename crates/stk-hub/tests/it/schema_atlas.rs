//! `engine: atlas`, with a script in the place of the binary: it answers in the recorded form, and runs what it says.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// The test below, in a process of its own: it sets the environment variable that names the binary.
const INNER: &str = "STK_TEST_ATLAS_INNER";

fn script(folder: &Path, text: &str) -> std::path::PathBuf {
    let path = folder.join("atlas");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs [`inner`] with this binary.
fn run(binary: &Path, case: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "schema_atlas::inner", "--nocapture"])
        .env(INNER, case)
        .env("STK_ATLAS_BIN", binary)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

const WORKS: &str = r#"#!/bin/sh
# The address comes by the environment, never by an argument.
case "$*" in *postgres://*) echo "an address in the arguments" >&2; exit 9;; esac
[ -n "$STK_ATLAS_URL" ] && [ -n "$STK_ATLAS_DEV_URL" ] && grep -q getenv atlas.hcl || exit 8
SQL='ALTER TABLE \"public\".\"users\" DROP COLUMN \"extra\"'
case "$*" in
  *--dry-run*) printf '{"Driver":"postgres","URL":{"Scheme":"postgres","User":"geheim"},"Changes":{"Pending":["%s"]}}' "$SQL";;
  *) psql "$STK_ATLAS_URL" -q -v ON_ERROR_STOP=1 -c 'ALTER TABLE "public"."users" DROP COLUMN "extra"' || exit 7
     printf '{"Changes":{"Applied":["%s"]}}' "$SQL";;
esac
"#;

const REFUSES: &str = "#!/bin/sh\nprintf '{\"Error\":\"connect %s: no way\"}' \"$STK_ATLAS_URL\"\nexit 1\n";

#[test]
fn the_binary_plans_and_applies_and_its_changes_have_our_hazards() {
    let folder = tempfile::tempdir().unwrap();
    run(&script(folder.path(), WORKS), "works");
}

#[test]
fn what_the_binary_refuses_is_told_without_the_address() {
    let folder = tempfile::tempdir().unwrap();
    run(&script(folder.path(), REFUSES), "refuses");
}

#[test]
fn a_binary_that_is_not_there_is_a_clear_error() {
    run(Path::new("/nowhere/atlas"), "missing");
}

#[tokio::test]
async fn inner() {
    use crate::support::{TestHub, project, wire};
    use reqwest::{Method, StatusCode};
    use serde_json::json;
    let Ok(case) = std::env::var(INNER) else { return };
    let (hub, database) = TestHub::deployed().await;
    database.execute("ALTER TABLE users ADD extra int").await;
    let mut files = project();
    let databases = format!("{}  engine: atlas\n", files["config/databases.yaml"]);
    files.insert("config/databases.yaml".to_owned(), databases);
    let deploy = |allow: &[&str]| json!({ "scope": "deploy", "files": wire(&files), "allow": allow });
    let answer = hub.prod(Method::POST, "/apply", Some(deploy(&[]))).await;
    let problem = answer.problem("check_failed");
    let found = &problem.diagnostics[0];
    match case.as_str() {
        "works" => {
            assert_eq!(found.code, "STK-D103", "{}", answer.text);
            assert!(!answer.text.contains("geheim"));
            hub.prod(Method::POST, "/apply", Some(deploy(&["STK-D103"]))).await.expect(StatusCode::OK);
            let left = "SELECT count(*) FROM pg_attribute WHERE attname = 'extra'";
            assert_eq!(database.connect().await.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
        }
        "refuses" => {
            assert!(found.message.contains("`atlas` refused: connect (the database)"), "{found:?}");
            assert!(!answer.text.contains("postgres://"), "{}", answer.text);
        }
        _ => {
            assert_eq!(found.code, "schema.atlas");
            assert!(found.message.contains("can not be run"), "{found:?}");
        }
    }
}
