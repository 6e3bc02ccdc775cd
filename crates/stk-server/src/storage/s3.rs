//! S3: signing addresses, and the few requests that operations need.

use std::time::Duration;

use ahash::AHashMap;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{Method, StatusCode, Url};
use rusty_s3::actions::{DeleteObject, GetObject, HeadObject, ListObjectsV2, PutObject};
use rusty_s3::{Bucket, Credentials, S3Action};
use stk_runtime::{StorageAction, StorageDone, StorageFault, StorageWork};

use super::{Storage, answers};

/// What S3 accepts as the life of an address.
const LIFE_MIN: Duration = Duration::from_secs(1);
const LIFE_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Life of the addresses that this Server uses itself.
const REQUEST_LIFE: Duration = Duration::from_secs(60);

/// Buckets by the name that `storage.yaml` gives them, and the key to all of them.
pub(super) struct Buckets {
    credentials: Credentials,
    by_name: AHashMap<Box<str>, Bucket>,
}

impl Buckets {
    pub(super) fn new(credentials: Credentials) -> Buckets {
        Buckets { credentials, by_name: AHashMap::new() }
    }

    pub(super) fn insert(&mut self, name: &str, bucket: Bucket) {
        self.by_name.insert(name.into(), bucket);
    }
}

pub(super) struct S3 {
    buckets: Buckets,
    client: reqwest::Client,
}

impl S3 {
    pub(super) fn new(buckets: Buckets, client: reqwest::Client) -> S3 {
        S3 { buckets, client }
    }

    fn begin(&self, work: &StorageWork, now_ms: u64) -> Result<Begun, StorageFault> {
        let bucket = self.buckets.by_name.get(&work.bucket);
        let bucket = bucket.ok_or_else(|| StorageFault::Refused(format!("no bucket `{}`", work.bucket)))?;
        // Signatures know whole seconds; what expires is counted from the second that is signed.
        let now = i64::try_from(now_ms / 1000).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let now = now.ok_or_else(|| StorageFault::Refused("the clock is wrong".to_owned()))?;
        let signing = Signing { bucket, credentials: &self.buckets.credentials, now };
        Ok(match &work.action {
            StorageAction::SignUpload { key, content_type, size, ttl_ms } => {
                Begun::Done(signing.upload(key, content_type, *size, *ttl_ms))
            }
            StorageAction::SignDownload { key, public: true, .. } => Begun::Done(StorageDone::Address {
                url: bucket.object_url(key).into(),
                method: "GET",
                headers: Vec::new(),
                expires_at_ms: None,
            }),
            StorageAction::SignDownload { key, public: false, ttl_ms } => {
                Begun::Done(signing.download(key, *ttl_ms))
            }
            StorageAction::Delete { key } => Begun::Request(Request::Delete, signing.delete(key)),
            StorageAction::Head { key } => Begun::Request(Request::Head(key.clone()), signing.head(key)),
            StorageAction::List { prefix, cursor, limit } => {
                Begun::Request(Request::List, signing.list(prefix, cursor.as_deref(), *limit))
            }
        })
    }
}

impl Storage for S3 {
    fn perform(
        &self,
        work: &StorageWork,
        now_ms: u64,
    ) -> BoxFuture<'static, Result<StorageDone, StorageFault>> {
        match self.begin(work, now_ms) {
            Ok(Begun::Done(done)) => std::future::ready(Ok(done)).boxed(),
            Ok(Begun::Request(request, url)) => send(self.client.clone(), request, url).boxed(),
            Err(fault) => std::future::ready(Err(fault)).boxed(),
        }
    }
}

enum Begun {
    Done(StorageDone),
    Request(Request, Url),
}

enum Request {
    Delete,
    Head(Box<str>),
    List,
}

async fn send(client: reqwest::Client, request: Request, url: Url) -> Result<StorageDone, StorageFault> {
    let method = match request {
        Request::Delete => Method::DELETE,
        Request::Head(_) => Method::HEAD,
        Request::List => Method::GET,
    };
    // Without the address: it holds a signature.
    let unavailable = |error: reqwest::Error| StorageFault::Unavailable(error.without_url().to_string());
    let reply = client.request(method, url).send().await.map_err(unavailable)?;
    match (request, reply.status()) {
        (Request::Delete, status) if status.is_success() || status == StatusCode::NOT_FOUND => {
            Ok(StorageDone::Deleted)
        }
        (Request::Head(key), status) if status.is_success() => {
            Ok(StorageDone::Head(Some(answers::head(&key, reply.headers()))))
        }
        (Request::Head(_), StatusCode::NOT_FOUND) => Ok(StorageDone::Head(None)),
        (Request::List, status) if status.is_success() => answers::list(&answers::body(reply).await?),
        (_, status) => Err(answers::fault(status, &answers::body(reply).await?)),
    }
}

/// What signatures are made of.
struct Signing<'a> {
    bucket: &'a Bucket,
    credentials: &'a Credentials,
    now: Timestamp,
}

impl Signing<'_> {
    /// Method, key, type and size are part of the signature: the storage refuses anything else.
    fn upload(&self, key: &str, content_type: &str, size: u64, ttl_ms: u64) -> StorageDone {
        let mut action = PutObject::new(self.bucket, Some(self.credentials), key);
        action.headers_mut().insert("content-type", content_type);
        action.headers_mut().insert("content-length", size.to_string());
        let life = life(ttl_ms);
        StorageDone::Address {
            url: action.sign_with_time(life, &self.now).into(),
            method: "PUT",
            // Every client sends the length by itself; in a browser nobody else may.
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            expires_at_ms: self.end_ms(life),
        }
    }

    fn download(&self, key: &str, ttl_ms: u64) -> StorageDone {
        let life = life(ttl_ms);
        let action = GetObject::new(self.bucket, Some(self.credentials), key);
        StorageDone::Address {
            url: action.sign_with_time(life, &self.now).into(),
            method: "GET",
            headers: Vec::new(),
            expires_at_ms: self.end_ms(life),
        }
    }

    fn delete(&self, key: &str) -> Url {
        DeleteObject::new(self.bucket, Some(self.credentials), key).sign_with_time(REQUEST_LIFE, &self.now)
    }

    fn head(&self, key: &str) -> Url {
        HeadObject::new(self.bucket, Some(self.credentials), key).sign_with_time(REQUEST_LIFE, &self.now)
    }

    fn list(&self, prefix: &str, cursor: Option<&str>, limit: u32) -> Url {
        let mut action = ListObjectsV2::new(self.bucket, Some(self.credentials));
        // Not every service encodes keys when asked to, and ours hold nothing that XML can not.
        action.query_mut().remove("encoding-type");
        action.query_mut().insert("max-keys", limit.to_string());
        if !prefix.is_empty() {
            action.query_mut().insert("prefix", prefix);
        }
        if let Some(cursor) = cursor {
            action.query_mut().insert("continuation-token", cursor);
        }
        action.sign_with_time(REQUEST_LIFE, &self.now)
    }

    fn end_ms(&self, life: Duration) -> Option<u64> {
        let start_ms = u64::try_from(self.now.as_millisecond()).ok()?;
        Some(start_ms + u64::try_from(life.as_millis()).ok()?)
    }
}

fn life(ttl_ms: u64) -> Duration {
    Duration::from_millis(ttl_ms).clamp(LIFE_MIN, LIFE_MAX)
}
