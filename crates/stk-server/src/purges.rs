//! Telling the other Servers of an environment about purged tags, over the KV.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stk_contract::kv_keys;
use stk_kv::Kv;
use tokio::sync::Notify;

use crate::config::DeploymentId;

/// After how long a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Tags to be told. One that is purged again before it was told is told once.
pub(crate) struct Purges {
    id: DeploymentId,
    kv: Arc<dyn Kv>,
    tags: Mutex<BTreeSet<Box<str>>>,
    added: Notify,
}

impl Purges {
    pub(crate) fn new(id: DeploymentId, kv: Arc<dyn Kv>) -> Purges {
        Purges { id, kv, tags: Mutex::default(), added: Notify::new() }
    }

    pub(crate) fn add(&self, tags: &[Box<str>]) {
        self.tags.lock().unwrap_or_else(PoisonError::into_inner).extend(tags.iter().cloned());
        self.added.notify_one();
    }

    /// Writes what was added, for ever.
    pub(crate) async fn publish(&self) {
        loop {
            self.added.notified().await;
            let tags = std::mem::take(&mut *self.tags.lock().unwrap_or_else(PoisonError::into_inner));
            for tag in tags {
                let key = kv_keys::purge(&self.id.project, &self.id.env, &tag);
                if let Err(error) = self.kv.put(&key, never_twice()).await {
                    tracing::error!(deployment = %self.id, %error, %tag, "a purge could not be told to other Servers");
                    tokio::time::sleep(RETRY).await;
                    self.add(&[tag]);
                }
            }
        }
    }
}

/// A value that no purge had before, so that every write is a change.
fn never_twice() -> Vec<u8> {
    let mut value = vec![0; 16];
    if getrandom::fill(&mut value).is_err() {
        value = format!("{:?}", std::time::SystemTime::now()).into_bytes();
    }
    value
}
