//! What the KV holds, and how it is repaired.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_contract::kv_keys;
use stk_contract::package::Secrets;
use stk_hub::Hub;
use stk_kv::{Changes, Kv, KvError, KvFuture};
use stk_testkit::Database;

use crate::support::{TestHub, config, project};

#[tokio::test]
async fn a_new_secret_reaches_servers_without_a_new_number() {
    let (hub, _database) = TestHub::deployed().await;
    let before = hub.pointer().await;
    hub.set_secret("JWT_SECRET", "another one").await;
    let after = hub.pointer().await;
    assert_eq!((after.number, &after.release), (before.number, &before.release));
    assert!(after.sequence() > before.sequence());
    let keys = hub.hub.environment_keys("shop", "prod").await.unwrap();
    let secrets: Secrets = hub.blob(&after.secrets).await;
    assert_eq!(secrets.open(&keys, "shop", "prod").unwrap()["JWT_SECRET"], "another one");
}

#[tokio::test]
async fn servers_get_only_the_secrets_that_they_need() {
    let (hub, _database) = TestHub::with_database().await;
    hub.set_secret("UNUSED", "x").await;
    hub.deploy(&project()).await;
    let secrets: Secrets = hub.blob(&hub.pointer().await.secrets).await;
    let names: Vec<&String> = secrets.secrets.keys().collect();
    assert_eq!(names, ["DATABASE_URL", "JWT_SECRET"], "`migrate` is the Hub's alone");
}

#[tokio::test]
async fn sec_32_the_kv_holds_no_secret_in_plain_text() {
    let (hub, _database) = TestHub::deployed().await;
    hub.set_secret("JWT_SECRET", "canary-8c2f-in-the-coal-mine").await;
    let keys = hub.hub.environment_keys("shop", "prod").await.unwrap();
    let secrets: Secrets = hub.blob(&hub.pointer().await.secrets).await;
    assert_eq!(secrets.open(&keys, "shop", "prod").unwrap()["JWT_SECRET"], "canary-8c2f-in-the-coal-mine");
    let bytes = hub.kv_bytes();
    for canary in ["canary-8c2f".to_owned(), keys[0].to_hex(), hex::encode("canary-8c2f")] {
        assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()), "{canary}");
    }
}

#[tokio::test]
async fn a_secret_that_what_serves_needs_is_not_deleted() {
    let (hub, _database) = TestHub::deployed().await;
    for (name, by) in [("JWT_SECRET", "`auth.jwt.secret`"), ("MIGRATE_URL", "`databases.main.migrate`")] {
        let problem = hub.prod(Method::DELETE, &format!("/secrets/{name}"), None).await.problem("conflict");
        let detail = problem.detail.unwrap();
        assert!(detail.contains("Release 1") && detail.contains(by), "{detail}");
    }
    let mut files = project();
    files.insert("config/auth.yaml".to_owned(), "roles: [user]\n".to_owned());
    hub.apply("config", &files).await.expect(StatusCode::OK);
    hub.prod(Method::DELETE, "/secrets/JWT_SECRET", None).await.expect(StatusCode::NO_CONTENT);
    let problem = hub.prod(Method::POST, "/rollback", Some(json!({ "to": 1 }))).await.problem("check_failed");
    assert_eq!(problem.diagnostics[0].code, "secret.missing");
}

#[tokio::test]
async fn rel_07_what_the_kv_lost_or_damaged_is_repaired_at_start() {
    let (mut hub, _database) = TestHub::deployed().await;
    let pointer = hub.pointer().await;
    let live = kv_keys::live("shop", "prod");
    let broken = [
        (live.clone(), b"nonsense".to_vec()),
        (kv_keys::blob(&pointer.release.parts[0]), b"half".to_vec()),
        (kv_keys::blob(&pointer.attestation.parts[0]), Vec::new()),
    ];
    for (key, value) in broken {
        hub.kv.put(&key, value).await.unwrap();
        hub = hub.restart().await;
        let repaired = hub.pointer().await;
        assert_eq!(repaired.sequence(), pointer.sequence(), "{key}");
        let _: stk_contract::Release = hub.blob(&repaired.release).await;
        let _: stk_contract::Attestation = hub.blob(&repaired.attestation).await;
    }
    let before = hub.kv.get(&live).await.unwrap();
    hub = hub.restart().await;
    assert_eq!(hub.kv.get(&live).await.unwrap(), before, "what is whole is left alone");
}

#[tokio::test]
async fn a_pointer_near_its_end_is_signed_again_on_the_timer() {
    let (hub, _database) = TestHub::deployed().await;
    let first = hub.pointer().await;
    let mut feed = hub.kv.changes(kv_keys::LIVE_PREFIX);
    let mut short = config(&hub.store);
    short.package_ttl = Duration::from_millis(400);
    short.reconcile_every = Duration::from_millis(50);
    // The first pointer is good for a week, far more than half of 400 ms; this Hub's own ones are not.
    let other = Hub::start(short, hub.kv.clone()).await.unwrap();
    hub.set_secret("JWT_SECRET", "another one").await;
    feed.next().await.unwrap();
    let mut expires = hub.pointer().await.expires_at_ms;
    assert!(expires >= first.expires_at_ms);
    let url =
        format!("http://{}/api/v1/projects/shop/environments/prod/secrets/JWT_SECRET", other.local_addr());
    let set = reqwest::Client::new().put(url).bearer_auth(&hub.token).json(&json!({ "value": "a third" }));
    assert!(set.send().await.unwrap().status().is_success());
    expires = expires.min(hub.pointer().await.expires_at_ms);
    for _ in 0..3 {
        feed.next().await.unwrap();
    }
    assert!(hub.pointer().await.expires_at_ms > expires, "signed again before its end");
    other.shutdown().await;
}

#[tokio::test]
async fn no_lower_number_is_ever_stored() {
    let (hub, _database) = TestHub::deployed().await;
    let client: Database = hub.store.clone();
    let client = client.connect().await;
    for statement in [
        "UPDATE environments SET number = NULL",
        "UPDATE environments SET secrets_seq = 0",
        "UPDATE attestations SET operator = 'x'",
        "DELETE FROM blobs",
    ] {
        client.batch_execute(statement).await.unwrap_err();
    }
}

/// A KV that can be made to fail.
struct Failing {
    kv: Arc<dyn Kv>,
    fails: Arc<AtomicBool>,
}

impl Kv for Failing {
    fn get(&self, key: &str) -> KvFuture<'_, Option<Vec<u8>>> {
        self.kv.get(key)
    }

    fn put(&self, key: &str, value: Vec<u8>) -> KvFuture<'_, ()> {
        if self.fails.load(Ordering::SeqCst) {
            return Box::pin(async { Err(KvError::Unavailable("unplugged".to_owned())) });
        }
        self.kv.put(key, value)
    }

    fn changes(&self, prefix: &str) -> Changes {
        self.kv.changes(prefix)
    }
}

#[tokio::test]
async fn rel_05_with_the_kv_down_nothing_is_lost_and_nothing_half_done() {
    let (hub, _database) = TestHub::deployed().await;
    let fails = Arc::new(AtomicBool::new(false));
    let kv = Arc::new(Failing { kv: hub.kv.clone(), fails: fails.clone() });
    let hub = hub.with_kv(kv).await;
    let before = hub.pointer().await;
    fails.store(true, Ordering::SeqCst);

    let mut files = project();
    files.insert("logic/ping.sql".to_owned(), "SELECT 1 AS one".to_owned());
    let problem = hub.apply("logic", &files).await.problem("unavailable");
    assert!(problem.detail.unwrap().contains("still serves"));
    let releases = hub.prod(Method::GET, "/releases", None).await.expect(StatusCode::OK);
    assert_eq!(releases.as_array().unwrap().len(), 1, "before the switch");

    let set = hub.prod(Method::PUT, "/secrets/JWT_SECRET", Some(json!({ "value": "kept" }))).await;
    assert!(set.problem("unavailable").detail.unwrap().contains("kept"));
    assert_eq!(hub.pointer().await, before);

    fails.store(false, Ordering::SeqCst);
    let hub = hub.restart().await;
    let keys = hub.hub.environment_keys("shop", "prod").await.unwrap();
    let secrets: Secrets = hub.blob(&hub.pointer().await.secrets).await;
    assert_eq!(secrets.open(&keys, "shop", "prod").unwrap()["JWT_SECRET"], "kept");
    assert_eq!(hub.apply("logic", &files).await.expect(StatusCode::OK)["number"], 2);
}
