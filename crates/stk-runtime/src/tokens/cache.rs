//! Verified tokens, remembered: bounded, by the whole text of the token.
//!
//! Times are checked again at each hit, and so is the version of the key set, by the caller. A deployment's cache
//! goes with the deployment.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use super::claims::Times;
use super::{Identity, TokenFault};

const SHARDS: usize = 16;

/// Entries of one generation in one shard; there are two generations.
const GENERATION_MAX: usize = 1024;

#[derive(Debug, Clone)]
pub(super) struct Verified {
    pub(super) identity: Arc<Identity>,
    pub(super) times: Times,
    /// Which issuer's key set verified it, at which version; absent for our own secret.
    pub(super) key_set: Option<(usize, u64)>,
}

impl Verified {
    pub(super) fn check_time(&self, now_ms: u64) -> Result<(), TokenFault> {
        self.times.check(now_ms)
    }
}

#[derive(Debug, Default)]
pub(super) struct TokenCache {
    shards: [Mutex<Shard>; SHARDS],
}

type Generation = HashMap<u64, Entry, BuildHasherDefault<Fingerprint>>;

/// Two generations: once the young one is full it becomes the old one, and the old one is dropped. What is still
/// used moves back to the young one, so that the tokens in use survive.
#[derive(Debug, Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

#[derive(Debug)]
struct Entry {
    token: Box<str>,
    verified: Verified,
}

impl TokenCache {
    pub(super) fn get(&self, token: &str) -> Option<Verified> {
        let fingerprint = fingerprint(token);
        let mut shard = self.shard(fingerprint);
        if let Some(entry) = shard.young.get(&fingerprint) {
            return (*entry.token == *token).then(|| entry.verified.clone());
        }
        if *shard.old.get(&fingerprint)?.token != *token {
            return None;
        }
        let entry = shard.old.remove(&fingerprint)?;
        let verified = entry.verified.clone();
        shard.insert(fingerprint, entry);
        Some(verified)
    }

    pub(super) fn put(&self, token: &str, verified: Verified) {
        let fingerprint = fingerprint(token);
        self.shard(fingerprint).insert(fingerprint, Entry { token: token.into(), verified });
    }

    fn shard(&self, fingerprint: u64) -> std::sync::MutexGuard<'_, Shard> {
        // Other bits than those the map looks at first.
        let index = (fingerprint >> 40) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn insert(&mut self, fingerprint: u64, entry: Entry) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(fingerprint, entry);
    }
}

/// Mixes the end of the token: the signature, which nobody without the key chooses.
fn fingerprint(token: &str) -> u64 {
    let bytes = token.as_bytes();
    let tail = &bytes[bytes.len().saturating_sub(24)..];
    tail.chunks(8).fold(bytes.len() as u64, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let mixed = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    })
}

/// The fingerprint is the hash already.
#[derive(Debug, Default)]
struct Fingerprint(u64);

impl Hasher for Fingerprint {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash << 8) | u64::from(*byte));
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(id: usize) -> Verified {
        let identity =
            Identity { issuer: "i".into(), id: id.to_string().into(), email: None, roles: Box::new([]) };
        let times = Times { not_before_ms: 0, expires_ms: 1 };
        Verified { identity: Arc::new(identity), times, key_set: None }
    }

    fn token(id: usize) -> String {
        format!("header.claims{id}.signature{:032}", id.wrapping_mul(0x9e37_79b9))
    }

    #[test]
    fn ten_thousand_users_fit_and_a_flood_stays_bounded() {
        let cache = TokenCache::default();
        (0..10_000).for_each(|id| cache.put(&token(id), verified(id)));
        let found = (0..10_000).filter(|id| cache.get(&token(*id)).is_some()).count();
        assert_eq!(found, 10_000);
        (0..200_000).for_each(|id| cache.put(&token(id), verified(id)));
        let held: usize = cache
            .shards
            .iter()
            .map(|shard| {
                let shard = shard.lock().unwrap();
                shard.young.len() + shard.old.len()
            })
            .sum();
        assert!(held <= SHARDS * GENERATION_MAX * 2, "{held}");
    }

    #[test]
    fn a_token_with_the_end_of_another_is_not_taken_for_it() {
        let cache = TokenCache::default();
        cache.put("aaaa.bbbb.0123456789012345678901234567", verified(1));
        assert!(cache.get("aaaa.bbbc.0123456789012345678901234567").is_none());
        assert!(cache.get("aaaa.bbbb.0123456789012345678901234567").is_some());
    }
}
