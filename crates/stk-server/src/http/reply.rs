//! Answers as HTTP: status, headers and body.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use stk_runtime::{CacheStatus, Reply};

use super::answer::Answer;
use super::request_id::{RequestId, X_REQUEST_ID};
use crate::serving::Serving;

const X_CACHE_STATUS: HeaderName = HeaderName::from_static("x-cache-status");
const X_RELEASE: HeaderName = HeaderName::from_static("x-santokit-release");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Headers of most answers; a map with room for more takes twice the memory.
const HEADERS_EXPECTED: usize = 6;

pub(super) type HttpResponse = Response<Answer>;

/// The answer to a call.
pub(super) fn call(reply: Reply, serving: Option<&Serving>, id: RequestId, took: Duration) -> HttpResponse {
    let mut headers = HeaderMap::with_capacity(HEADERS_EXPECTED);
    if let Some(kind) = reply.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    headers.insert(X_REQUEST_ID, id.into_header());
    let cache_status = match reply.cache_status {
        CacheStatus::Hit => const { HeaderValue::from_static(CacheStatus::Hit.as_str()) },
        CacheStatus::Miss => const { HeaderValue::from_static(CacheStatus::Miss.as_str()) },
        CacheStatus::Stale => const { HeaderValue::from_static(CacheStatus::Stale.as_str()) },
        CacheStatus::Bypass => const { HeaderValue::from_static(CacheStatus::Bypass.as_str()) },
    };
    headers.insert(X_CACHE_STATUS, cache_status);
    if let Some(serving) = serving {
        headers.insert(X_RELEASE, serving.release_header.clone());
    }
    headers.insert(SERVER_TIMING, timing(took));
    if let Some(seconds) = reply.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(methods) = reply.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    if let Some(scheme) = reply.www_authenticate {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
    if let Some(control) = reply.cache_control
        && let Ok(value) = HeaderValue::try_from(control.to_string())
    {
        headers.insert(header::CACHE_CONTROL, value);
    }
    let mut response = Response::new(Answer::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

/// Any other document.
pub(super) fn document(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = Response::new(Answer::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// `total;dur=` and milliseconds with three digits behind the point.
fn timing(took: Duration) -> HeaderValue {
    let us = took.as_micros().min(999_999_999) as u32;
    let mut text = *b"total;dur=000000.000";
    let digits = [10, 11, 12, 13, 14, 15, 17, 18, 19];
    let mut rest = us;
    for at in digits.into_iter().rev() {
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    // Leading zeros are cut by starting later, which keeps the name in front.
    let zeros = text[10..15].iter().take_while(|digit| **digit == b'0').count();
    text.copy_within(10 + zeros.., 10);
    HeaderValue::from_bytes(&text[..text.len() - zeros]).unwrap_or(HeaderValue::from_static("total;dur=0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timings_are_milliseconds() {
        for (us, text) in
            [(0, "total;dur=0.000"), (1_234, "total;dur=1.234"), (12_345_678, "total;dur=12345.678")]
        {
            assert_eq!(timing(Duration::from_micros(us)), text);
        }
    }
}
