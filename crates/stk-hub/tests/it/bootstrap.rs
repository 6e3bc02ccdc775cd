//! The first operator, and the check in front of every other route.

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_testkit::Database;

use crate::support::{TestHub, config};

#[tokio::test]
async fn sec_07_the_one_time_token_works_once() {
    let hub = TestHub::start().await;
    assert!(hub.token.starts_with("stk_pat_"), "recognisable by secret scanners");
    let me = hub.call(Method::GET, "/whoami", None).await.expect(StatusCode::OK);
    assert_eq!(me, json!({ "operator": "admin", "role": "owner" }));
    let used = hub.hub.bootstrap_token().unwrap();
    let again = hub.call_as("", Method::POST, "/bootstrap", Some(json!({ "token": used }))).await;
    again.problem("unauthorized");
    let hub = hub.restart().await;
    assert_eq!(hub.hub.bootstrap_token(), None, "none is made once an operator exists");
    hub.call(Method::GET, "/whoami", None).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn sec_07_a_restart_before_the_first_use_gives_another_good_token() {
    let store = Database::create().await;
    let folder = tempfile::tempdir().unwrap();
    let kv = std::sync::Arc::new(stk_kv::EmbeddedKv::open(&folder.path().join("kv")).unwrap());
    let first = stk_hub::Hub::start(config(&store), kv.clone()).await.unwrap();
    let first_token = first.bootstrap_token().unwrap();
    first.shutdown().await;
    let second = stk_hub::Hub::start(config(&store), kv).await.unwrap();
    let token = second.bootstrap_token().unwrap();
    assert_ne!(first_token, token);
    let client = store.connect().await;
    let found: i64 = client.query_one("SELECT count(*) FROM bootstrap_tokens", &[]).await.unwrap().get(0);
    assert_eq!(found, 2);
}

#[tokio::test]
async fn sec_01_tokens_are_stored_as_hashes_only() {
    let hub = TestHub::start().await;
    let client = hub.store.connect().await;
    let row =
        client.query_one("SELECT encode(hash, 'escape'), octet_length(hash) FROM access_tokens", &[]).await;
    let row = row.unwrap();
    assert!(!row.get::<_, String>(0).contains(&hub.token));
    assert_eq!(row.get::<_, i32>(1), 32);
}

#[tokio::test]
async fn sec_03_a_revoked_or_expired_token_fails_at_once() {
    let hub = TestHub::start().await;
    for change in ["expires_at = now() - interval '1 s'", "expires_at = NULL, revoked_at = now()"] {
        hub.store.execute(&format!("UPDATE access_tokens SET {change}")).await;
        hub.call(Method::GET, "/whoami", None).await.problem("unauthorized");
    }
}

#[tokio::test]
async fn every_route_but_the_open_ones_needs_a_token() {
    let hub = TestHub::start().await;
    let document = hub.call_as("", Method::GET, "/openapi.json", None).await.expect(StatusCode::OK);
    assert_eq!(document["openapi"], "3.1.0");
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let path =
                path.strip_prefix("/api/v1").unwrap().replace("{project}", "shop").replace("{env}", "prod");
            if path == "/bootstrap" || path == "/openapi.json" {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            for token in ["", "stk_pat_", "nonsense", &hub.token[..hub.token.len() - 1]] {
                let answer = hub.call_as(token, method.clone(), &path, Some(json!({}))).await;
                answer.problem("unauthorized");
            }
            tried += 1;
        }
    }
    assert!(tried >= 14, "{tried}");
}

#[tokio::test]
async fn an_operator_whose_role_is_not_in_the_table_is_denied() {
    let hub = TestHub::start().await;
    hub.store.execute("UPDATE operators SET role = 'viewer'").await;
    hub.call(Method::GET, "/projects", None).await.problem("forbidden");
}

#[tokio::test]
async fn unknown_paths_methods_and_bodies_are_problems() {
    let hub = TestHub::start().await;
    hub.call(Method::GET, "/nothing", None).await.problem("not_found");
    hub.call(Method::DELETE, "/projects", None).await.problem("method_not_allowed");
    hub.call(Method::POST, "/projects", None).await.problem("unsupported_media_type");
    hub.call(Method::POST, "/projects", Some(json!({ "name": 1 }))).await.problem("invalid_call");
    let long = "x".repeat(2 * 1024 * 1024);
    hub.call(Method::POST, "/projects", Some(json!({ "id": long }))).await.problem("too_large");
}
