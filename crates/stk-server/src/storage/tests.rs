//! Storage against a real S3 service that is not ours, and what is signed for others.

mod seaweed;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{Client, Method, StatusCode};
use stk_contract::config::{self, Bucket, Template};
use stk_runtime::{StorageAction, StorageDone, StorageFault, StorageWork, StoredObject};

use self::seaweed::Seaweed;
use super::hosts::StorageError;
use super::{EmbeddedBuckets, EmbeddedStorage, Storage, StorageHosts};
use crate::config::DeploymentId;

fn bucket(public: bool) -> Bucket {
    Bucket { public, max_file_bytes: None, allowed_types: Vec::new(), ttl_ms: None }
}

fn config(endpoint: Option<&str>, region: &str) -> config::Storage {
    config::Storage {
        endpoint: endpoint.map(|endpoint| Template(endpoint.to_owned())),
        region: region.to_owned(),
        access_key_id: Some(Template("${S3_KEY}".to_owned())),
        secret_access_key: Some(Template("${S3_SECRET}".to_owned())),
        buckets: BTreeMap::from([("files".to_owned(), bucket(false)), ("pictures".to_owned(), bucket(true))]),
    }
}

fn secrets() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("S3_KEY".to_owned(), seaweed::ACCESS_KEY.to_owned()),
        ("S3_SECRET".to_owned(), seaweed::SECRET_KEY.to_owned()),
    ])
}

fn open(config: &config::Storage) -> Result<Arc<dyn Storage>, StorageError> {
    StorageHosts::new(None).open(&DeploymentId::new("shop", "prod"), config, &secrets())
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

async fn perform_at(
    storage: &dyn Storage,
    bucket: &str,
    action: StorageAction,
    now_ms: u64,
) -> Result<StorageDone, StorageFault> {
    storage.perform(&StorageWork { bucket: bucket.into(), action }, now_ms).await
}

async fn perform(storage: &dyn Storage, action: StorageAction) -> Result<StorageDone, StorageFault> {
    perform_at(storage, "files", action, now_ms()).await
}

fn upload(key: &str, content_type: &str, size: u64) -> StorageAction {
    StorageAction::SignUpload { key: key.into(), content_type: content_type.into(), size, ttl_ms: 60_000 }
}

fn download(key: &str) -> StorageAction {
    StorageAction::SignDownload { key: key.into(), public: false, ttl_ms: 60_000 }
}

/// The parts of a signed address.
fn address(done: Result<StorageDone, StorageFault>) -> (String, Vec<(String, String)>) {
    match done {
        Ok(StorageDone::Address { url, headers, .. }) => (url, headers),
        other => panic!("no address: {other:?}"),
    }
}

/// Sends an upload as a browser would: the headers that were handed out, and a length by itself.
async fn send(url: &str, headers: &[(String, String)], body: &[u8]) -> StatusCode {
    let mut request = Client::new().put(url).body(body.to_vec());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status()
}

/// One service for all of it: it takes seconds to start.
#[tokio::test]
async fn a_service_that_is_not_ours_takes_what_is_signed_and_refuses_the_rest() {
    let weed = Seaweed::start(&["files", "pictures"]).await;
    let storage = open(&config(Some(&weed.endpoint()), "us-east-1")).unwrap();
    uploads_are_held_to_their_signature(&*storage).await;
    addresses_expire(&*storage).await;
    objects_are_found_listed_and_deleted(&*storage).await;
    wrong_keys_and_buckets_are_refusals(&weed).await;
}

async fn uploads_are_held_to_their_signature(storage: &dyn Storage) {
    let key = "users/1/Photo é + 100%.png";
    let (url, headers) = address(perform(storage, upload(key, "image/png", 5)).await);
    assert_eq!(headers, [("content-type".to_owned(), "image/png".to_owned())]);
    assert_eq!(send(&url, &headers, b"12345").await, StatusCode::OK);
    assert_eq!(send(&url, &headers, b"123456").await, StatusCode::FORBIDDEN, "a larger file");
    assert_eq!(send(&url, &headers, b"1234").await, StatusCode::FORBIDDEN, "a smaller file");
    let html = [("content-type".to_owned(), "text/html".to_owned())];
    assert_eq!(send(&url, &html, b"12345").await, StatusCode::FORBIDDEN, "another type");
    assert_eq!(send(&url, &[], b"12345").await, StatusCode::FORBIDDEN, "no type");
    let other = url.replace("users/1/", "users/2/");
    assert_eq!(send(&other, &headers, b"12345").await, StatusCode::FORBIDDEN, "another key");
    for method in [Method::GET, Method::DELETE] {
        let reply = Client::new().request(method.clone(), &url).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{method}");
    }
    let (url, _) = address(perform(storage, download(key)).await);
    let reply = Client::new().get(&url).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "image/png");
    assert_eq!(reply.bytes().await.unwrap(), "12345");
    assert_eq!(
        send(&url, &headers, b"12345").await,
        StatusCode::FORBIDDEN,
        "an upload to a download's address"
    );
}

async fn addresses_expire(storage: &dyn Storage) {
    let long_ago = now_ms() - 3_600_000;
    let (url, headers) =
        address(perform_at(storage, "files", upload("late.txt", "text/plain", 1), long_ago).await);
    assert_eq!(send(&url, &headers, b"1").await, StatusCode::FORBIDDEN);
    let (url, _) = address(perform_at(storage, "files", download("late.txt"), long_ago).await);
    assert_eq!(Client::new().get(&url).send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

async fn objects_are_found_listed_and_deleted(storage: &dyn Storage) {
    for (key, body) in [("list/a.txt", "a"), ("list/b&<>.txt", "bb"), ("list/c d.txt", "ccc")] {
        let (url, headers) = address(perform(storage, upload(key, "text/plain", body.len() as u64)).await);
        assert_eq!(send(&url, &headers, body.as_bytes()).await, StatusCode::OK, "{key}");
    }
    let head = perform(storage, StorageAction::Head { key: "list/a.txt".into() }).await.unwrap();
    let StorageDone::Head(Some(StoredObject { key, size, etag, content_type, last_modified_ms })) = head
    else {
        panic!("not found: {head:?}")
    };
    assert_eq!((key.as_str(), size, content_type.as_deref()), ("list/a.txt", 1, Some("text/plain")));
    assert_eq!(etag, "0cc175b9c0f1b6a831c399e269772661", "MD5 of `a`");
    assert!(last_modified_ms.is_some_and(|time| time.abs_diff(now_ms()) < 60_000));

    let list = |cursor: Option<&str>| StorageAction::List {
        prefix: "list/".into(),
        cursor: cursor.map(Into::into),
        limit: 2,
    };
    let (first, cursor) = listed(perform(storage, list(None)).await);
    assert_eq!(first, [("list/a.txt".to_owned(), 1), ("list/b&<>.txt".to_owned(), 2)]);
    let (second, end) = listed(perform(storage, list(cursor.as_deref())).await);
    assert_eq!((second, end), (vec![("list/c d.txt".to_owned(), 3)], None));

    let delete = || StorageAction::Delete { key: "list/a.txt".into() };
    assert_eq!(perform(storage, delete()).await, Ok(StorageDone::Deleted));
    assert_eq!(perform(storage, delete()).await, Ok(StorageDone::Deleted), "deleting twice is no error");
    let head = perform(storage, StorageAction::Head { key: "list/a.txt".into() }).await;
    assert_eq!(head, Ok(StorageDone::Head(None)));
}

fn listed(done: Result<StorageDone, StorageFault>) -> (Vec<(String, u64)>, Option<String>) {
    match done {
        Ok(StorageDone::Listed { objects, cursor }) => {
            (objects.into_iter().map(|object| (object.key, object.size)).collect(), cursor)
        }
        other => panic!("no list: {other:?}"),
    }
}

async fn wrong_keys_and_buckets_are_refusals(weed: &Seaweed) {
    let list = || StorageAction::List { prefix: "".into(), cursor: None, limit: 10 };
    let mut wrong = secrets();
    wrong.insert("S3_SECRET".to_owned(), "another".to_owned());
    let config = config(Some(&weed.endpoint()), "us-east-1");
    let storage = StorageHosts::new(None).open(&DeploymentId::new("shop", "prod"), &config, &wrong).unwrap();
    match perform(&*storage, list()).await {
        Err(StorageFault::Refused(reason)) => {
            assert!(reason.contains("SignatureDoesNotMatch") && !reason.contains("X-Amz"), "{reason}");
        }
        other => panic!("not refused: {other:?}"),
    }
    let mut missing = config;
    missing.buckets.insert("missing".to_owned(), bucket(false));
    let refused = perform_at(&*open(&missing).unwrap(), "missing", list(), now_ms()).await;
    assert!(matches!(refused, Err(StorageFault::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let storage = open(&config(Some("http://127.0.0.1:9"), "auto")).unwrap();
    let fault = perform(&*storage, StorageAction::Head { key: "a".into() }).await.unwrap_err();
    let StorageFault::Unavailable(reason) = fault else { panic!("another fault: {fault:?}") };
    assert!(!reason.contains("X-Amz-Signature"), "{reason}");
}

#[tokio::test]
async fn addresses_have_the_form_that_each_service_knows() {
    for (endpoint, region, expect) in [
        (
            Some("https://acct.r2.cloudflarestorage.com"),
            "auto",
            "https://acct.r2.cloudflarestorage.com/files/a/b.png?",
        ),
        (None, "eu-west-1", "https://files.s3.eu-west-1.amazonaws.com/a/b.png?"),
        (None, "auto", "https://files.s3.us-east-1.amazonaws.com/a/b.png?"),
        (
            Some("https://s3.eu-west-1.amazonaws.com"),
            "eu-west-1",
            "https://files.s3.eu-west-1.amazonaws.com/a/b.png?",
        ),
        (Some("http://minio.local:9000/s3"), "us-east-1", "http://minio.local:9000/s3/files/a/b.png?"),
    ] {
        let storage = open(&config(endpoint, region)).unwrap();
        let (url, _) = address(perform(&*storage, upload("a/b.png", "image/png", 10)).await);
        assert!(url.starts_with(expect), "{url}");
        assert!(url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"), "{url}");
        assert!(!url.contains(seaweed::SECRET_KEY));
    }
}

#[tokio::test]
async fn an_address_ends_when_it_says() {
    let storage = open(&config(None, "eu-west-1")).unwrap();
    let end = |ttl_ms| StorageAction::SignDownload { key: "a".into(), public: false, ttl_ms };
    for (ttl_ms, seconds) in [(60_000, 60), (1, 1), (30 * 24 * 3_600_000, 7 * 24 * 3_600)] {
        let done = perform_at(&*storage, "files", end(ttl_ms), 1_700_000_000_999).await.unwrap();
        let StorageDone::Address { url, expires_at_ms, .. } = done else { panic!("no address") };
        assert!(url.contains(&format!("X-Amz-Expires={seconds}&")), "{url}");
        assert_eq!(expires_at_ms, Some(1_700_000_000_000 + seconds * 1000), "from the second that is signed");
    }
}

#[tokio::test]
async fn files_of_public_buckets_have_an_address_without_an_end() {
    let storage = open(&config(Some("https://cdn.example.com"), "auto")).unwrap();
    let action = StorageAction::SignDownload { key: "cats/1 2.png".into(), public: true, ttl_ms: 1000 };
    let expect = StorageDone::Address {
        url: "https://cdn.example.com/pictures/cats/1%202.png".to_owned(),
        method: "GET",
        headers: Vec::new(),
        expires_at_ms: None,
    };
    assert_eq!(perform_at(&*storage, "pictures", action, now_ms()).await, Ok(expect));
}

#[test]
fn settings_that_can_not_work_are_named() {
    let error = |config: &config::Storage| open(config).err().unwrap().to_string();
    let mut without_keys = config(Some("https://s3.example.com"), "auto");
    without_keys.secret_access_key = None;
    assert_eq!(error(&without_keys), "`endpoint` needs both `accessKeyId` and `secretAccessKey`");
    assert_eq!(
        error(&config(Some("ftp://s3.example.com"), "auto")),
        "`endpoint` is not an address of http or https: ftp://s3.example.com"
    );
    let mut unknown = config(None, "auto");
    unknown.access_key_id = Some(Template("${OTHER}".to_owned()));
    assert_eq!(error(&unknown), "secret `OTHER` is missing");
}

/// Notes what it was asked to open.
#[derive(Default)]
struct Opened(Mutex<Vec<(String, bool)>>);

impl EmbeddedBuckets for Opened {
    fn open(&self, name: &str, public: bool) -> std::io::Result<()> {
        self.0.lock().unwrap().push((name.to_owned(), public));
        Ok(())
    }
}

#[tokio::test]
async fn a_project_without_an_endpoint_has_the_embedded_storage() {
    let opened = Arc::new(Opened::default());
    let embedded = EmbeddedStorage {
        endpoint: "http://127.0.0.1:7402".to_owned(),
        access_key_id: "id".to_owned(),
        secret_access_key: "canary".to_owned(),
        buckets: opened.clone(),
    };
    assert!(!format!("{embedded:?}").contains("canary"));
    let hosts = StorageHosts::new(Some(embedded));
    let storage =
        hosts.open(&DeploymentId::new("shop", "prod"), &config(None, "auto"), &BTreeMap::new()).unwrap();
    let (url, _) = address(perform(&*storage, upload("a.png", "image/png", 1)).await);
    let opened = opened.0.lock().unwrap().clone();
    let [(files, false), (pictures, true)] = &opened[..] else { panic!("{opened:?}") };
    assert!(files.starts_with("files-") && pictures.starts_with("pictures-"));
    assert!(url.starts_with(&format!("http://127.0.0.1:7402/{files}/a.png?")), "{url}");
}
