//! Routes: `/call…` first, then everything else. A deployment answers at `/p/{project}/{env}/…`, the default one
//! also at `/…`.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use stk_contract::ErrorCode;
use stk_runtime::{CacheStatus, Reply};

use super::body::{self, BodyError};
use super::cors;
use super::reply::{self, HttpResponse};
use super::request_id::RequestId;
use crate::calls;
use crate::hosted::{Hosted, unix_ms};
use crate::metrics;
use crate::serving::Serving;
use crate::state::State;

const JSON: &str = "application/json";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A name that is parsed once costs less to look up than text.
const X_MANIFEST: HeaderName = HeaderName::from_static("x-santokit-manifest");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Answers one request. A defect becomes a 500 and leaves the connection alive.
pub(super) async fn handle(
    state: &Arc<State>,
    request: Request<Incoming>,
) -> Result<HttpResponse, Infallible> {
    let _under_way = state.enter();
    let id = state.request_ids.of(request.headers());
    let answer = AssertUnwindSafe(dispatch(state, request, &id)).catch_unwind().await;
    let mut response = match answer {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(request_id = id.as_str(), "a request ended in a panic");
            refuse(ErrorCode::Internal, "the request failed", None, &id, Instant::now())
        }
    };
    if state.is_draining() {
        response.headers_mut().insert(header::CONNECTION, CLOSE);
    }
    Ok(response)
}

async fn dispatch(state: &Arc<State>, request: Request<Incoming>, id: &RequestId) -> HttpResponse {
    let now = Instant::now();
    let full = request.uri().path();
    let (hosted, path) = match full.strip_prefix("/p/") {
        None => (state.default_deployment(), full),
        Some(rest) => match state.deployment_in(rest) {
            Some((hosted, path)) => (Some(hosted), path),
            None => return refuse(ErrorCode::NotFound, "there is no such deployment", None, id, now),
        },
    };
    // The path's end is kept as an offset: `request` is taken apart below.
    let offset = full.len() - path.len();
    if path == "/call" || path.starts_with("/call/") {
        return match hosted {
            Some(hosted) => call(state, &hosted, request, offset, id, now).await,
            None => refuse(ErrorCode::NotFound, "nothing is deployed here", None, id, now),
        };
    }
    other(state, hosted.as_ref(), path, request.method(), id, now)
}

async fn call(
    state: &Arc<State>,
    hosted: &Arc<Hosted>,
    request: Request<Incoming>,
    offset: usize,
    id: &RequestId,
    now: Instant,
) -> HttpResponse {
    let _panics = PanicCount(hosted);
    let Some(serving) = hosted.serving() else {
        return refuse(ErrorCode::Unavailable, "no release serves here yet", None, id, now);
    };
    let (head, incoming) = request.into_parts();
    let origin = cors::allowed(&serving, &head.headers).cloned();
    let mut response = if head.method == Method::OPTIONS
        && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        let mut response = HttpResponse::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        if origin.is_some() {
            cors::decorate_preflight(response.headers_mut());
        }
        response
    } else {
        match body::read(incoming, serving.body_bytes_max, state.timeouts.body).await {
            Err(error) => refuse_body(&error, &serving, id, now),
            Ok(body) => {
                let (reply, took) = run(hosted, &serving, &head, &body, offset, id, now).await;
                reply::call(reply, Some(&serving), id.clone(), took)
            }
        }
    };
    cors::decorate(&serving, origin, response.headers_mut());
    response
}

async fn run(
    hosted: &Arc<Hosted>,
    serving: &Arc<Serving>,
    head: &http::request::Parts,
    body: &[u8],
    offset: usize,
    id: &RequestId,
    now: Instant,
) -> (Reply, Duration) {
    if let Some(manifest) = head.headers.get(&X_MANIFEST) {
        hosted.metrics.manifest(manifest.as_bytes());
    }
    let request = stk_runtime::Request {
        method: head.method.as_str(),
        path: &head.uri.path()[offset..],
        query: head.uri.query(),
        content_type: text(&head.headers, &header::CONTENT_TYPE),
        authorization: text(&head.headers, &header::AUTHORIZATION),
        headers: &Sent(&head.headers),
        body,
        request_id: id.as_str(),
        now_ms: unix_ms(),
    };
    calls::answer(hosted, serving, &request, now).await
}

/// Counts a call that ends in a panic, which [`handle`] answers.
struct PanicCount<'a>(&'a Hosted);

impl Drop for PanicCount<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.metrics.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!(deployment = %self.0.id, "a call ended in a panic");
        }
    }
}

/// The headers as logic sees them; what is no text it does not.
#[derive(Debug)]
struct Sent<'a>(&'a HeaderMap);

impl stk_runtime::Headers for Sent<'_> {
    fn each(&self, visit: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self.0 {
            if let Ok(value) = value.to_str() {
                visit(name.as_str(), value);
            }
        }
    }
}

/// A header as text. One that is not text is given as one that nothing accepts, so that it is refused, not ignored.
fn text<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return Some("twice");
    }
    Some(value.to_str().unwrap_or("not text"))
}

fn refuse(
    code: ErrorCode,
    detail: &str,
    serving: Option<&Serving>,
    id: &RequestId,
    now: Instant,
) -> HttpResponse {
    let reply = Reply::refuse(code, detail, id.as_str(), serving.map(|serving| serving.pointer.number));
    reply::call(reply, serving, id.clone(), now.elapsed())
}

fn refuse_body(error: &BodyError, serving: &Serving, id: &RequestId, now: Instant) -> HttpResponse {
    let (code, detail) = match error {
        BodyError::TooLarge => {
            (ErrorCode::TooLarge, format!("the body has more than {} bytes", serving.body_bytes_max))
        }
        BodyError::TooSlow => (ErrorCode::InvalidCall, "the body did not arrive in time".to_owned()),
        BodyError::Broken => (ErrorCode::InvalidCall, "the body did not arrive whole".to_owned()),
    };
    let mut response = refuse(code, &detail, Some(serving), id, now);
    // What is left of the body is not worth reading.
    response.headers_mut().insert(header::CONNECTION, CLOSE);
    response
}

/// Everything but calls.
fn other(
    state: &State,
    hosted: Option<&Arc<Hosted>>,
    path: &str,
    method: &Method,
    id: &RequestId,
    now: Instant,
) -> HttpResponse {
    let known = matches!(path, "/health" | "/ready" | "/metrics" | "/openapi.json");
    if !known {
        return refuse(ErrorCode::NotFound, "there is nothing here", None, id, now);
    }
    if method != Method::GET && method != Method::HEAD {
        let mut reply =
            Reply::refuse(ErrorCode::MethodNotAllowed, "only GET is allowed here", id.as_str(), None);
        reply.allow = Some("GET, HEAD");
        reply.cache_status = CacheStatus::Bypass;
        return reply::call(reply, None, id.clone(), now.elapsed());
    }
    match path {
        "/health" => reply::document(StatusCode::OK, JSON, r#"{"status":"ok"}"#),
        "/ready" => ready(state),
        "/metrics" => {
            let deployments: Vec<_> = state
                .deployments()
                .iter()
                .map(|hosted| (hosted.metrics.clone(), hosted.snapshot()))
                .collect();
            reply::document(StatusCode::OK, METRICS, metrics::render(&deployments))
        }
        _ => match hosted.and_then(|hosted| hosted.serving()) {
            Some(serving) => reply::document(StatusCode::OK, JSON, serving.openapi.clone()),
            None => refuse(ErrorCode::Unavailable, "no release serves here yet", None, id, now),
        },
    }
}

/// Ready while something serves, nothing waits for a package that was refused, and no shutdown has begun. An
/// environment that nothing was deployed to holds up nobody.
fn ready(state: &State) -> HttpResponse {
    let deployments = state.deployments();
    let waiting: Vec<String> =
        deployments.iter().filter(|hosted| hosted.is_waiting()).map(|hosted| hosted.id.to_string()).collect();
    let serves = deployments.iter().any(|hosted| hosted.serving().is_some());
    let ready = serves && waiting.is_empty() && !state.is_draining();
    let body = serde_json::json!({ "ready": ready, "draining": state.is_draining(), "waiting": waiting });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    reply::document(status, JSON, body.to_string())
}
