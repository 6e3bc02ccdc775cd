//! The slow lane: threads of lower priority on which guests go on that compute for long.
//!
//! They take turns there, a slice each. The threads that answer other calls never wait for them: the operating system
//! takes the processor from a lane's thread whenever one of theirs has something to do.

use std::pin::Pin;
use std::sync::OnceLock;
use std::thread;

use stk_runtime::RunFault;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::super::RunResult;

/// A run that goes on from where it is.
pub(super) type Guest = Pin<Box<dyn Future<Output = RunResult> + Send>>;

/// How much nicer the lane's threads are to others; 19 would starve them on a busy machine.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Started by the first run that needs it.
#[derive(Default)]
pub(super) struct Lane {
    runtime: OnceLock<Option<Runtime>>,
}

impl Lane {
    /// Finishes a run. Dropping the future ends it.
    pub(super) async fn finish(&self, guest: Guest, deadline: Instant) -> RunResult {
        let finished = match self.runtime.get_or_init(start) {
            Some(runtime) => timeout_at(deadline, AbortOnDropHandle::new(runtime.spawn(guest))).await,
            // It takes turns with its caller's other work, then.
            None => timeout_at(deadline, guest).await.map(Ok),
        };
        match finished {
            Err(_) => Err(RunFault::Timeout),
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(RunFault::Failed(format!("the engine failed: {error}"))),
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        // Waiting for the threads would block, and guests yield soon enough.
        if let Some(runtime) = self.runtime.take().flatten() {
            runtime.shutdown_background();
        }
    }
}

fn start() -> Option<Runtime> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .worker_threads(cores.saturating_sub(1).max(1))
        .thread_name("wasm-lane")
        .on_thread_start(lower_priority)
        .enable_time()
        .build()
        .inspect_err(|error| tracing::warn!(%error, "no threads of their own for busy WASM logic"))
        .ok()
}

fn lower_priority() {
    // Linux keeps a priority a thread; elsewhere this would lower the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "can not lower the priority of a thread");
    }
}
