//! Secrets, before anything needs them. Those that a release needs are in `apply`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{TestHub, project};

const CANARY: &str = "canary-5b1f0e-never-in-the-open";

#[tokio::test]
async fn a_secret_is_listed_by_name_and_version_and_never_by_value() {
    let hub = TestHub::start().await;
    hub.set_secret("API_KEY", "one").await;
    hub.set_secret("API_KEY", CANARY).await;
    let answer = hub.prod(Method::GET, "/secrets", None).await;
    let list = answer.expect(StatusCode::OK);
    assert_eq!((list[0]["name"].as_str(), list[0]["version"].as_u64()), (Some("API_KEY"), Some(2)));
    assert!(list[0]["updatedAt"].as_str().unwrap().ends_with('Z'));
    assert!(!answer.text.contains(CANARY));
}

#[tokio::test]
async fn a_deleted_secret_is_gone_and_its_versions_are_never_used_again() {
    let hub = TestHub::start().await;
    hub.set_secret("API_KEY", CANARY).await;
    hub.prod(Method::DELETE, "/secrets/API_KEY", None).await.expect(StatusCode::NO_CONTENT);
    hub.prod(Method::DELETE, "/secrets/API_KEY", None).await.problem("not_found");
    assert_eq!(hub.prod(Method::GET, "/secrets", None).await.expect(StatusCode::OK), json!([]));
    hub.set_secret("API_KEY", "again").await;
    let list = hub.prod(Method::GET, "/secrets", None).await.expect(StatusCode::OK);
    assert_eq!(list[0]["version"], 2);
}

#[tokio::test]
async fn values_and_names_that_could_never_be_used_are_refused() {
    let hub = TestHub::start().await;
    for value in ["", "a\0b", &"x".repeat(70_000)] {
        let answer = hub.prod(Method::PUT, "/secrets/API_KEY", Some(json!({ "value": value }))).await;
        answer.problem("invalid_call");
    }
    let answer = hub.prod(Method::PUT, "/secrets/API-KEY", Some(json!({ "value": "x" }))).await;
    answer.problem("invalid_call");
    let answer = hub.prod(Method::PUT, "/secrets/API_KEY", Some(json!({ "valu": CANARY }))).await;
    answer.problem("invalid_call");
    assert!(!answer.text.contains(CANARY), "a problem never repeats what was sent");
}

#[tokio::test]
async fn sec_32_the_store_holds_no_secret_in_plain_text() {
    let hub = TestHub::start().await;
    hub.set_secret("API_KEY", CANARY).await;
    let client = hub.store.connect().await;
    let tables = client
        .query("SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace", &[])
        .await
        .unwrap();
    for table in &tables {
        let table: String = table.get(0);
        let rows = client.query(&format!("SELECT t::text FROM {table} AS t"), &[]).await.unwrap();
        for row in rows {
            let text: String = row.get(0);
            assert!(!text.contains(CANARY), "{table}: {text}");
            assert!(!text.contains(&hex::encode(CANARY)), "{table}: {text}");
        }
    }
    assert!(tables.len() > 8);
}

#[tokio::test]
async fn sec_27_a_secret_moved_to_another_name_does_not_open() {
    let hub = TestHub::start().await;
    hub.set_secret("A", "of a").await;
    hub.set_secret("B", "of b").await;
    hub.store
        .execute(
            "UPDATE secrets SET wrapped = a.wrapped, sealed = a.sealed FROM secrets a
             WHERE a.name = 'A' AND secrets.name = 'B'",
        )
        .await;
    let answer = hub.apply("deploy", &project()).await;
    let problem = answer.problem("internal");
    assert_eq!(problem.detail, None, "a 5xx says nothing of its cause");
}
