//! Projects.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::TestHub;

#[tokio::test]
async fn a_project_has_a_prod_environment_and_is_made_once() {
    let hub = TestHub::start().await;
    let projects = hub.call(Method::GET, "/projects", None).await.expect(StatusCode::OK);
    assert_eq!(projects, json!([{ "id": "shop" }]));
    let environments =
        hub.call(Method::GET, "/projects/shop/environments", None).await.expect(StatusCode::OK);
    assert_eq!(environments, json!([{ "name": "prod", "number": null }]));
    let again = hub.call(Method::POST, "/projects", Some(json!({ "id": "shop" }))).await;
    assert!(again.problem("conflict").detail.unwrap().contains("`shop`"));
}

#[tokio::test]
async fn ids_that_could_not_stand_in_a_url_or_a_key_are_refused() {
    let hub = TestHub::start().await;
    for id in ["", "Shop", "a/b", "9lives", "a b", &"a".repeat(41)] {
        hub.call(Method::POST, "/projects", Some(json!({ "id": id }))).await.problem("invalid_call");
    }
}
