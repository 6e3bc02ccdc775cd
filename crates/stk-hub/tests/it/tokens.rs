//! Development tokens for users of the app.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stk_contract::token;

use crate::support::{TestHub, project};

#[tokio::test]
async fn a_token_is_signed_with_the_environments_secret_for_its_audience() {
    let (hub, _database) = TestHub::deployed().await;
    let request = json!({ "user": "7", "email": "a@b.c", "roles": ["admin"] });
    let answer = hub.prod(Method::POST, "/tokens", Some(request)).await.expect(StatusCode::CREATED);
    let token = answer["token"].as_str().unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let secret = b"a secret of at least 32 bytes, as HS256 wants";
    use hmac::Mac as _;
    assert!(token::mac(secret, signed.as_bytes()).verify_slice(&signature).is_ok());
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        (&claims["aud"], &claims["sub"], &claims["email"]),
        (&json!("shop/prod"), &json!("7"), &json!("a@b.c"))
    );
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 900);
    let audit = hub.store.connect().await;
    let row = audit.query_one("SELECT detail FROM audit WHERE action = 'token.create'", &[]).await.unwrap();
    assert!(!row.get::<_, String>(0).contains(token));
}

#[tokio::test]
async fn unknown_roles_and_times_are_refused() {
    let (hub, _database) = TestHub::deployed().await;
    let roles = hub.prod(Method::POST, "/tokens", Some(json!({ "user": "7", "roles": ["root"] }))).await;
    let problem = roles.problem("invalid_call");
    assert!(problem.detail.unwrap().contains("`root`") && problem.hint.unwrap().contains("`admin`, `user`"));
    for ttl in [0, u64::MAX] {
        hub.prod(Method::POST, "/tokens", Some(json!({ "user": "7", "ttl": ttl })))
            .await
            .problem("invalid_call");
    }
    hub.prod(Method::POST, "/tokens", Some(json!({ "user": "" }))).await.problem("invalid_call");
}

#[tokio::test]
async fn without_a_jwt_secret_there_is_nothing_to_sign_with() {
    let (hub, _database) = TestHub::with_database().await;
    let mut files = project();
    files.insert("config/auth.yaml".to_owned(), "roles: [user]\n".to_owned());
    hub.deploy(&files).await;
    let problem =
        hub.prod(Method::POST, "/tokens", Some(json!({ "user": "7" }))).await.problem("invalid_call");
    assert!(problem.detail.unwrap().contains("jwt.secret"));
}
