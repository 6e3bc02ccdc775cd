//! Keys of the edge KV.

use crate::hash::Hash;

/// Bytes of the largest value under one key: NATS takes 1 MB by default.
pub const VALUE_BYTES_MAX: usize = 512 * 1024;

/// Immutable bytes under their own hash.
pub fn blob(hash: &Hash) -> String {
    format!("blob/{hash}")
}

/// The pointer to what an environment serves.
pub fn live(project: &str, env: &str) -> String {
    format!("live/{project}/{env}")
}

/// Written at every purge of a cache tag, with a value that never repeats; Servers watch the prefix.
pub fn purge(project: &str, env: &str, tag: &str) -> String {
    format!("{}{tag}", purge_prefix(project, env))
}

/// Prefix of an environment's purges.
pub fn purge_prefix(project: &str, env: &str) -> String {
    format!("purge/{project}/{env}/")
}

/// Prefix of every pointer.
pub const LIVE_PREFIX: &str = "live/";
