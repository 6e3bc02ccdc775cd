//! The edge KV: where the Hub puts edge packages and Servers find them.
//!
//! One small trait, one module a backend. A value is at most [`VALUE_BYTES_MAX`] bytes; what is larger is cut into
//! parts by the contract. Deliberately absent: compare-and-set (the Hub's Postgres decides who wins), listing, and any
//! knowledge of what the values mean.

mod embedded;

use std::future::Future;
use std::pin::Pin;

pub use embedded::EmbeddedKv;
pub use stk_contract::kv_keys::VALUE_BYTES_MAX;

/// A future that can be sent, so that backends stand behind `dyn Kv`.
pub type KvFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, KvError>> + Send + 'a>>;

/// A KV store that many Servers read and one Hub at a time writes.
pub trait Kv: Send + Sync + 'static {
    /// The value under `key`, or none.
    fn get(&self, key: &str) -> KvFuture<'_, Option<Vec<u8>>>;

    /// Stores a value. Once this returns it is durable.
    fn put(&self, key: &str, value: Vec<u8>) -> KvFuture<'_, ()>;

    /// Keys under `prefix` that are written from now on.
    fn changes(&self, prefix: &str) -> Changes;
}

#[derive(Debug, thiserror::Error)]
pub enum KvError {
    #[error("the KV can not be reached: {0}")]
    Unavailable(String),
    #[error("the KV file {path} is in use by another process")]
    InUse { path: String },
    #[error("the value of `{key}` has {bytes} bytes, the KV takes {VALUE_BYTES_MAX}")]
    TooLarge { key: String, bytes: usize },
}

/// A feed of changed keys. A reader that falls behind is told so, and must read its keys afresh.
#[derive(Debug)]
pub struct Changes {
    prefix: String,
    feed: tokio::sync::broadcast::Receiver<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This key was written.
    Key(String),
    /// Some keys were written that are not named: read afresh what matters.
    Missed,
}

impl Changes {
    /// The next change; none once the KV is gone.
    pub async fn next(&mut self) -> Option<Change> {
        use tokio::sync::broadcast::error::RecvError;
        loop {
            match self.feed.recv().await {
                Ok(key) if key.starts_with(&self.prefix) => return Some(Change::Key(key)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(Change::Missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
