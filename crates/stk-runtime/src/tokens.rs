//! Tokens of callers: compact JWS, verified with pinned algorithms.

use std::sync::Arc;

use bytes::Bytes;

use crate::effect::KeysFault;

/// Key sets of foreign issuers, by address. A host holds one for its lifetime and hands it to every deployment it
/// loads, so that a new release does not forget them. A failed fetch never drops a key.
#[derive(Debug, Default)]
pub struct KeySets {}

impl KeySets {
    pub fn new() -> KeySets {
        KeySets::default()
    }

    /// Addresses whose keys are old enough that a host should fetch them again in the background, and then
    /// [`KeySets::store`] what came. Asked on a timer of a minute or so.
    pub fn due(&self, now_ms: u64) -> Vec<Arc<str>> {
        let _ = now_ms;
        todo!()
    }

    /// Takes in what a fetch gave.
    pub fn store(&self, url: &str, fetched: Result<Bytes, KeysFault>, now_ms: u64) {
        let _ = (url, fetched, now_ms);
        todo!()
    }
}
