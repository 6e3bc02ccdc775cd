//! One attempt at a run: in one process, until it ends there or has to go elsewhere.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use stk_isolate::clock;
use stk_isolate::protocol::{Fault, Level, Outcome, Start};
use stk_runtime::{OperationFault, OperationResult, RunFault};

use super::link::RunHandle;
use super::mailbox::Mail;
use super::modules::LoadedModules;
use super::process::Process;
use super::stack;
use crate::engines::{Job, JobLimits, LogLevel, Operations, RunResult};

pub(super) enum Attempt {
    Ended(RunResult),
    /// The run waits behind another one's script and has had no effect: it can do so elsewhere.
    Moved,
    /// The process is gone, through no fault of the run.
    Lost,
}

/// `stays`: it has been moved often enough.
pub(super) async fn run(
    process: &Process,
    release: &Arc<LoadedModules>,
    entry: &str,
    reuse: bool,
    job: &Job,
    operations: &Arc<dyn Operations>,
    stays: bool,
) -> Attempt {
    let secret = |(name, value): &(Box<str>, Box<str>)| (name.to_string(), value.to_string());
    let handle = process.link.start(release, job.limits.deadline, |run, release| Start {
        run,
        release,
        entry: entry.to_owned(),
        params: job.params.to_vec(),
        request: job.request.to_vec(),
        secrets: job.secrets.iter().map(secret).collect(),
        deadline_ns: clock::ns_of(job.limits.deadline),
        memory_bytes: job.limits.memory_bytes,
        result_bytes_max: job.limits.result_bytes_max,
        reuse,
    });
    let mut under_way = FuturesUnordered::new();
    loop {
        match next(&handle, &mut under_way).await {
            Mail::Operation { operation, name, input } => {
                under_way.push(perform(operations, operation, &name, input));
            }
            Mail::Log { level, message, fields } => {
                // A logged error comes with its stack.
                let has_stack = message.contains("\n    at ");
                let message = if has_stack { stack::by_users_lines(&message, release) } else { message };
                operations.log(log_level(level), &message, fields.as_deref());
            }
            Mail::Finished(outcome) => return Attempt::Ended(result(outcome, job.limits, release)),
            Mail::Overdue => return Attempt::Ended(Err(RunFault::Timeout)),
            Mail::Held if stays || operations.had_effect() => {}
            Mail::Held => return Attempt::Moved,
            Mail::Lost { blamed: true } => {
                let reason = "it broke its isolate process".to_owned();
                return Attempt::Ended(Err(RunFault::Unavailable(reason)));
            }
            Mail::Lost { blamed: false } => return Attempt::Lost,
        }
    }
}

type Performed = BoxFuture<'static, (u32, OperationResult)>;

/// The next thing of the process; ends of operations are sent to it meanwhile.
async fn next(handle: &RunHandle, under_way: &mut FuturesUnordered<Performed>) -> Mail {
    poll_fn(|cx| {
        while let std::task::Poll::Ready(Some((operation, result))) = under_way.poll_next_unpin(cx) {
            match result {
                Ok(output) => handle.done(operation, Ok(&output)),
                Err(fault) => handle.done(operation, Err(&shown(fault))),
            }
        }
        handle.mailbox.poll_take(cx)
    })
    .await
}

fn perform(operations: &Arc<dyn Operations>, operation: u32, name: &str, input: Bytes) -> Performed {
    let performed = operations.perform(name, input);
    Box::pin(async move { (operation, performed.await) })
}

/// What the logic sees of a fault: what a caller would.
fn shown(fault: OperationFault) -> Fault {
    let problem = *fault.problem;
    let code = problem.code.code().to_owned();
    Fault { status: problem.status, code, message: problem.detail.unwrap_or(problem.title) }
}

fn log_level(level: Level) -> LogLevel {
    match level {
        Level::Debug => LogLevel::Debug,
        Level::Info => LogLevel::Info,
        Level::Warn => LogLevel::Warn,
        Level::Error => LogLevel::Error,
    }
}

fn result(outcome: Outcome, limits: JobLimits, release: &LoadedModules) -> RunResult {
    Err(match outcome {
        Outcome::Result(json) => return Ok(json.into()),
        Outcome::Failed(text) => RunFault::Failed(stack::by_users_lines(&text, release)),
        Outcome::BadResult(text) => RunFault::BadResult(stack::by_users_lines(&text, release)),
        Outcome::Refused(Fault { status, code, message }) => RunFault::Refused { status, code, message },
        Outcome::ResultTooLarge => RunFault::ResultTooLarge { bytes_max: limits.result_bytes_max },
        Outcome::Memory => RunFault::Memory { bytes_max: limits.memory_bytes },
        Outcome::Timeout | Outcome::Aborted => RunFault::Timeout,
    })
}
