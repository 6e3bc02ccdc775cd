//! What a call asks its host to do, and what the host answers: two closed enums.

use std::sync::Arc;

use bytes::Bytes;

use stk_contract::manifest::Isolation;

use crate::reply::Reply;
use crate::run::{OperationResult, RunFault, RunWork};
use crate::sql::{QueryWork, SqlFault, SqlWork};
use crate::storage::{StorageDone, StorageFault, StorageWork};

/// What the host does next. Each names the event that answers it.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Fetch the JSON Web Key Set of a foreign issuer; callers of one url share one fetch. → [`Event::Keys`]
    FetchKeys { url: Arc<str> },
    /// Look into the cache. → [`Event::Cache`]
    LookUp(LookUp),
    /// Run SQL, give up after `timeout_ms`. → [`Event::Sql`]
    Sql { work: Arc<SqlWork>, timeout_ms: u64 },
    /// Run logic in an engine, which may ask for operations meanwhile; give up after `timeout_ms`. → [`Event::Ran`]
    Run { work: Arc<RunWork>, timeout_ms: u64 },
    /// Store an answer under the key that was looked up, unless one of its tags was purged since. → [`Event::Stored`]
    Store(CacheEntry),
    /// Purge every answer that carries one of these tags, on every host of the environment. → [`Event::Purged`]
    Purge { tags: Arc<[Box<str>]> },
    /// Answer the caller. Unless [`crate::Call::is_done`], the rest is done behind the answer. → [`Event::Replied`]
    Reply(Reply),
    /// Of operations: run one statement that was not known at deploy. → [`Event::Sql`]
    Query { work: Arc<QueryWork>, timeout_ms: u64 },
    /// Of operations: begin a transaction, which the run ends or its end does. → [`Event::Begun`]
    Begin { alias: Arc<str>, isolation: Option<Isolation>, timeout_ms: u64 },
    /// Of operations: commit or roll back a transaction of the run. → [`Event::Ended`]
    End { transaction: u32, commit: bool, timeout_ms: u64 },
    /// Of operations: object storage. → [`Event::Storage`]
    Storage { work: Arc<StorageWork>, timeout_ms: u64 },
    /// Answer the logic that asked for the operation. Unless [`crate::Operation::is_done`], the rest is done behind the
    /// answer. → [`Event::Replied`]
    Answer(OperationResult),
    /// Nothing is left to do. A leader of a look-up that stored nothing now lets its followers go.
    Done,
}

impl Effect {
    /// Whether doing it twice may differ from doing it once: after it, a run can not be started over.
    pub fn may_write(&self) -> bool {
        match self {
            Effect::Sql { work, .. } => !work.read_only,
            // Within a transaction nothing stands before the commit.
            Effect::Query { work, .. } => matches!(work.place, crate::sql::QueryPlace::Database(_)),
            Effect::End { commit, .. } => *commit,
            Effect::Storage { work, .. } => work.may_write(),
            Effect::Purge { .. } => true,
            Effect::FetchKeys { .. }
            | Effect::LookUp(_)
            | Effect::Run { .. }
            | Effect::Store(_)
            | Effect::Reply(_)
            | Effect::Begin { .. }
            | Effect::Answer(_)
            | Effect::Done => false,
        }
    }
}

/// What the host says happened.
#[derive(Debug)]
pub enum Event {
    /// The body of the key set's document.
    Keys(Result<Bytes, KeysFault>),
    Cache(Lookup),
    /// The JSON that [`crate::Writer::finish`] gave, after the commit; or why there is none.
    Sql(Result<Bytes, SqlFault>),
    /// The result's JSON, or why there is none.
    Ran(Result<Bytes, RunFault>),
    /// The transaction, by a number that the run has for it alone.
    Begun(Result<u32, SqlFault>),
    Ended(Result<(), SqlFault>),
    Storage(Result<StorageDone, StorageFault>),
    Stored,
    Purged,
    Replied,
}

impl Event {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Event::Keys(_) => "keys",
            Event::Cache(_) => "cache",
            Event::Sql(_) => "sql",
            Event::Ran(_) => "ran",
            Event::Begun(_) => "begun",
            Event::Ended(_) => "ended",
            Event::Storage(_) => "storage",
            Event::Stored => "stored",
            Event::Purged => "purged",
            Event::Replied => "replied",
        }
    }
}

/// Why a key set could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key set could not be fetched: {0}")]
pub struct KeysFault(pub String);

/// A look-up: the host notes the generations of `tags` now and compares them at [`Effect::Store`].
#[derive(Debug, Clone)]
pub struct LookUp {
    pub key: CacheKey,
    pub tags: Arc<[Box<str>]>,
    /// How long a follower may wait for its leader.
    pub timeout_ms: u64,
}

/// The answer of the host's cache, which does the single flight: of all who miss one key at once, one is the leader
/// and goes on with a miss; the others wait and are given what the leader stored, or a miss where it stored nothing.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// Within its time.
    Fresh {
        body: Bytes,
        age_ms: u64,
    },
    /// Past its time, within `swr`. The caller that gets it refreshes it behind the answer: at most one at a time
    /// does (`refresh`), the others are only answered.
    Stale {
        body: Bytes,
        refresh: bool,
    },
    Miss,
}

/// Names an answer: project, environment, logic with its code, and canonical params and identity. At most a few
/// hundred bytes; equal keys mean equal answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(pub(crate) Arc<[u8]>);

impl CacheKey {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// An answer to store.
#[derive(Debug, Clone)]
pub struct CacheEntry {
    pub key: CacheKey,
    /// The JSON; empty where the logic returns nothing.
    pub body: Bytes,
    pub ttl_ms: u64,
    /// How long past `ttl_ms` it may still be given while it is refreshed; 0: not at all.
    pub swr_ms: u64,
    pub tags: Arc<[Box<str>]>,
}
