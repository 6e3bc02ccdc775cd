//! Object storage: the port that `storage.*` operations go through once the runtime has checked their policy, and S3
//! behind it.
//!
//! Deliberately absent: the files themselves, which go between the caller and the storage by signed addresses; and the
//! policy (which bucket, how large, which types), which is the runtime's.

mod answers;
mod embedded;
mod hosts;
mod s3;
#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;
use stk_runtime::{StorageDone, StorageFault, StorageWork};

pub use embedded::{EmbeddedBuckets, EmbeddedStorage};
pub(crate) use hosts::StorageHosts;

/// The buckets of one deployment.
pub(crate) trait Storage: Send + Sync + 'static {
    /// Signs an address, or talks to the storage. `now_ms`: milliseconds since the Unix epoch.
    fn perform(
        &self,
        work: &StorageWork,
        now_ms: u64,
    ) -> BoxFuture<'static, Result<StorageDone, StorageFault>>;
}
