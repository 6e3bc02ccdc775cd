//! The client manifest.

use reqwest::{Method, StatusCode};
use stk_contract::hub::ManifestResponse;

use crate::support::{TestHub, project};

#[tokio::test]
async fn the_manifest_names_callable_logic_with_its_types() {
    let (hub, _database) = TestHub::with_database().await;
    let mut files = project();
    files.insert("logic/_audit.sql".to_owned(), "SELECT 1 AS one".to_owned());
    hub.deploy(&files).await;
    let answer = hub.prod(Method::GET, "/manifest", None).await;
    answer.expect(StatusCode::OK);
    let response: ManifestResponse = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(response.number, 1);
    assert_eq!(response.hash, response.manifest.hash());
    let paths: Vec<&str> = response.manifest.logic.keys().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["users/get"], "private logic is not in it");
    assert_eq!(response.manifest.logic["users/get"].columns.len(), 3);
    assert!(response.openapi.contains("users/get"), "{}", response.openapi);
}
