//! One run: an instance of its own, driven to its end or its deadline, and what came out of it.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use stk_runtime::RunFault;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use wasmtime::{InstancePre, Memory, Store, StoreContextMut, Trap, UpdateDeadline, WasmBacktrace};

use super::lane::Guest;
use super::limits::Limits;
use super::module::{LoadedModule, Manners};
use super::stderr::Stderr;
use super::stop::Stop;
use super::{Job, Operations, RunResult, Shared};

/// Ticks of the clock that a run may compute for before it goes on in the slow lane. One is too few: the next may be
/// just about to come.
const FIRST_SLICE_TICKS: u64 = 2;

/// Ticks between yields in the slow lane.
const LANE_SLICE_TICKS: u64 = 2;

/// Frames of a backtrace that are worth a line in the log.
const FRAMES_MAX: usize = 12;

/// What the functions given to the guest work on.
pub(super) struct Run {
    pub(super) params: Bytes,
    /// How far stdin was read.
    pub(super) params_read: usize,
    pub(super) request: Bytes,
    pub(super) secrets: Arc<[(Box<str>, Box<str>)]>,
    pub(super) output: Vec<u8>,
    pub(super) output_bytes_max: u64,
    pub(super) stderr: Stderr,
    pub(super) operations: Arc<dyn Operations>,
    /// Of the last operation; what was read of it is gone.
    pub(super) answer: Bytes,
    pub(super) memory: Option<Memory>,
    pub(super) started: Instant,
    limits: Limits,
    /// The runtime of the caller, where connections live.
    home: Handle,
    /// Whether the run is in the slow lane, seen from both sides.
    away: Arc<AtomicBool>,
    /// Whether it computed for longer than its first slice.
    long: bool,
    manners: Arc<Manners>,
}

impl Run {
    fn new(job: Job, operations: Arc<dyn Operations>, away: Arc<AtomicBool>, manners: Arc<Manners>) -> Run {
        Run {
            params: job.params,
            params_read: 0,
            request: job.request,
            secrets: job.secrets,
            output: Vec::new(),
            output_bytes_max: job.limits.result_bytes_max,
            stderr: Stderr::default(),
            operations,
            answer: Bytes::new(),
            memory: None,
            started: Instant::now(),
            limits: Limits { memory_bytes: job.limits.memory_bytes },
            home: Handle::current(),
            away,
            long: false,
            manners,
        }
    }

    /// The caller's runtime, where the run has left it.
    pub(super) fn home(&self) -> Option<Handle> {
        self.away.load(Relaxed).then(|| self.home.clone())
    }

    /// What to do when a slice is over: first leave for the slow lane, there let others have their turn.
    fn slice_is_over(&mut self) -> UpdateDeadline {
        if !std::mem::replace(&mut self.long, true) {
            self.manners.long_run();
        }
        if self.away.swap(true, Relaxed) {
            UpdateDeadline::YieldCustom(LANE_SLICE_TICKS, Box::pin(tokio::task::yield_now()))
        } else {
            // Whoever polls takes it to the lane, whose poll goes on: no wake-up is needed.
            let mut left = false;
            let leave =
                poll_fn(
                    move |_| if std::mem::replace(&mut left, true) { Poll::Ready(()) } else { Poll::Pending },
                );
            UpdateDeadline::YieldCustom(LANE_SLICE_TICKS, Box::pin(leave))
        }
    }
}

/// After waiting for something outside: time that passed meanwhile is not counted as computing.
pub(super) fn begin_slice(mut store: StoreContextMut<'_, Run>) {
    store.set_epoch_deadline(FIRST_SLICE_TICKS);
}

pub(super) async fn run(
    shared: &Arc<Shared>,
    module: &LoadedModule,
    job: Job,
    operations: Arc<dyn Operations>,
) -> RunResult {
    let deadline = Instant::from_std(job.limits.deadline);
    let place = place(shared, deadline).await?;
    let away = Arc::new(AtomicBool::new(module.manners.are_bad()));
    let run = Run::new(job, operations, away.clone(), module.manners.clone());
    let mut guest: Guest = Box::pin(execute(shared.clone(), module.instances.clone(), run, place));
    if away.load(Relaxed) {
        return shared.lane.finish(guest, deadline).await;
    }
    let at_home = poll_fn(|context| match guest.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending if away.load(Relaxed) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    match timeout_at(deadline, at_home).await {
        Err(_) => Err(RunFault::Timeout),
        Ok(Some(result)) => result,
        Ok(None) => shared.lane.finish(guest, deadline).await,
    }
}

async fn place(shared: &Shared, deadline: Instant) -> Result<OwnedSemaphorePermit, RunFault> {
    if let Ok(place) = shared.places.clone().try_acquire_owned() {
        return Ok(place);
    }
    match timeout_at(deadline, shared.places.clone().acquire_owned()).await {
        Ok(Ok(place)) => Ok(place),
        _ => Err(RunFault::Unavailable("no WASM instance came free in time".to_owned())),
    }
}

async fn execute(
    shared: Arc<Shared>,
    instances: InstancePre<Run>,
    run: Run,
    _place: OwnedSemaphorePermit,
) -> RunResult {
    let _ticking = shared.ticker.hold();
    let mut store = Store::new(&shared.engine, run);
    store.limiter(|run| &mut run.limits);
    store.epoch_deadline_callback(|mut store| Ok(store.data_mut().slice_is_over()));
    store.set_epoch_deadline(FIRST_SLICE_TICKS);
    let ended = start(&mut store, &instances).await;
    // The store ends here, whatever happened in it.
    verdict(ended, store.into_data())
}

async fn start(store: &mut Store<Run>, instances: &InstancePre<Run>) -> wasmtime::Result<()> {
    let instance = instances.instantiate_async(&mut *store).await?;
    store.data_mut().memory = instance.get_memory(&mut *store, "memory");
    let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
    start.call_async(store, ()).await
}

fn verdict(ended: wasmtime::Result<()>, run: Run) -> RunResult {
    let Run { output, stderr, operations, limits, output_bytes_max, long, manners, .. } = run;
    if !long {
        manners.short_run();
    }
    let tail = stderr.finish(&*operations);
    let Err(error) = ended else { return result(output) };
    match error.downcast_ref::<Stop>() {
        Some(Stop::Exit(0)) => result(output),
        Some(Stop::Exit(code)) => {
            Err(refusal(&output).unwrap_or_else(|| failed(format!("exit code {code}"), &tail)))
        }
        Some(Stop::Memory) => Err(RunFault::Memory { bytes_max: limits.memory_bytes }),
        Some(Stop::Output) => Err(RunFault::ResultTooLarge { bytes_max: output_bytes_max }),
        Some(Stop::Misuse(message)) => Err(failed((*message).to_owned(), &tail)),
        None => Err(failed(describe(&error), &tail)),
    }
}

/// The output, if it is one JSON value, without the white space around it.
fn result(output: Vec<u8>) -> RunResult {
    let bad = |why: String| Err(RunFault::BadResult(why));
    let Ok(text) = std::str::from_utf8(&output) else { return bad("stdout is not UTF-8".to_owned()) };
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return bad("nothing was written to stdout".to_owned());
    }
    if let Err(error) = serde_json::from_str::<&RawValue>(trimmed) {
        return bad(format!("stdout: {error}"));
    }
    let start = text.len() - text.trim_ascii_start().len();
    let length = trimmed.len();
    Ok(Bytes::from(output).slice(start..start + length))
}

/// A problem on stdout with an exit code other than 0: the logic's way to answer 4xx, and to pass on what an operation
/// was answered.
fn refusal(output: &[u8]) -> Option<RunFault> {
    #[derive(Deserialize)]
    struct Refusal {
        status: u16,
        code: String,
        detail: Option<String>,
    }
    let refusal: Refusal = serde_json::from_slice(output).ok()?;
    (400..600).contains(&refusal.status).then(|| RunFault::Refused {
        status: refusal.status,
        code: refusal.code,
        message: refusal.detail.unwrap_or_default(),
    })
}

fn failed(what: String, stderr_tail: &str) -> RunFault {
    match stderr_tail.trim_end() {
        "" => RunFault::Failed(what),
        tail => RunFault::Failed(format!("{what}; stderr ends with:\n{tail}")),
    }
}

/// What trapped, and in which functions.
fn describe(error: &wasmtime::Error) -> String {
    let mut text = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    for frame in frames.iter().take(FRAMES_MAX) {
        match frame.func_name() {
            Some(name) => text.push_str(&format!("\n    at {name}")),
            None => text.push_str(&format!("\n    at function {}", frame.func_index())),
        }
    }
    text
}
