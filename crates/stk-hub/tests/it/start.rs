//! The start: keys, migrations, the audit log.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_hub::{AuditChain, Hub, HubConfig, Keyring, StartError};
use stk_kv::{EmbeddedKv, Kv};
use stk_testkit::Database;

use crate::support::{TestHub, config, keyring};

fn kv() -> (tempfile::TempDir, Arc<dyn Kv>) {
    let folder = tempfile::tempdir().unwrap();
    let kv = EmbeddedKv::open(&folder.path().join("kv")).unwrap();
    (folder, Arc::new(kv))
}

async fn refused(config: HubConfig) -> StartError {
    Hub::start(config, kv().1).await.unwrap_err()
}

#[tokio::test]
async fn sec_30_a_wrong_key_refuses_to_start() {
    let store = Database::create().await;
    Hub::start(config(&store), kv().1).await.unwrap().shutdown().await;
    let mut wrong = config(&store);
    wrong.keyring = keyring("a6");
    let error = refused(wrong).await;
    let why = error.to_string();
    assert!(why.contains("version 1") && why.contains("wrong"), "{why}");
}

#[tokio::test]
async fn rel_26_an_older_key_ring_refuses_to_start() {
    let store = Database::create().await;
    let text = format!("1:{}\n2:{}", "a5".repeat(32), "b5".repeat(32));
    let mut both = config(&store);
    both.keyring = Keyring::parse(&text).unwrap();
    Hub::start(both, kv().1).await.unwrap().shutdown().await;
    let error = refused(config(&store)).await;
    assert!(error.to_string().contains("version 2"), "{error:?}");
}

#[tokio::test]
async fn a_store_newer_than_this_build_is_refused() {
    let store = Database::create().await;
    Hub::start(config(&store), kv().1).await.unwrap().shutdown().await;
    store.execute("INSERT INTO migrations (version) VALUES (1000)").await;
    let error = refused(config(&store)).await.to_string();
    assert!(error.contains("1000") && error.contains("newer"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_without_the_password() {
    let store = Database::create().await;
    let mut gone = config(&store);
    gone.database_url = "postgres://hub:hunter2@127.0.0.1:1/hub".to_owned();
    assert!(!format!("{gone:?}").contains("hunter2"));
    let error = refused(gone).await;
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn several_hubs_starting_at_once_agree_on_the_keys() {
    let store = Database::create().await;
    let (_folder, kv) = kv();
    let starts = (0..4).map(|_| tokio::spawn(Hub::start(config(&store), kv.clone())));
    let mut keys = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        let hub = start.await.unwrap().unwrap();
        keys.push(hub.signing_keys());
        hub.shutdown().await;
    }
    assert_eq!(keys[0].len(), 1);
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[tokio::test]
async fn sec_59_every_change_is_in_the_audit_log_and_a_deletion_is_noticed() {
    let hub = TestHub::start().await;
    hub.set_secret("API_KEY", "x").await;
    hub.prod(Method::DELETE, "/secrets/API_KEY", None).await.expect(StatusCode::NO_CONTENT);
    hub.call(Method::POST, "/projects", Some(json!({ "id": "shop" }))).await.problem("conflict");
    let client = hub.store.connect().await;
    let rows = client.query("SELECT action FROM audit ORDER BY seq", &[]).await.unwrap();
    let actions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        actions,
        ["operator.bootstrap", "project.create", "environment.create", "secret.set", "secret.delete"],
        "what was refused is not there"
    );
    assert_eq!(hub.hub.verify_audit().await.unwrap(), AuditChain::Intact { entries: 5 });
    for statement in ["UPDATE audit SET operator = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        client.batch_execute(statement).await.unwrap_err();
    }
    client
        .batch_execute(
            "ALTER TABLE audit DISABLE TRIGGER ALL; UPDATE audit SET detail = 'B version 1' WHERE seq = 4",
        )
        .await
        .unwrap();
    assert_eq!(hub.hub.verify_audit().await.unwrap(), AuditChain::Broken { seq: 4 });
    client.batch_execute("DELETE FROM audit WHERE seq = 2").await.unwrap();
    assert_eq!(hub.hub.verify_audit().await.unwrap(), AuditChain::Broken { seq: 2 });
}

#[tokio::test]
async fn sec_58_where_the_audit_log_can_not_be_written_nothing_changes() {
    let hub = TestHub::start().await;
    hub.store.execute("ALTER TABLE audit ADD CHECK (action <> 'secret.set')").await;
    let answer = hub.prod(Method::PUT, "/secrets/API_KEY", Some(json!({ "value": "x" }))).await;
    answer.problem("internal");
    assert_eq!(hub.prod(Method::GET, "/secrets", None).await.expect(StatusCode::OK), json!([]));
}
