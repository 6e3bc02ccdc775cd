//! Running logic in an engine, within the limits of its deployment and its fair share of the engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stk_runtime::{RunFault, RunWork};

use super::host::Host;
use super::operations::RunOperations;
use super::running::Running;
use crate::engines::{Job, JobLimits, Program, RunResult};

/// How long past its deadline an engine may take to end a run by itself.
const GRACE: Duration = Duration::from_millis(50);

pub(super) async fn run(host: &Host, work: Arc<RunWork>, timeout: Duration) -> RunResult {
    let (hosted, serving) = (&host.hosted, &host.serving);
    let started = Instant::now();
    let deadline = started + timeout;
    let _place = host.place(timeout).await.map_err(RunFault::Unavailable)?;
    let engines = &hosted.shared.engines;
    let _turn = match host.parent() {
        Some(_) => None,
        None => {
            let turn = engines.gate(work.engine).enter(&hosted.id, deadline).await;
            Some(turn.ok_or_else(|| RunFault::Unavailable("no place in the engine came free".to_owned()))?)
        }
    };
    let Some(program) = serving.programs.get(work.logic()) else {
        return Err(RunFault::Unavailable("the release has not its program".to_owned()));
    };
    let job = Job {
        logic: work.logic().clone(),
        params: work.params.clone(),
        request: work.request().clone(),
        secrets: work.secrets().pairs().clone(),
        limits: JobLimits {
            deadline,
            memory_bytes: work.memory_bytes,
            result_bytes_max: work.result_bytes_max,
        },
    };
    let running = Running::new(hosted.clone(), serving.clone(), work.scope.clone(), host.parent().cloned());
    let operations = Arc::new(RunOperations::new(running));
    let result = within(program, job, operations, host, deadline).await;
    hosted.metrics.run(work.engine, result.as_ref().err(), started.elapsed());
    result
}

/// The engine ends a run at its deadline; one that does not is left a moment later.
async fn within(
    program: &Program,
    job: Job,
    operations: Arc<RunOperations>,
    host: &Host,
    deadline: Instant,
) -> RunResult {
    let running = host.hosted.shared.engines.run(program, job, operations);
    match tokio::time::timeout_at((deadline + GRACE).into(), running).await {
        Ok(result) => result,
        Err(_) => Err(RunFault::Timeout),
    }
}
