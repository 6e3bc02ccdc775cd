//! Environments.

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_hub::EnvironmentId;

use crate::support::TestHub;

#[tokio::test]
async fn an_environment_has_a_key_of_its_own_and_is_announced() {
    let hub = TestHub::start().await;
    let mut created = hub.hub.created_environments();
    let path = "/projects/shop/environments";
    hub.call(Method::POST, path, Some(json!({ "name": "dev" }))).await.expect(StatusCode::CREATED);
    hub.call(Method::POST, path, Some(json!({ "name": "dev" }))).await.problem("conflict");
    let dev = EnvironmentId { project: "shop".to_owned(), env: "dev".to_owned() };
    assert_eq!(created.recv().await.unwrap(), dev);
    assert!(hub.hub.environments().await.unwrap().contains(&dev));
    let dev = hub.hub.environment_keys("shop", "dev").await.unwrap();
    let prod = hub.hub.environment_keys("shop", "prod").await.unwrap();
    assert_eq!((dev.len(), prod.len()), (1, 1));
    assert_ne!(dev, prod);
    assert!(hub.hub.environment_keys("shop", "nope").await.unwrap().is_empty());
}

#[tokio::test]
async fn sec_56_what_is_not_there_is_not_found() {
    let hub = TestHub::start().await;
    hub.call(Method::POST, "/projects/none/environments", Some(json!({ "name": "dev" })))
        .await
        .problem("not_found");
    hub.call(Method::GET, "/projects/none/environments", None).await.problem("not_found");
    hub.call(Method::GET, "/projects/shop/environments/dev/secrets", None).await.problem("not_found");
    hub.prod(Method::GET, "/releases/1", None).await.problem("not_found");
    hub.prod(Method::GET, "/releases/x", None).await.problem("not_found");
    hub.prod(Method::GET, "/manifest", None).await.problem("not_found");
    hub.prod(Method::POST, "/rollback", Some(json!({}))).await.problem("not_found");
    hub.prod(Method::POST, "/tokens", Some(json!({ "user": "7" }))).await.problem("not_found");
}

#[tokio::test]
async fn the_key_of_an_environment_is_given_to_operators_and_audited() {
    let hub = TestHub::start().await;
    let answer = hub.prod(Method::GET, "/key", None).await.expect(StatusCode::OK);
    let expected = hub.hub.environment_keys("shop", "prod").await.unwrap()[0].to_hex();
    assert_eq!(answer["key"], expected);
    let audited: i64 = hub
        .store
        .connect()
        .await
        .query_one("SELECT count(*) FROM audit WHERE action = 'environment_key.read'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(audited, 1);
}
