//! Object storage: the port that `storage.*` operations go through once the runtime has checked their policy.

use futures_util::future::BoxFuture;
use stk_runtime::{StorageDone, StorageFault, StorageWork};

/// The buckets of one deployment.
pub(crate) trait Storage: Send + Sync + 'static {
    /// Signs an address, or talks to the storage. `now_ms`: milliseconds since the Unix epoch.
    fn perform(
        &self,
        work: &StorageWork,
        now_ms: u64,
    ) -> BoxFuture<'static, Result<StorageDone, StorageFault>>;
}
