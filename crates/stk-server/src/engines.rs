//! Engines for logic that is code: the port that JavaScript and WebAssembly stand behind.
//!
//! An engine is given a [`Job`] and the [`Operations`] it may ask for while it runs. It knows nothing of tokens, access,
//! caches or databases: all of that is behind the operations.

pub(crate) mod wasm;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use stk_runtime::{OperationResult, RunFault};

/// One run of one logic.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// The logic's path, such as `users/update`: for logs and stack traces.
    pub(crate) logic: Arc<str>,
    /// The params as the logic gets them: a JSON object, defaults filled in; an absent optional param is no key of it.
    pub(crate) params: Bytes,
    /// `context.request` as JSON: `{ "id", "path", "headers": {…}, "user": { "id", "email", "roles" } | null }`.
    pub(crate) request: Bytes,
    /// Declared in the header: name and value.
    pub(crate) secrets: Arc<[(Box<str>, Box<str>)]>,
    pub(crate) limits: JobLimits,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct JobLimits {
    pub(crate) deadline: Instant,
    pub(crate) memory_bytes: u64,
    /// Of the result's JSON.
    pub(crate) result_bytes_max: u64,
}

/// What logic may ask for while it runs: `context.*`, `fetch`, and what goes to the log.
///
/// One object a run. Dropping it ends what the run left open: a transaction is rolled back, a fetch is cancelled.
pub(crate) trait Operations: Send + Sync + 'static {
    /// Performs one operation. `name` is that of the table in `docs/reference/operations.md`, such as `db.query`;
    /// `input` is its JSON. Several may be under way at once.
    fn perform(&self, name: &str, input: Bytes) -> BoxFuture<'static, OperationResult>;

    /// Whether an operation had an effect that running the logic again would repeat.
    fn had_effect(&self) -> bool;

    /// A line of the logic's own: `console.log`, `context.log`, stderr.
    fn log(&self, level: LogLevel, message: &str, fields: Option<&str>);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// What a run gives: the result's JSON.
pub(crate) type RunResult = Result<Bytes, RunFault>;
