//! Edge packages, good and bad: what is refused leaves what serves as it is.

use std::sync::Arc;

use stk_contract::seal::Key;
use stk_contract::sign::SigningKey;
use stk_contract::{PgType, Returns, kv_keys};
use stk_kv::{Changes, EmbeddedKv, Kv, KvError, KvFuture};
use stk_testkit::Database;

use crate::fixture::{Host, Project, read, unix_ms, until};

fn version(database: &Database, number: u64) -> Project {
    let logic =
        read(&format!("select {number} as version")).column("version", PgType::Int4).returns(Returns::One);
    let mut project = Project::new(&database.url).logic("version", logic);
    project.number = number;
    project
}

async fn serves(host: &Host, number: u64) {
    let answer = host.call("version", "{}").await;
    assert_eq!(answer.body, format!(r#"{{"version":{number}}}"#), "{answer:?}");
    assert_eq!(answer.header("x-santokit-release"), number.to_string());
}

/// Waits until the Server says that it refused something for this reason.
async fn refused(host: &Host, reason: &str) {
    until(&format!("a refusal that says `{reason}`"), || async {
        host.server.status()[0].error.as_deref().is_some_and(|error| error.contains(reason))
    })
    .await;
}

#[tokio::test]
async fn a_new_number_is_switched_in() {
    let database = Database::create().await;
    let host = Host::start(&version(&database, 1)).await;
    serves(&host, 1).await;
    let next = version(&database, 2);
    next.publish(&*host.kv).await;
    host.live(&next).await;
    serves(&host, 2).await;
}

#[tokio::test]
async fn without_a_package_calls_are_503_and_health_answers() {
    let database = Database::create().await;
    let host = Host::start_empty(&version(&database, 1)).await;
    let refused = host.call("version", "{}").await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(host.get("/ready").await.status, 503);
    assert_eq!(host.get("/health").await.status, 200);
}

#[tokio::test]
async fn bad_packages_leave_the_last_good_one_serving() {
    let database = Database::create().await;
    let good = version(&database, 5);
    let host = Host::start(&good).await;

    let mut lower = version(&database, 4);
    lower.secrets_seq = 9;
    lower.publish(&*host.kv).await;
    refused(&host, "is lower").await;

    let mut forged = version(&database, 6);
    forged.signing = SigningKey::from_bytes(&[1; 32]);
    forged.publish(&*host.kv).await;
    refused(&host, "not pinned").await;

    let mut sealed_otherwise = version(&database, 6);
    sealed_otherwise.key = Key::from_bytes([8; 32]);
    sealed_otherwise.publish(&*host.kv).await;
    refused(&host, "environment key is wrong").await;

    let mut unsealed = version(&database, 7);
    unsealed.secrets.remove("JWT_SECRET");
    unsealed.publish(&*host.kv).await;
    refused(&host, "secret `JWT_SECRET` is missing").await;

    let other = version(&database, 8);
    let pointer = other.publish_blobs(&*host.kv).await;
    let mut mixed = pointer.clone();
    mixed.number = 9;
    other.publish_pointer(&*host.kv, &mixed).await;
    refused(&host, "do not belong together").await;

    let cut = pointer.release.parts[0];
    let whole = host.kv.get(&kv_keys::blob(&cut)).await.expect("read").expect("the blob");
    host.kv.put(&kv_keys::blob(&cut), whole[..whole.len() / 2].to_vec()).await.expect("cut it off");
    other.publish_pointer(&*host.kv, &pointer).await;
    refused(&host, "is damaged").await;

    serves(&host, 5).await;
    assert!(host.metric("santokit_package_errors_total").await > 0.0);

    host.kv.put(&kv_keys::blob(&cut), whole).await.expect("repair it");
    host.live(&other).await;
    serves(&host, 8).await;
}

#[tokio::test]
async fn a_lower_number_is_refused_after_a_restart_too() {
    let database = Database::create().await;
    let host = Host::start(&version(&database, 5)).await;
    version(&database, 4).publish(&*host.kv).await;
    let kv = host.kv.clone();
    let host = host.restart(kv, &version(&database, 5)).await;
    refused(&host, "is lower").await;
    serves(&host, 5).await;
}

#[tokio::test]
async fn a_restart_without_the_kv_serves_from_disk() {
    let database = Database::create().await;
    let project = version(&database, 3);
    let host = Host::start(&project).await;
    let host = host.restart(Arc::new(GoneKv), &project).await;
    serves(&host, 3).await;
    assert!(host.server.status()[0].live.is_some());
}

#[tokio::test]
async fn an_emptied_kv_leaves_what_serves() {
    let database = Database::create().await;
    let project = version(&database, 3);
    let host = Host::start(&project).await;
    let folder = tempfile::tempdir().expect("a folder");
    let empty = Arc::new(EmbeddedKv::open(&folder.path().join("kv")).expect("a KV"));
    let host = host.restart(empty, &project).await;
    refused(&host, "no package").await;
    serves(&host, 3).await;
}

#[tokio::test]
async fn a_damaged_package_on_disk_is_fetched_again() {
    let database = Database::create().await;
    let project = version(&database, 3);
    let host = Host::start(&project).await;
    let path = host.folder.path().join("packages/shop.prod.package");
    let mut bytes = std::fs::read(&path).expect("the package on disk");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).expect("damage it");
    let kv = host.kv.clone();
    let host = host.restart(kv, &project).await;
    host.live(&project).await;
    serves(&host, 3).await;
}

#[tokio::test]
async fn a_package_past_its_expiry_serves_and_raises_an_alarm() {
    let database = Database::create().await;
    let mut project = version(&database, 1);
    project.expires_at_ms = unix_ms() - 1000;
    let host = Host::start(&project).await;
    serves(&host, 1).await;
    assert_eq!(host.metric("santokit_package_expired{").await, 1.0);
    project.expires_at_ms = unix_ms() + 60_000;
    project.publish(&*host.kv).await;
    until("the newly signed pointer is taken", || async { !host.server.status()[0].expired }).await;
}

#[tokio::test]
async fn a_changed_secret_takes_effect_under_the_same_number() {
    let database = Database::create().await;
    let mut project = version(&database, 1);
    project.secrets.insert("DATABASE_URL".to_owned(), "postgres://nobody@127.0.0.1:1/none".to_owned());
    let host = Host::start(&project).await;
    assert_eq!(host.call("version", "{}").await.status, 503);
    project.secrets.insert("DATABASE_URL".to_owned(), database.url.clone());
    project.secrets_seq = 2;
    project.publish(&*host.kv).await;
    until("the new secret is used", || async { host.call("version", "{}").await.status == 200 }).await;
}

/// A KV that can not be reached.
struct GoneKv;

impl Kv for GoneKv {
    fn get(&self, _: &str) -> KvFuture<'_, Option<Vec<u8>>> {
        Box::pin(async { Err(KvError::Unavailable("gone".to_owned())) })
    }

    fn put(&self, _: &str, _: Vec<u8>) -> KvFuture<'_, ()> {
        Box::pin(async { Err(KvError::Unavailable("gone".to_owned())) })
    }

    fn changes(&self, prefix: &str) -> Changes {
        let folder = tempfile::tempdir().expect("a folder");
        // A feed of a KV that is dropped at once: it ends.
        EmbeddedKv::open(&folder.path().join("kv")).expect("a KV").changes(prefix)
    }
}
