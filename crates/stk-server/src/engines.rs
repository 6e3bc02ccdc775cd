//! Engines for logic that is code: the port that JavaScript and WebAssembly stand behind.
//!
//! An engine is given a [`Job`] and the [`Operations`] it may ask for while it runs. It knows nothing of tokens, access,
//! caches or databases: all of that is behind the operations.

mod gate;
mod js;
mod programs;
pub(crate) mod wasm;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use stk_runtime::{Engine, OperationResult, RunFault};

pub(crate) use gate::Gate;
use js::IsolateCommand;
pub(crate) use programs::{Program, Programs};
use wasm::WasmEngine;

/// Runs under way at once in one engine, over all deployments; runs within runs come on top, so that this is below what
/// the engines themselves take.
const RUNS_MAX: usize = 128;

/// The engines of a Server, with what keeps its deployments apart at them.
pub(crate) struct Engines {
    /// Or why there is none.
    wasm: Result<WasmEngine, String>,
    /// How an isolate process is started; each deployment has its own ones. Or why none can be.
    isolate: Result<IsolateCommand, String>,
    gates: [Arc<Gate>; 2],
}

impl Engines {
    /// `cache_folder` keeps compiled WASM modules between starts; `isolate`: see [`IsolateCommand::new`].
    pub(crate) fn new(cache_folder: &Path, isolate: Option<&[OsString]>) -> Engines {
        let wasm = WasmEngine::new(Some(cache_folder)).map_err(|error| error.to_string());
        if let Err(reason) = &wasm {
            tracing::error!(reason, "no engine for WASM logic");
        }
        let isolate = IsolateCommand::new(isolate).map_err(|error| error.to_string());
        if let Err(reason) = &isolate {
            tracing::error!(reason, "no engine for JavaScript logic");
        }
        Engines { wasm, isolate, gates: [Gate::new(RUNS_MAX), Gate::new(RUNS_MAX)] }
    }

    pub(crate) fn gate(&self, engine: Engine) -> &Arc<Gate> {
        &self.gates[engine as usize]
    }

    /// Runs a program once. Dropping the future ends the run.
    pub(crate) async fn run(
        &self,
        program: &Program,
        job: Job,
        operations: Arc<dyn Operations>,
    ) -> RunResult {
        match (program, &self.wasm) {
            (Program::Js(js), _) => js.engine.run(&js.modules, &js.entry, js.reuse, job, operations).await,
            (Program::Wasm(module), Ok(engine)) => engine.run(module, job, operations).await,
            (Program::Wasm(_), Err(reason)) => Err(RunFault::Unavailable(reason.clone())),
            (Program::Broken(reason), _) => Err(RunFault::Unavailable(reason.to_string())),
        }
    }
}

/// One run of one logic.
#[derive(Clone)]
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

/// Params are the caller's and secrets the project's: neither is for a log.
impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("logic", &self.logic)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
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

    /// The logic is about to be run once more from its start: what it left open is ended as when it is dropped.
    fn start_over(&self) {}

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
