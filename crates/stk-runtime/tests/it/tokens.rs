//! Tokens of our own and of foreign issuers, and the key sets behind the latter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stk_contract::config::{Issuer, Role};
use stk_contract::token::{self, Claims};
use stk_contract::{Access, LogicSpec, Returns, release::Bind};

use crate::support::{Host, LogicFile, NOW_MS, Project, SECRET, body, code};

const ISSUER: &str = "https://id.example.com/";

/// A 2048-bit key with a token that it signed, and a 1024-bit key of the same kind; both tokens expire in 2100.
const RSA_KEY: &str = r#"{"kty":"RSA","kid":"rsa","n":"selcWr9oNp-5RclZxs3KZ5JK5EgKciJBSvqFAUWLEyI9LLbaTH9wJiRTvQqOz-9Q_LAt6KNFvXC5E0YAyl0BdIYr2unrPQo39CQGf3o7tAhv986-UgtSFC53BfrXTSSEnKTu6ogodaYjum7UHK8iou6zYTQvf3zi0IjgHBRLbdangvYa3rG0REmcbKmJZqqDwq_x8MeDKIU5Gl9cM-i-PEIv4t3e4UNwz-NwSfQ5yFYyo25ooLbdvM7FJ0SQC5nbR5zMwTEmjQkbA6G_946QQk46UAdrzsi2nZdEikvRHtu9yFHqeSBwvAjMHYcXf2NYJtFpSZajwHmUjw3P2d8pSQ","e":"AQAB"}"#;
const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tLyIsImF1ZCI6WyJ4Iiwic2hvcCJdLCJzdWIiOiI0MiIsImV4cCI6NDEwMjQ0NDgwMCwiYXBwIjp7InJvbGVzIjpbImFkbWluIiwib3RoZXIiXX19.NogbszBto-lNOxCYmG-jo3aPsomA_dOnCiPW-do_jTJlez9viwPr4thrmmiiujla9Oc8-spbBxGufMy-xaUFbUmysuvq7YtwSslameIZLoz0cT3A-CUKKLJtRQQ7nI3VgdKmumFKJ5QZjxSzmLERBSiOLrtVgU8NWjCz5czj2UCCkwIWwY2KHA_jnaIHgxXXkHjE9NVt_hcI61KRnuHR2ZBIRAVsXZHkQlLMot_cSAbxi0HV9BW9ckl1ZO2bHKGyFqimh2wAXKqphUQ_vLdAZ3tZ1zyecdfY1Suja20Rz12eP_geM_4gN4us_4pkHdXWCzaGm6E_-gTNO3lIAd39Ow";
const RSA_1024_KEY: &str = r#"{"kty":"RSA","kid":"rsa","n":"oS4Z_97bASA48AcdaxxfK2l5bFAw5jj8DM0Sb5iiecNeRRo3yNKw2cl6eGUSTV1eGRcBXMFIr2ZzVi2JP_BciK67DJSe_dFBOWANcGhm1MLnvcZovXZlMNx2MV0jvYTAWr1nM8rDYqlOuU4FYskoFijeVfkD9qdwgCPOt7h0B-0","e":"AQAB"}"#;
const RSA_1024_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tLyIsImF1ZCI6WyJ4Iiwic2hvcCJdLCJzdWIiOiI0MiIsImV4cCI6NDEwMjQ0NDgwMCwiYXBwIjp7InJvbGVzIjpbImFkbWluIiwib3RoZXIiXX19.nRWMB84ZiYZddxOG-4u6LEe4vjmFyyWc0hyGV6aIOpEcEmW26PeGLyg-jlAUNfumuOdpRA49t5nHPx3CXk_frtkRs5IH9DRTS9P-MNK6foBqpYNg4Jyu2tw7aWWFlzahuVz53pe5BP6qy0pbAGK0CkzIm6AUw0GNSn0pt7emnwE";

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn jws(header: Value, claims: Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn hs256(message: &[u8]) -> Vec<u8> {
    use hmac::Mac as _;
    token::mac(SECRET.as_bytes(), message).finalize().into_bytes().to_vec()
}

fn claims(of: Value) -> Value {
    let mut claims = json!({ "iss": ISSUER, "aud": "shop", "sub": "42", "exp": NOW_MS / 1000 + 600 });
    for (name, value) in of.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

struct Ed25519(ed25519_dalek::SigningKey);

impl Ed25519 {
    fn new(seed: u8) -> Ed25519 {
        Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    fn jwk(&self, id: &str) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "use": "sig", "x": x }).to_string()
    }

    fn token(&self, id: &str, of: Value) -> String {
        use ed25519_dalek::Signer as _;
        jws(json!({ "alg": "EdDSA", "kid": id }), claims(of), |signed| self.0.sign(signed).to_vec())
    }
}

fn key_set(keys: &[&str]) -> Option<String> {
    Some(format!(r#"{{"keys":[{}]}}"#, keys.join(",")))
}

async fn host(raw_subject: bool) -> Host {
    let sql = "select $1::text as id, $2::text as email, $3::text[] as roles";
    let file = |path, access| LogicFile {
        path,
        spec: LogicSpec { access, returns: Returns::One, ..LogicSpec::default() },
        sql: vec![(sql, vec![Bind::UserId, Bind::UserEmail, Bind::UserRoles])],
    };
    let mut project = Project::new(vec![file("me", Access::Authenticated), file("anyone", Access::Public)]);
    project.config.auth.roles = vec![Role { name: "admin".to_owned(), description: None }];
    project.config.auth.issuers = vec![Issuer {
        name: "acme".to_owned(),
        issuer: ISSUER.to_owned(),
        audience: "shop".to_owned(),
        jwks: "https://id.example.com/jwks".to_owned(),
        claim_id: "sub".to_owned(),
        claim_email: Some("email".to_owned()),
        claim_roles: Some("app.roles".to_owned()),
        raw_subject,
    }];
    Host::new("", project).await
}

async fn status(host: &mut Host, token: &str) -> u16 {
    host.call("anyone", "{}", Some(token)).await.status
}

#[tokio::test]
async fn a_minted_token_is_accepted_until_it_expires() {
    let mut host = host(false).await;
    let claims = Claims {
        iss: token::ISSUER.to_owned(),
        aud: token::audience("shop", "test"),
        sub: "7".to_owned(),
        email: Some("a@b.co".to_owned()),
        roles: vec!["admin".to_owned()],
        iat: NOW_MS / 1000,
        exp: NOW_MS / 1000 + 60,
    };
    let token = token::mint(&claims, SECRET.as_bytes());
    for _ in 0..2 {
        let reply = host.call("me", "{}", Some(&token)).await;
        assert_eq!(body(&reply), r#"{"id":"7","email":"a@b.co","roles":["admin"]}"#);
    }
    host.now_ms += 89_000;
    assert_eq!(status(&mut host, &token).await, 200, "within the skew");
    host.now_ms += 1_000;
    assert_eq!(status(&mut host, &token).await, 401, "expiry holds for tokens that were verified before");
}

#[tokio::test]
async fn sec_20_every_algorithm_verifies_with_its_own_key_only() {
    let mut host = host(false).await;
    let ed25519 = Ed25519::new(1);
    let p256 = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let point = p256.verifying_key().to_sec1_point(false);
    let (x, y) =
        (URL_SAFE_NO_PAD.encode(&point.as_bytes()[1..33]), URL_SAFE_NO_PAD.encode(&point.as_bytes()[33..]));
    let p256_jwk =
        json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256", "x": x, "y": y }).to_string();
    let sign_p256 = |signed: &[u8]| {
        use p256::ecdsa::signature::Signer as _;
        let signature: p256::ecdsa::Signature = p256.sign(signed);
        signature.to_bytes().to_vec()
    };
    host.key_set =
        key_set(&[&ed25519.jwk("ed"), &p256_jwk, RSA_KEY, r#"{"kty":"oct","kid":"oct","k":"AAAA"}"#]);
    let reply = host.call("me", "{}", Some(RSA_TOKEN)).await;
    assert_eq!(body(&reply), r#"{"id":"acme:42","email":null,"roles":["admin"]}"#);
    assert_eq!(status(&mut host, &ed25519.token("ed", json!({}))).await, 200);
    let es256 = jws(json!({ "alg": "ES256", "kid": "ec" }), claims(json!({})), sign_p256);
    assert_eq!(status(&mut host, &es256).await, 200);

    // A public key taken for an HMAC secret, another key's algorithm, none at all, a secret of the set itself.
    let public = host.key_set.clone().unwrap();
    let confused = [
        jws(json!({ "alg": "HS256", "kid": "rsa" }), claims(json!({})), |signed| {
            use hmac::Mac as _;
            token::mac(public.as_bytes(), signed).finalize().into_bytes().to_vec()
        }),
        jws(json!({ "alg": "HS256", "kid": "ed" }), claims(json!({})), hs256),
        jws(json!({ "alg": "EdDSA", "kid": "ec" }), claims(json!({})), sign_p256),
        jws(json!({ "alg": "none" }), claims(json!({})), |_| Vec::new()),
        jws(json!({ "alg": "HS256", "kid": "oct" }), claims(json!({})), |signed| {
            use hmac::Mac as _;
            token::mac(&[0; 3], signed).finalize().into_bytes().to_vec()
        }),
        ed25519.token("ed", json!({})).replace("eyJ", "eyK"),
        Ed25519::new(2).token("ed", json!({})),
    ];
    for token in &confused {
        assert_eq!(status(&mut host, token).await, 401, "{token}");
    }
}

#[tokio::test]
async fn sec_20_short_rsa_keys_verify_nothing() {
    let mut host = host(false).await;
    host.key_set = key_set(&[RSA_1024_KEY, &Ed25519::new(1).jwk("ed")]);
    assert_eq!(status(&mut host, RSA_1024_TOKEN).await, 401);
}

#[tokio::test]
async fn sec_21_keys_in_a_header_are_never_trusted() {
    let mut host = host(false).await;
    host.key_set = key_set(&[&Ed25519::new(1).jwk("ed")]);
    let (other, claims) = (Ed25519::new(2), claims(json!({})));
    let jwk: Value = serde_json::from_str(&other.jwk("ed")).unwrap();
    for (name, value) in
        [("jwk", jwk), ("jku", json!("https://evil.example/jwks")), ("x5u", json!("https://evil.example"))]
    {
        let mut header = json!({ "alg": "EdDSA", "kid": "ed" });
        header[name] = value;
        let sign = |signed: &[u8]| {
            use ed25519_dalek::Signer as _;
            other.0.sign(signed).to_vec()
        };
        assert_eq!(status(&mut host, &jws(header, claims.clone(), sign)).await, 401, "{name}");
    }
}

#[tokio::test]
async fn sec_22_sec_23_kind_audience_issuer_and_time_are_checked() {
    let mut host = host(false).await;
    let key = Ed25519::new(1);
    host.key_set = key_set(&[&key.jwk("ed")]);
    let soon = NOW_MS / 1000 + 120;
    let refused = [
        json!({ "aud": "other" }),
        json!({ "aud": ["a", "b"] }),
        json!({ "aud": null }),
        json!({ "iss": "https://elsewhere.example/" }),
        json!({ "iss": token::ISSUER }),
        json!({ "exp": NOW_MS / 1000 - 31 }),
        json!({ "exp": null }),
        json!({ "exp": "soon" }),
        json!({ "nbf": soon }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "token_use": "id" }),
        json!({ "typ": "Refresh" }),
        json!({ "at_hash": "x" }),
    ];
    for of in refused {
        assert_eq!(status(&mut host, &key.token("ed", of.clone())).await, 401, "{of}");
    }
    assert_eq!(
        status(&mut host, &key.token("ed", json!({ "aud": ["a", "shop"], "token_use": "access" }))).await,
        200
    );
    // Our own audience is exact, and only a token of our own kind is one of ours.
    let own = |typ: &str, aud: Value| {
        let claims = json!({ "iss": token::ISSUER, "aud": aud, "sub": "7", "exp": soon });
        jws(json!({ "alg": "HS256", "typ": typ }), claims, hs256)
    };
    assert_eq!(status(&mut host, &own("at+jwt", json!("shop/test"))).await, 200);
    for token in [
        own("at+jwt", json!("shop/prod")),
        own("at+jwt", json!(["shop/test", "x"])),
        own("JWT", json!("shop/test")),
    ] {
        assert_eq!(status(&mut host, &token).await, 401);
    }
}

#[tokio::test]
async fn sec_26_an_unknown_key_is_looked_for_once_in_a_while_and_good_keys_stay() {
    let mut host = host(false).await;
    let (old, new) = (Ed25519::new(1), Ed25519::new(2));
    let reply = host.call("anyone", "{}", Some(&old.token("old", json!({})))).await;
    assert_eq!(
        (code(&reply), reply.retry_after_s),
        ("unavailable", Some(1)),
        "nothing is known of the keys yet"
    );
    host.now_ms += 1_000;
    host.key_set = key_set(&[&old.jwk("old")]);
    assert_eq!(status(&mut host, &old.token("old", json!({}))).await, 200);
    assert_eq!(host.trace[0], "fetch");

    let token = new.token("new", json!({}));
    host.key_set = key_set(&[&old.jwk("old"), &new.jwk("new")]);
    assert_eq!(status(&mut host, &token).await, 401);
    assert_eq!(host.trace, ["reply"], "within the cooldown nothing is fetched");
    host.now_ms += 30_000;
    host.key_set = None;
    assert_eq!(status(&mut host, &token).await, 401);
    assert_eq!(host.trace, ["fetch", "reply"]);
    assert_eq!(
        status(&mut host, &old.token("old", json!({ "n": 1 }))).await,
        200,
        "a failed fetch drops no key"
    );
    host.now_ms += 30_000;
    host.key_set = key_set(&[&new.jwk("new")]);
    assert_eq!(status(&mut host, &token).await, 200);
    assert_eq!(
        status(&mut host, &old.token("old", json!({}))).await,
        401,
        "withdrawn: also where it was verified before"
    );
}

#[tokio::test]
async fn a_raw_subject_stands_without_the_issuers_name() {
    let mut host = host(true).await;
    host.key_set = key_set(&[RSA_KEY]);
    assert_eq!(
        body(&host.call("me", "{}", Some(RSA_TOKEN)).await),
        r#"{"id":"42","email":null,"roles":["admin"]}"#
    );
}
