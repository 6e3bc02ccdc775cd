//! The request path without I/O: what a host (the native Server, a Worker, a test) drives, one effect at a time.
//!
//! A host loads a [`Deployment`] once a release, then for each request:
//!
//! ```text
//! let (mut call, mut effect) = Call::start(&deployment, &request);
//! loop {
//!     let event = match effect {
//!         Effect::FetchKeys { url } => Event::Keys(host fetches the key set; callers of one url share one fetch),
//!         Effect::LookUp(look_up) => Event::Cache(host's cache answers: fresh, stale or a miss that makes it leader),
//!         Effect::Sql { work, timeout_ms } => Event::Sql(host runs it, feeding rows to `work.writer()`),
//!         Effect::Run { work, timeout_ms } => Event::Ran(host runs it in an engine; see below),
//!         Effect::Store(entry) => { host stores, unless a tag was purged since the look-up; Event::Stored }
//!         Effect::Purge { tags } => { host purges; Event::Purged }
//!         Effect::Reply(reply) => { host answers; if the call is not done, the rest runs behind the answer; Event::Replied }
//!         Effect::Done => break,
//!         // The others are of operations.
//!     };
//!     effect = call.step(event, now_ms);
//! }
//! ```
//!
//! While an engine runs, the logic asks for operations (`db.query`, `invoke`, …). Each is driven like a call, from
//! [`Operation::start`] on, and ends with [`Effect::Answer`]; many of one run may be under way at once.
//!
//! Deliberately absent: sockets, a clock, randomness, an async runtime and a cache. Time is an argument. The same
//! code runs natively and compiled to wasm32.

pub mod call;
pub mod deployment;
pub mod effect;
pub mod operation;
pub mod reply;
pub mod request;
pub mod rows;
pub mod run;
pub mod scope;
pub mod sql;
pub mod storage;
pub mod tokens;

mod cache_key;
mod calendar;
mod faults;
mod json;
mod logic;
mod params;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use call::Call;
pub use deployment::{Deployment, LoadError};
pub use effect::{CacheEntry, CacheKey, Effect, Event, KeysFault, LookUp, Lookup};
pub use operation::Operation;
pub use reply::{CacheControl, CacheStatus, Reply};
pub use request::{Headers, Request};
pub use rows::{RowFault, Writer};
pub use run::{Engine, OperationFault, OperationResult, RunFault, RunWork, Secrets};
pub use scope::Scope;
pub use sql::{
    Described, Format, Params, QueryPlace, QueryWork, SqlCall, SqlFault, SqlWork, Statement, Transaction,
};
pub use storage::{StorageAction, StorageDone, StorageFault, StorageWork, StoredObject};
pub use tokens::KeySets;
