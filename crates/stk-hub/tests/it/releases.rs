//! Releases and the way back.

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_contract::Release;

use crate::support::{TestHub, project};

async fn two_releases() -> (TestHub, stk_testkit::Database) {
    let (hub, database) = TestHub::deployed().await;
    let mut files = project();
    files.insert("logic/ping.sql".to_owned(), "SELECT 1 AS one".to_owned());
    hub.apply("logic", &files).await.expect(StatusCode::OK);
    (hub, database)
}

#[tokio::test]
async fn releases_are_listed_newest_first() {
    let (hub, _database) = two_releases().await;
    let list = hub.prod(Method::GET, "/releases", None).await.expect(StatusCode::OK);
    let seen: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|release| {
            (
                release["number"].as_u64().unwrap(),
                release["origin"].as_str().unwrap(),
                release["live"] == true,
            )
        })
        .collect();
    assert_eq!(seen, [(2, "logic apply", true), (1, "deploy", false)]);
    let one = hub.prod(Method::GET, "/releases/1", None).await.expect(StatusCode::OK);
    assert_eq!(one, list[1]);
    assert_eq!(one["operator"], "admin");
    hub.prod(Method::GET, "/releases/3", None).await.problem("not_found");
}

#[tokio::test]
async fn sec_34_a_rollback_is_the_old_release_under_a_new_number() {
    let (hub, _database) = two_releases().await;
    let first = hub.prod(Method::GET, "/releases/1", None).await.expect(StatusCode::OK);
    let result = hub.prod(Method::POST, "/rollback", Some(json!({}))).await.expect(StatusCode::OK);
    assert_eq!((result["number"].as_u64(), &result["release"]), (Some(3), &first["release"]));
    assert_eq!(result["logic"]["removed"], json!(["ping"]));
    let pointer = hub.pointer().await;
    assert_eq!(pointer.number, 3);
    let release: Release = hub.blob(&pointer.release).await;
    assert!(!release.manifest.logic.contains_key("ping"));
    let info = hub.prod(Method::GET, "/releases/3", None).await.expect(StatusCode::OK);
    assert_eq!(info["origin"], "rollback to 1");
    let again = hub.prod(Method::POST, "/rollback", Some(json!({ "to": 2 }))).await.expect(StatusCode::OK);
    assert_eq!(again["number"], 4);
    for to in [0, 9] {
        hub.prod(Method::POST, "/rollback", Some(json!({ "to": to }))).await.problem("not_found");
    }
    let stale = json!({ "to": 1, "expectedNumber": 3 });
    hub.prod(Method::POST, "/rollback", Some(stale)).await.problem("conflict");
}

#[tokio::test]
async fn a_rollback_that_does_not_fit_the_live_database_is_refused() {
    let (hub, database) = two_releases().await;
    let mut files = project();
    files.remove("logic/users/get.sql");
    hub.apply("logic", &files).await.expect(StatusCode::OK);
    database.execute("ALTER TABLE users DROP nick").await;
    let problem = hub.prod(Method::POST, "/rollback", Some(json!({ "to": 1 }))).await.problem("check_failed");
    let found = &problem.diagnostics[0];
    assert_eq!((found.file.as_str(), found.line), ("logic/users/get.sql", 6));
    assert!(found.message.contains("nick"), "{found:?}");
    assert_eq!(hub.pointer().await.number, 3);
}
