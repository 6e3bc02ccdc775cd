//! Applies: what becomes of files, who wins, and what is refused before any database is asked.

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_contract::hub::ApplyResult;
use stk_testkit::Database;

use crate::support::{GET, TestHub, project, wire};

#[tokio::test]
async fn a_deploy_makes_the_schema_and_serves_as_number_1() {
    let (hub, database) = TestHub::with_database().await;
    let result = hub.deploy(&project()).await;
    assert_eq!((result.number, result.changed), (1, true));
    assert_eq!(result.logic.added, ["users/get"]);
    assert!(result.schema_steps.iter().any(|step| step.alias == "main" && step.sql.contains("users")));
    assert_eq!(result.diagnostics, []);
    database.execute("INSERT INTO users (name) VALUES ('ann')").await;
    let pointer = hub.pointer().await;
    assert_eq!((pointer.number, pointer.release.hash), (1, result.release));
    let environments =
        hub.call(Method::GET, "/projects/shop/environments", None).await.expect(StatusCode::OK);
    assert_eq!(environments[0]["number"], 1);
}

#[tokio::test]
async fn unchanged_files_make_no_new_number() {
    let (hub, _database) = TestHub::deployed().await;
    let before = hub.pointer().await;
    for scope in ["deploy", "schema", "config", "logic"] {
        let answer = hub.apply(scope, &project()).await.expect(StatusCode::OK);
        assert_eq!(
            (answer["number"].as_u64(), answer["changed"].as_bool()),
            (Some(1), Some(false)),
            "{scope}"
        );
        assert_eq!(answer["schemaSteps"], json!([]), "{scope}");
    }
    assert_eq!(hub.pointer().await, before, "nothing was written");
}

#[tokio::test]
async fn a_partial_apply_keeps_what_its_scope_does_not_cover() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = project();
    files.insert("logic/users/list.sql".to_owned(), "SELECT id, name FROM users ORDER BY id".to_owned());
    files.remove("logic/users/get.sql");
    files.remove("config/auth.yaml");
    files.insert("schema/main.hcl".to_owned(), "not even HCL".to_owned());
    let answer = hub.apply("logic", &files).await;
    answer.expect(StatusCode::OK);
    let result: ApplyResult = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(result.number, 2);
    assert_eq!(result.logic.added, ["users/list"]);
    assert_eq!(result.logic.removed, ["users/get"]);
    let token = hub.prod(Method::POST, "/tokens", Some(json!({ "user": "7" }))).await;
    token.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let (hub, database) = TestHub::with_database().await;
    let body = json!({ "scope": "deploy", "files": wire(&project()), "dryRun": true });
    let answer = hub.prod(Method::POST, "/apply", Some(body.clone())).await.expect(StatusCode::OK);
    assert_eq!((answer["number"].as_u64(), answer["changed"].as_bool()), (Some(0), Some(true)));
    assert!(!answer["schemaSteps"].as_array().unwrap().is_empty());
    assert_eq!(answer["diagnostics"], json!([]), "the logic was checked on a copy");
    let client = database.connect().await;
    let tables: i64 = client
        .query_one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(tables, 0);
    hub.prod(Method::GET, "/manifest", None).await.problem("not_found");
    hub.deploy(&project()).await;
    let answer = hub.prod(Method::POST, "/apply", Some(body)).await.expect(StatusCode::OK);
    assert_eq!((answer["number"].as_u64(), answer["changed"].as_bool()), (Some(1), Some(false)));
}

#[tokio::test]
async fn a_number_that_does_not_serve_any_more_is_a_conflict_that_names_who_applied() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = project();
    files.insert("logic/ping.sql".to_owned(), "SELECT 1 AS one".to_owned());
    let body = |number: u64| json!({ "scope": "logic", "files": wire(&files), "expectedNumber": number });
    let problem = hub.prod(Method::POST, "/apply", Some(body(0))).await.problem("conflict");
    let detail = problem.detail.unwrap();
    assert!(detail.contains("Release 1") && detail.contains("`admin`") && detail.contains("20"), "{detail}");
    hub.prod(Method::POST, "/apply", Some(body(1))).await.expect(StatusCode::OK);
    hub.prod(Method::POST, "/apply", Some(body(1))).await.problem("conflict");
}

#[tokio::test]
async fn rel_15_of_two_applies_at_once_one_wins_and_the_other_learns_who() {
    let (hub, _database) = TestHub::deployed().await;
    let other = hub.beside().await;
    let url = format!("http://{}/api/v1/projects/shop/environments/prod/apply", other.local_addr());
    let mut numbers = vec![1];
    for round in 0..4 {
        let with = |name: &str| {
            let mut files = project();
            files.insert(format!("logic/{name}.sql"), format!("SELECT {round} AS n"));
            json!({ "scope": "logic", "files": wire(&files) })
        };
        let http = reqwest::Client::new();
        let second = http.post(&url).bearer_auth(&hub.token).json(&with("b")).send();
        let (a, b) = tokio::join!(hub.prod(Method::POST, "/apply", Some(with("a"))), second);
        let b = b.unwrap();
        let (a_won, b_won) = (a.status == StatusCode::OK, b.status() == StatusCode::OK);
        assert!(a_won || b_won, "at least one wins: {}", a.text);
        if !a_won {
            a.problem("conflict");
        }
        if !b_won {
            assert_eq!(b.status(), StatusCode::CONFLICT);
            assert!(b.text().await.unwrap().contains("`admin` applied it"));
        }
        numbers.push(hub.pointer().await.number);
    }
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    let releases = hub.prod(Method::GET, "/releases", None).await.expect(StatusCode::OK);
    assert_eq!(releases[0]["number"].as_u64(), numbers.last().copied());
    other.shutdown().await;
}

#[tokio::test]
async fn a_missing_secret_is_told_at_its_place_with_what_to_do() {
    let hub = TestHub::start().await;
    hub.set_secret("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").await;
    let problem = hub.apply("deploy", &project()).await.problem("check_failed");
    let found: Vec<_> = problem
        .diagnostics
        .iter()
        .map(|found| (found.code.as_str(), found.file.as_str(), found.line, found.hint.as_deref().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("secret.missing", "config/auth.yaml", 1, "`stk secret set JWT_SECRET --env prod`"),
            ("secret.missing", "config/databases.yaml", 3, "`stk secret set MIGRATE_URL --env prod`"),
        ]
    );
    assert_eq!(problem.diagnostics[1].source.as_deref(), Some("  migrate: ${MIGRATE_URL}"));
}

#[tokio::test]
async fn errors_of_the_files_are_told_by_the_hub_itself() {
    let (hub, _database) = TestHub::with_database().await;
    let mut files = project();
    files.insert("logic/users/get.sql".to_owned(), GET.replace("returns:", "retruns:"));
    let problem = hub.apply("deploy", &files).await.problem("check_failed");
    assert_eq!(problem.diagnostics[0].code, "header.unknown_key");
    assert!(problem.detail.unwrap().contains("still serves"));
}

#[tokio::test]
async fn a_database_that_can_not_be_reached_is_told_without_its_address() {
    let (hub, _database) = TestHub::with_database().await;
    for address in ["postgres://app:hunter2@127.0.0.1:1/app", "mysql://app:hunter2@db/app", "hunter2"] {
        hub.set_secret("MIGRATE_URL", address).await;
        let answer = hub.apply("deploy", &project()).await;
        let problem = answer.problem("check_failed");
        assert_eq!(problem.diagnostics[0].code, "database.unusable");
        assert!(problem.diagnostics[0].message.contains("`main`"));
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
    }
}

#[tokio::test]
async fn without_migrate_the_servers_own_role_is_used_with_a_warning() {
    let (hub, _database) = TestHub::with_database().await;
    let mut files = project();
    files.insert("config/databases.yaml".to_owned(), "main: { url: \"${DATABASE_URL}\" }\n".to_owned());
    let result = hub.deploy(&files).await;
    assert_eq!(result.diagnostics.len(), 1, "{:?}", result.diagnostics);
    assert_eq!(result.diagnostics[0].code, "config.migrate_missing");
}

#[tokio::test]
async fn another_database_under_the_same_files_is_checked_anew() {
    let (hub, _database) = TestHub::deployed().await;
    let empty = Database::create().await;
    hub.set_secret("MIGRATE_URL", &empty.url).await;
    let problem = hub.apply("logic", &project()).await.problem("check_failed");
    assert_eq!(problem.diagnostics[0].code, "sql.refused");
    assert!(problem.diagnostics[0].message.contains("users"), "{:?}", problem.diagnostics);
}

#[tokio::test]
async fn a_lost_connection_to_the_users_database_is_made_again() {
    let (hub, database) = TestHub::deployed().await;
    let admin = Database::create().await.connect().await;
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'santokit hub'";
    let killed: i64 = admin.query_one(kill, &[&database.name]).await.unwrap().get(0);
    assert!(killed >= 2, "one for the schema, one for statements: {killed}");
    let mut files = project();
    files.insert("logic/ping.sql".to_owned(), "SELECT 1 AS one".to_owned());
    assert_eq!(hub.deploy(&files).await.number, 2);
}

#[tokio::test]
async fn a_project_of_megabytes_is_taken_and_a_monstrous_one_is_not() {
    let (hub, _database) = TestHub::with_database().await;
    let mut files = project();
    files.insert("logic/long.sql".to_owned(), format!("SELECT '{}' AS text", "x".repeat(3 * 512 * 1024)));
    assert_eq!(hub.deploy(&files).await.number, 1);
    let parts = hub.pointer().await.release.parts.len();
    assert!(parts >= 1);
    files.insert("logic/long.sql".to_owned(), "x".repeat(65 * 1024 * 1024));
    hub.apply("deploy", &files).await.problem("too_large");
    let files = json!({ "logic/a.wasm": { "base64": "not Base64!" } });
    let answer = hub.prod(Method::POST, "/apply", Some(json!({ "scope": "deploy", "files": files }))).await;
    answer.problem("invalid_call");
}
