//! Calls from browsers of other origins: exact origins only, never a wildcard.

use http::{HeaderMap, HeaderValue, header};

use crate::serving::Serving;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, x-request-id, x-santokit-manifest");
const RESPONSE_HEADERS: HeaderValue =
    HeaderValue::from_static("x-request-id, x-cache-status, x-santokit-release, server-timing, retry-after");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// The caller's origin, if this deployment lets it in.
pub(super) fn allowed<'a>(serving: &Serving, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    serving.cors_origins.iter().any(|known| **known == *origin.as_bytes()).then_some(origin)
}

/// Adds what a browser needs to hand the answer to its page. Where origins are configured, every answer varies by
/// origin, so that a cache never gives one origin's headers to another.
pub(super) fn decorate(serving: &Serving, origin: Option<HeaderValue>, out: &mut HeaderMap) {
    if serving.cors_origins.is_empty() {
        return;
    }
    out.append(header::VARY, ORIGIN);
    if let Some(origin) = origin {
        out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        out.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
}

/// What a preflight is answered with besides.
pub(super) fn decorate_preflight(out: &mut HeaderMap) {
    out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    out.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
}
