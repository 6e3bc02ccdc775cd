//! The engine of WebAssembly logic: WASI preview 1 commands, run inside the Server.
//!
//! A module is compiled once, when its release is loaded. Each call gets an instance of its own, from a pool of slots
//! whose memory starts as a copy-on-write image of the module's: nothing of one call is left for the next. Memory,
//! tables, stack, output, log and time are capped, and whatever ends a run early ends its store as well.
//!
//! A run starts on the thread of its caller. One that computes for longer than its first slice goes on in [`lane`],
//! on threads of lower priority, so that a busy logic takes processor time from others of its kind only.
//!
//! Deliberately absent: files, sockets, environment variables, arguments, threads. What the outside world offers are the
//! operations, by the import module `santokit`.

mod cache;
mod clock;
mod descriptors;
mod guest_memory;
mod lane;
mod limits;
mod module;
mod poll;
mod run;
mod santokit;
mod settings;
mod stderr;
mod stop;
mod ticker;
mod wasi;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use wasmtime::{Engine, Linker};

use self::cache::CompileCache;
use self::lane::Lane;
pub(crate) use self::module::{LoadError, LoadedModule};
use self::run::Run;
use self::ticker::Ticker;
use super::{Job, Operations, RunResult};

/// One a Server: compiles modules and runs them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct WasmEngine {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    linker: Linker<Run>,
    cache: Option<CompileCache>,
    ticker: Ticker,
    lane: Lane,
    /// One permit a slot of the pool.
    places: Arc<Semaphore>,
    /// Compiling takes a core for itself; releases that load at once take turns.
    compiling: Arc<Semaphore>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("can not set up WebAssembly: {0}")]
    Setup(String),
    #[error("can not start a thread for WebAssembly: {0}")]
    Thread(#[source] std::io::Error),
}

impl WasmEngine {
    /// `cache_folder` keeps compiled modules between starts; without one each start compiles anew.
    pub(crate) fn new(cache_folder: Option<&Path>) -> Result<WasmEngine, EngineError> {
        let engine = settings::engine()?;
        let linker = linker(&engine).map_err(|error| EngineError::Setup(error.to_string()))?;
        let cache = cache_folder.and_then(|folder| {
            CompileCache::open(folder)
                .inspect_err(|error| {
                    tracing::warn!(folder = %folder.display(), %error, "compiled WASM logic is not kept on disk");
                })
                .ok()
        });
        let ticker = Ticker::start(engine.clone()).map_err(EngineError::Thread)?;
        let shared = Shared {
            engine,
            linker,
            cache,
            ticker,
            lane: Lane::default(),
            places: Arc::new(Semaphore::new(settings::RUNS_MAX as usize)),
            compiling: Arc::new(Semaphore::new(1)),
        };
        Ok(WasmEngine { shared: Arc::new(shared) })
    }

    /// Compiles a module, or takes it from the cache, and binds its imports.
    pub(crate) async fn load(&self, wasm: Bytes) -> Result<LoadedModule, LoadError> {
        module::load(&self.shared, wasm).await
    }

    /// Runs a module once. Dropping the future ends the run.
    pub(crate) async fn run(
        &self,
        module: &LoadedModule,
        job: Job,
        operations: Arc<dyn Operations>,
    ) -> RunResult {
        run::run(&self.shared, module, job, operations).await
    }
}

/// Everything of `stk_contract::wasm::IMPORTS`, and nothing else.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<Run>> {
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker)?;
    santokit::link(&mut linker)?;
    Ok(linker)
}
