//! What an S3 service answers, read.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use rusty_s3::actions::ListObjectsV2;
use stk_runtime::{StorageDone, StorageFault, StoredObject};

/// Bytes of the largest answer: a page of 1000 keys of the greatest length fits several times.
const BODY_BYTES_MAX: usize = 16 << 20;

/// What of a refusal goes to the log.
const REASON_BYTES_MAX: usize = 500;

pub(super) async fn body(mut reply: reqwest::Response) -> Result<Vec<u8>, StorageFault> {
    let unavailable = |error: reqwest::Error| StorageFault::Unavailable(error.without_url().to_string());
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(StorageFault::Unavailable("its answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An answer that is not a success.
pub(super) fn fault(status: StatusCode, body: &[u8]) -> StorageFault {
    let text = String::from_utf8_lossy(body);
    let reason = match (element(&text, "Code"), element(&text, "Message")) {
        (Some(code), Some(message)) => format!("{status}, {code}: {message}"),
        (Some(code), None) => format!("{status}, {code}"),
        _ => status.to_string(),
    };
    let reason = reason[..reason.floor_char_boundary(REASON_BYTES_MAX)].to_owned();
    if status.is_server_error() { StorageFault::Unavailable(reason) } else { StorageFault::Refused(reason) }
}

/// The text of the first element of this name: enough for S3's small, flat errors.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(text, _)| text)
}

pub(super) fn head(key: &str, headers: &HeaderMap) -> StoredObject {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    StoredObject {
        key: key.to_owned(),
        size: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or_default(),
        etag: text(ETAG).map(unquoted).unwrap_or_default(),
        content_type: text(CONTENT_TYPE).map(str::to_owned),
        last_modified_ms: text(LAST_MODIFIED).and_then(http_date_ms),
    }
}

pub(super) fn list(body: &[u8]) -> Result<StorageDone, StorageFault> {
    let unreadable = |error: String| StorageFault::Unavailable(format!("its list can not be read: {error}"));
    let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let page = ListObjectsV2::parse_response(text).map_err(|error| unreadable(error.to_string()))?;
    let objects = page.contents.into_iter().map(|found| StoredObject {
        key: found.key,
        size: found.size.unwrap_or_default(),
        etag: found.etag.as_deref().map(unquoted).unwrap_or_default(),
        content_type: None,
        last_modified_ms: found.last_modified.and_then(|time| unix_ms(time.parse().ok()?)),
    });
    Ok(StorageDone::Listed { objects: objects.collect(), cursor: page.next_continuation_token })
}

fn unquoted(etag: &str) -> String {
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}

fn http_date_ms(text: &str) -> Option<u64> {
    unix_ms(rfc2822::parse(text).ok()?.timestamp())
}

fn unix_ms(time: Timestamp) -> Option<u64> {
    u64::try_from(time.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_the_code_and_failures_are_the_storages_own() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        assert_eq!(
            fault(StatusCode::FORBIDDEN, body),
            StorageFault::Refused("403 Forbidden, AccessDenied: no".to_owned())
        );
        assert_eq!(
            fault(StatusCode::SERVICE_UNAVAILABLE, b"busy"),
            StorageFault::Unavailable("503 Service Unavailable".to_owned())
        );
    }

    #[test]
    fn dates_of_http_are_read() {
        assert_eq!(http_date_ms("Sat, 01 Jan 2000 00:00:00 GMT"), Some(946_684_800_000));
        assert_eq!(http_date_ms("yesterday"), None);
    }
}
