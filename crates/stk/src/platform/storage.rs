//! The embedded object storage: S3 on files of the data directory, so that files work with nothing installed.
//!
//! Only the Server of this process knows the key; callers come with addresses that it has signed, or read from buckets
//! that are public. Deliberately absent: what a project may store, which the runtime decides before anything is
//! signed.
//!
//! Its keys are paths of the file system: a segment has at most 255 bytes, a key about 180, and `a` can not be beside
//! `a/b`.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::path::S3Path;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use stk_server::{EmbeddedBuckets, EmbeddedStorage};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::secrets::random_hex;
use crate::failure::{Doing as _, Failure};
use crate::profile::write_private;

/// A running storage.
pub struct ObjectStorage {
    settings: EmbeddedStorage,
    stopped: CancellationToken,
    accepting: JoinHandle<()>,
}

impl ObjectStorage {
    /// `url`: where callers reach it, if that is another address than it listens on.
    pub async fn start(
        folder: &Path,
        listen: SocketAddr,
        url: Option<String>,
    ) -> Result<ObjectStorage, Failure> {
        let files = folder.join("objects");
        let doing = || format!("can not open the object storage {}", folder.display());
        std::fs::create_dir_all(&files).doing(doing)?;
        let file_system =
            FileSystem::new(&files).map_err(|error| Failure::new(format!("{}: {error:?}", doing())))?;
        let secret_access_key = key(&folder.join("key"))?;
        let buckets = Arc::new(Buckets { folder: files, public: RwLock::default() });
        let mut service = S3ServiceBuilder::new(file_system);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, secret_access_key.clone()));
        service.set_access(Access { buckets: buckets.clone() });
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Failure::new(format!("the object storage can not listen on {listen}: {error}"))
                .hint("choose another address with --storage-listen")
        })?;
        let address = listener.local_addr().doing(doing)?;
        let stopped = CancellationToken::new();
        let accepting = tokio::spawn(accept(listener, service.build(), stopped.clone()));
        let settings = EmbeddedStorage {
            endpoint: url.unwrap_or_else(|| format!("http://{address}")),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key,
            buckets,
        };
        Ok(ObjectStorage { settings, stopped, accepting })
    }

    /// What a Server needs to use it.
    pub fn settings(&self) -> EmbeddedStorage {
        self.settings.clone()
    }

    /// Uploads under way are cut: what is not whole was never there.
    pub async fn stop(self) {
        self.stopped.cancel();
        // It can only have been cancelled.
        let _ = self.accepting.await;
    }
}

/// One key a data directory; its id is no secret.
const ACCESS_KEY_ID: &str = "santokit";

const KEY_BYTES: usize = 32;

fn key(path: &Path) -> Result<String, Failure> {
    match std::fs::read_to_string(path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random_hex(KEY_BYTES)?;
            write_private(path, key.as_bytes())?;
            Ok(key)
        }
        Err(error) => Err(Failure::new(format!("can not read {}: {error}", path.display()))),
    }
}

/// Folders of the storage, and which of them anybody may read.
struct Buckets {
    folder: PathBuf,
    public: RwLock<HashSet<String>>,
}

impl EmbeddedBuckets for Buckets {
    fn open(&self, name: &str, public: bool) -> io::Result<()> {
        std::fs::create_dir_all(self.folder.join(name))?;
        let mut names = self.public.write().unwrap_or_else(PoisonError::into_inner);
        if public {
            names.insert(name.to_owned());
        } else {
            names.remove(name);
        }
        Ok(())
    }
}

impl Buckets {
    fn is_public(&self, name: &str) -> bool {
        self.public.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

/// Who may do what: a signature anything, the rest of the world reads what is public.
struct Access {
    buckets: Arc<Buckets>,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        // A key such as `../other/file` would leave its bucket: keys are paths below.
        if let S3Path::Object { key, .. } = context.s3_path()
            && key.split('/').any(|segment| matches!(segment, "" | "." | ".."))
        {
            return Err(s3_error!(InvalidRequest, "the key is not a path"));
        }
        let reads = matches!(context.s3_op().name(), "GetObject" | "HeadObject");
        match (context.credentials(), context.s3_path()) {
            (Some(_), _) => Ok(()),
            (None, S3Path::Object { bucket, .. }) if reads && self.buckets.is_public(bucket) => Ok(()),
            _ => Err(s3_error!(AccessDenied)),
        }
    }
}

async fn accept(listener: TcpListener, service: S3Service, stopped: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = serve(stream, service.clone());
                let stopped = stopped.clone();
                tokio::spawn(async move { stopped.run_until_cancelled(connection).await });
            }
            Err(error) => {
                tracing::warn!(%error, "the object storage can not accept a connection");
                // Out of descriptors, mostly: others have to close theirs first.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, service: S3Service) {
    let answer = service_fn(move |request| answer(service.clone(), request));
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection of the object storage ended early");
    }
}

async fn answer(
    service: S3Service,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, s3s::HttpError> {
    // Without the query: it holds the signature.
    let path = request.uri().path().to_owned();
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else {
        service.call(request.map(s3s::Body::from)).await?
    };
    if response.status().is_server_error() {
        tracing::error!(path, status = response.status().as_u16(), "the object storage failed");
    }
    let headers = response.headers_mut();
    // A signed address is all it takes, wherever a page comes from; there are no cookies to steal.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// What a browser asks before an upload.
fn preflight() -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

#[cfg(test)]
mod tests;
