//! The schema part of an apply.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Files, TestHub, project, wire};

fn with_column() -> Files {
    let mut files = project();
    let schema = files["schema/main.hcl"].replace(
        "  primary_key {",
        "  column \"email\" {\n    type = text\n    null = true\n  }\n  primary_key {",
    );
    files.insert("schema/main.hcl".to_owned(), schema);
    files
}

#[tokio::test]
async fn a_schema_apply_changes_the_database_and_makes_a_release() {
    let (hub, database) = TestHub::deployed().await;
    let answer = hub.apply("schema", &with_column()).await.expect(StatusCode::OK);
    assert_eq!(answer["number"], 2);
    assert!(answer["schemaSteps"][0]["sql"].as_str().unwrap().contains("email"), "{answer}");
    database.execute("SELECT email FROM users").await;
    let rows =
        hub.store.connect().await.query("SELECT action, detail FROM audit ORDER BY seq", &[]).await.unwrap();
    let last: Vec<(String, String)> = rows.iter().rev().take(2).map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!((last[1].0.as_str(), last[0].0.as_str()), ("schema.apply", "release.switch"));
    assert!(last[1].1.contains("email"), "{last:?}");
}

#[tokio::test]
async fn a_deploy_checks_logic_against_the_schema_that_it_brings() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = with_column();
    files.insert("logic/emails.sql".to_owned(), "SELECT email FROM users".to_owned());
    assert_eq!(hub.deploy(&files).await.number, 2);
}

#[tokio::test]
async fn an_error_in_the_schema_is_told_at_its_line_and_changes_nothing() {
    let (hub, _database) = TestHub::deployed().await;
    let mut files = with_column();
    let schema = files["schema/main.hcl"].replace("column.id", "column.idd");
    files.insert("schema/main.hcl".to_owned(), schema);
    let problem = hub.apply("deploy", &files).await.problem("check_failed");
    let found = &problem.diagnostics[0];
    assert_eq!(found.file, "schema/main.hcl");
    assert!(found.line > 0 && found.source.as_deref().unwrap().contains("column.idd"), "{found:?}");
    assert!(found.code.starts_with("schema."), "{found:?}");
}

#[tokio::test]
async fn an_open_hazard_refuses_a_deploy_by_its_code_and_is_allowed_by_name() {
    let (hub, database) = TestHub::deployed().await;
    database.execute("ALTER TABLE users ADD extra int").await;
    let answer = hub.apply("deploy", &project()).await;
    let problem = answer.problem("check_failed");
    let found = &problem.diagnostics[0];
    assert_eq!(found.code, "STK-D103", "{}", answer.text);
    assert!(
        found.message.contains("extra") && found.hint.as_deref().unwrap().contains("--allow STK-D103"),
        "{found:?}"
    );
    // The logic alone does not mind.
    hub.apply("logic", &project()).await.expect(StatusCode::OK);
    let unknown = json!({ "scope": "deploy", "files": wire(&project()), "allow": ["STK-X9"] });
    hub.prod(Method::POST, "/apply", Some(unknown)).await.problem("invalid_call");
    let body = json!({ "scope": "deploy", "files": wire(&project()), "allow": ["STK-D103"] });
    hub.prod(Method::POST, "/apply", Some(body)).await.expect(StatusCode::OK);
    let left = "SELECT count(*) FROM pg_attribute WHERE attname = 'extra'";
    assert_eq!(database.connect().await.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn the_first_schema_apply_needs_the_config_that_names_its_database() {
    let (hub, _database) = TestHub::with_database().await;
    let problem = hub.apply("schema", &project()).await.problem("check_failed");
    assert_eq!(problem.diagnostics[0].code, "schema.not_configured");
    let body = json!({ "scope": "deploy", "files": wire(&project()) });
    hub.prod(Method::POST, "/apply", Some(body)).await.expect(StatusCode::OK);
}
