//! Request ids: the caller's own where it is sane, else one of ours.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LENGTH_MAX: usize = 64;

/// Makes ids that no other process makes.
pub(crate) struct RequestIds {
    key: u64,
    next: AtomicU64,
}

/// An id in a header's form; always visible ASCII.
#[derive(Clone)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}

impl RequestIds {
    pub(crate) fn new() -> RequestIds {
        RequestIds { key: ahash::RandomState::new().hash_one(0u8), next: AtomicU64::new(0) }
    }

    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        match headers.get(&X_REQUEST_ID) {
            Some(id) if is_sane(id.as_bytes()) => RequestId(id.clone()),
            _ => self.make(),
        }
    }

    /// A counter, mixed so that ids of one process do not look alike: SplitMix64, which is a bijection.
    fn make(&self) -> RequestId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut mixed = self.key.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let mut text = [0; 16];
        for (index, digit) in text.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(mixed >> (60 - 4 * index)) as usize & 15];
        }
        let id = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(&text));
        RequestId(id.unwrap_or(HeaderValue::from_static("0000000000000000")))
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LENGTH_MAX).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_kept_and_any_other_replaced() {
        let ids = RequestIds::new();
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("abc-1.2_X"));
        assert_eq!(ids.of(&headers).as_str(), "abc-1.2_X");
        for bad in ["", "a b", "a\"b", "<script>"] {
            headers.insert("x-request-id", HeaderValue::from_str(bad).unwrap());
            let (one, other) = (ids.of(&headers), ids.of(&headers));
            assert_eq!(one.as_str().len(), 16, "{bad}");
            assert_ne!(one.as_str(), other.as_str());
        }
    }
}
