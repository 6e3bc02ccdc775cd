//! Tokens of foreign issuers, whose keys are fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stk_contract::config::Issuer;
use stk_contract::sign::SigningKey;
use stk_contract::{Access, PgType, Returns};
use stk_testkit::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::fixture::{Host, Project, read, unix_ms};

/// A key set over plain HTTP on the loopback, and how often it was fetched.
async fn key_set(key: &SigningKey) -> (String, Arc<AtomicUsize>, tokio::task::JoinHandle<()>) {
    let public = hex(&key.verifying_key().to_hex());
    let x = URL_SAFE_NO_PAD.encode(public);
    let body = format!(
        r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k1","alg":"EdDSA","use":"sig","x":"{x}"}}]}}"#
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = fetches.clone();
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, fetches, serving)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().map(|digit| (digit as char).to_digit(16).expect("hex") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn token(key: &SigningKey, audience: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","typ":"JWT","kid":"k1"}"#);
    let expires = unix_ms() / 1000 + 600;
    let claims =
        format!(r#"{{"iss":"https://id.example.com/","aud":"{audience}","sub":"42","exp":{expires}}}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("Bearer {signed}.{signature}")
}

fn project(database: &Database, jwks: &str) -> Project {
    let me = read("select $1::text as id").user_id(PgType::Text).column("id", PgType::Text);
    let mut project =
        Project::new(&database.url).logic("me", me.returns(Returns::One).access(Access::Authenticated));
    project.release.config.auth.issuers = vec![Issuer {
        name: "acme".to_owned(),
        issuer: "https://id.example.com/".to_owned(),
        audience: "shop".to_owned(),
        jwks: jwks.to_owned(),
        claim_id: "sub".to_owned(),
        claim_email: None,
        claim_roles: None,
        raw_subject: false,
    }];
    project
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_fetched_once_and_outlive_their_issuer() {
    let database = Database::create().await;
    let key = SigningKey::from_bytes(&[3; 32]);
    let (url, fetches, issuer) = key_set(&key).await;
    let host = Arc::new(Host::start(&project(&database, &url)).await);
    let good = token(&key, "shop");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (host, good) = (host.clone(), good.clone());
            tokio::spawn(async move { host.call_with("me", "{}", &[("authorization", &good)]).await })
        })
        .collect();
    for call in calls {
        let answer = call.await.expect("a call");
        assert_eq!(answer.body, r#"{"id":"acme:42"}"#, "{answer:?}");
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 1, "callers share one fetch");

    issuer.abort();
    let other_user = host.call_with("me", "{}", &[("authorization", &good)]).await;
    assert_eq!(other_user.status, 200, "the issuer is down, its keys are not: {other_user:?}");
    let forged = token(&SigningKey::from_bytes(&[4; 32]), "shop");
    assert_eq!(host.call_with("me", "{}", &[("authorization", &forged)]).await.code(), "unauthorized");
    let elsewhere = token(&key, "another");
    assert_eq!(host.call_with("me", "{}", &[("authorization", &elsewhere)]).await.code(), "unauthorized");
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_503_for_its_tokens_only() {
    let database = Database::create().await;
    let key = SigningKey::from_bytes(&[3; 32]);
    let project = project(&database, "http://127.0.0.1:1/keys");
    let host = Host::start(&project).await;
    let foreign = host.call_with("me", "{}", &[("authorization", &token(&key, "shop"))]).await;
    assert_eq!((foreign.status, foreign.code()), (503, "unavailable".to_owned()));
    let own = format!("Bearer {}", project.token("u1", &[]));
    assert_eq!(host.call_with("me", "{}", &[("authorization", &own)]).await.body, r#"{"id":"u1"}"#);
}
