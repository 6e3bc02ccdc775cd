use std::time::Duration;

use http::Method;
use reqwest::{Client, StatusCode};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use tempfile::TempDir;

use super::*;

const LIFE: Duration = Duration::from_secs(60);

/// A storage with one bucket of each kind, and the key to it.
struct Fixture {
    storage: ObjectStorage,
    credentials: Credentials,
    folder: TempDir,
}

impl Fixture {
    async fn start() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        Fixture::start_in(folder).await
    }

    async fn start_in(folder: TempDir) -> Fixture {
        // As the Server's: no client of TLS is needed, but one has to be named.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let storage =
            ObjectStorage::start(folder.path(), "127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        let settings = storage.settings();
        settings.buckets.open("private-1", false).unwrap();
        settings.buckets.open("public-1", true).unwrap();
        let credentials = Credentials::new(settings.access_key_id, settings.secret_access_key);
        Fixture { storage, credentials, folder }
    }

    fn bucket(&self, name: &'static str) -> Bucket {
        let endpoint = self.storage.settings().endpoint.parse().unwrap();
        Bucket::new(endpoint, UrlStyle::Path, name, "us-east-1").unwrap()
    }

    /// An upload as the Server signs it.
    fn upload(
        &self,
        bucket: &'static str,
        key: &str,
        content_type: &str,
        size: u64,
        life: Duration,
    ) -> String {
        let bucket = self.bucket(bucket);
        let mut action = bucket.put_object(Some(&self.credentials), key);
        action.headers_mut().insert("content-type", content_type);
        action.headers_mut().insert("content-length", size.to_string());
        action.sign(life).into()
    }

    async fn put(&self, bucket: &'static str, key: &str, body: &str) {
        let url = self.upload(bucket, key, "text/plain", body.len() as u64, LIFE);
        assert_eq!(put(&url, "text/plain", body).await, StatusCode::OK, "{key}");
    }

    fn download(&self, bucket: &'static str, key: &str) -> String {
        self.bucket(bucket).get_object(Some(&self.credentials), key).sign(LIFE).into()
    }
}

async fn put(url: &str, content_type: &str, body: &str) -> StatusCode {
    let request = Client::new().put(url).header("content-type", content_type).body(body.to_owned());
    request.send().await.unwrap().status()
}

async fn get(url: &str) -> (StatusCode, String) {
    let reply = Client::new().get(url).send().await.unwrap();
    (reply.status(), reply.text().await.unwrap())
}

#[tokio::test]
async fn an_upload_is_held_to_its_signature() {
    let fixture = Fixture::start().await;
    let key = "users/1/Photo é + 100%.png";
    let url = fixture.upload("private-1", key, "image/png", 5, LIFE);
    assert_eq!(put(&url, "image/png", "12345").await, StatusCode::OK);
    assert_eq!(put(&url, "image/png", "123456").await, StatusCode::FORBIDDEN, "a larger file");
    assert_eq!(put(&url, "image/png", "1234").await, StatusCode::FORBIDDEN, "a smaller file");
    assert_eq!(put(&url, "text/html", "12345").await, StatusCode::FORBIDDEN, "another type");
    assert_eq!(put(&url.replace("users/1", "users/2"), "image/png", "12345").await, StatusCode::FORBIDDEN);
    assert_eq!(put(&url.replace("private-1", "public-1"), "image/png", "12345").await, StatusCode::FORBIDDEN);
    for method in [Method::GET, Method::DELETE] {
        let reply = Client::new().request(method.clone(), &url).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{method}");
    }
    let reply = Client::new().get(fixture.download("private-1", key)).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "image/png");
    assert_eq!(reply.headers()["x-content-type-options"], "nosniff");
    assert_eq!(reply.text().await.unwrap(), "12345");
}

#[tokio::test]
async fn an_address_that_has_expired_is_refused() {
    let fixture = Fixture::start().await;
    fixture.put("private-1", "a.txt", "a").await;
    let hour_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let bucket = fixture.bucket("private-1");
    let late = bucket.get_object(Some(&fixture.credentials), "a.txt").sign_with_time(LIFE, &hour_ago);
    assert_eq!(get(late.as_str()).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_world_reads_public_buckets_and_nothing_else() {
    let fixture = Fixture::start().await;
    fixture.put("private-1", "secret.txt", "secret").await;
    fixture.put("public-1", "cat.txt", "meow").await;
    let plain = |bucket, key| String::from(fixture.bucket(bucket).object_url(key));
    assert_eq!(get(&plain("public-1", "cat.txt")).await, (StatusCode::OK, "meow".to_owned()));
    assert_eq!(get(&plain("private-1", "secret.txt")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(put(&plain("public-1", "new.txt"), "text/plain", "x").await, StatusCode::FORBIDDEN);
    let reply = Client::new().delete(plain("public-1", "cat.txt")).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    let endpoint = fixture.storage.settings().endpoint;
    for path in ["", "public-1", "public-1?list-type=2", "public-1/cat.txt?acl"] {
        let (status, body) = get(&format!("{endpoint}/{path}")).await;
        assert!(status.is_client_error() && !body.contains("meow"), "{path}: {status} {body}");
    }
    fixture.storage.settings().buckets.open("public-1", false).unwrap();
    assert_eq!(get(&plain("public-1", "cat.txt")).await.0, StatusCode::FORBIDDEN, "not public any more");
}

#[tokio::test]
async fn a_key_can_not_leave_its_bucket() {
    let fixture = Fixture::start().await;
    fixture.put("private-1", "secret.txt", "secret").await;
    let endpoint = fixture.storage.settings().endpoint;
    for key in
        ["..%2Fprivate-1%2Fsecret.txt", "x%2F..%2F..%2Fprivate-1%2Fsecret.txt", "%2Fetc%2Fhostname", ".%2Fa"]
    {
        let (status, body) = get(&format!("{endpoint}/public-1/{key}")).await;
        assert!(
            status.is_client_error() && !body.contains("secret</") && body != "secret",
            "{key}: {status} {body}"
        );
    }
}

#[tokio::test]
async fn objects_are_found_listed_and_deleted() {
    let fixture = Fixture::start().await;
    for (key, body) in
        [("list/a.txt", "a"), ("list/b&100%.txt", "bb"), ("list/c d.txt", "ccc"), ("other", "x")]
    {
        fixture.put("private-1", key, body).await;
    }
    let bucket = fixture.bucket("private-1");
    let mut keys = Vec::new();
    let mut cursor = None;
    loop {
        let mut list = ListObjectsV2::new(&bucket, Some(&fixture.credentials));
        list.query_mut().remove("encoding-type");
        list.query_mut().insert("prefix", "list/");
        list.query_mut().insert("max-keys", "2");
        if let Some(cursor) = cursor.take() {
            list.query_mut().insert("continuation-token", cursor);
        }
        let (status, body) = get(list.sign(LIFE).as_str()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let page = ListObjectsV2::parse_response(&body).unwrap();
        keys.extend(page.contents.into_iter().map(|found| (found.key, found.size.unwrap())));
        cursor = page.next_continuation_token;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        keys,
        [("list/a.txt", 1), ("list/b&100%.txt", 2), ("list/c d.txt", 3)]
            .map(|(key, size)| (key.to_owned(), size))
    );

    let delete = bucket.delete_object(Some(&fixture.credentials), "list/a.txt").sign(LIFE);
    for _ in 0..2 {
        let reply = Client::new().delete(delete.clone()).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
    }
    let head = bucket.head_object(Some(&fixture.credentials), "list/a.txt").sign(LIFE);
    assert_eq!(Client::new().head(head).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_may_upload_from_any_page() {
    let fixture = Fixture::start().await;
    let url = fixture.upload("private-1", "a.txt", "text/plain", 1, LIFE);
    let preflight = Client::new()
        .request(Method::OPTIONS, &url)
        .header("origin", "https://shop.example.com")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    assert_eq!(preflight.headers()["access-control-allow-methods"], "GET, HEAD, PUT");
    assert_eq!(preflight.headers()["access-control-allow-headers"], "content-type");
    let request = Client::new().put(&url).header("content-type", "text/plain").body("a");
    let reply = request.header("origin", "https://shop.example.com").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn files_and_the_key_stay_over_a_restart() {
    let fixture = Fixture::start().await;
    fixture.put("private-1", "a.txt", "still here").await;
    let key = fixture.storage.settings().secret_access_key;
    let Fixture { storage, folder, .. } = fixture;
    storage.stop().await;
    let fixture = Fixture::start_in(folder).await;
    assert_eq!(fixture.storage.settings().secret_access_key, key);
    let file = std::fs::metadata(fixture.folder.path().join("key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600);
    let url = fixture.download("private-1", "a.txt");
    assert_eq!(get(&url).await, (StatusCode::OK, "still here".to_owned()));
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let fixture = Fixture::start().await;
    let taken: SocketAddr =
        fixture.storage.settings().endpoint.strip_prefix("http://").unwrap().parse().unwrap();
    let other = tempfile::tempdir().unwrap();
    let failure = ObjectStorage::start(other.path(), taken, None).await.err().unwrap();
    assert!(failure.message.contains(&taken.to_string()), "{}", failure.message);
}
