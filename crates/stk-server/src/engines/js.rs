//! The engine of JavaScript logic: isolate processes of one deployment, and who runs what in which.
//!
//! Users' code runs in processes that can be killed at any moment (`stk-isolate`). A run is given to the least busy of
//! them. One whose script holds it for long gets no new runs and less of the processors; what waits behind that script
//! goes to another process, and so does what a killed process was at, unless it has had an effect.
//!
//! Deliberately absent: what operations do, and turns between deployments, which is [`super::Gate`]'s.

mod attempt;
mod link;
mod mailbox;
mod modules;
mod process;
mod spawner;
mod stack;
mod watch;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use stk_runtime::RunFault;

use self::attempt::Attempt;
pub(crate) use self::modules::LoadedModules;
use self::process::Process;
use self::watch::Bell;
use super::{Job, Operations, RunResult};

/// A process with so many runs is helped by another one, where there may be one.
const RUNS_WELCOME: usize = 4;
/// How often a run is started again after its process was lost.
const RESTARTS_MAX: u32 = 2;
/// How often a run is taken from behind a script that holds its process.
const MOVES_MAX: u32 = 4;

/// The command that makes an isolate process.
#[derive(Debug, Clone)]
pub(crate) struct IsolateCommand {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl IsolateCommand {
    /// A program and its arguments; without any, this very binary as [`stk_isolate::ARGUMENT`] makes it.
    pub(crate) fn new(command: Option<&[OsString]>) -> io::Result<IsolateCommand> {
        if let Some([program, arguments @ ..]) = command {
            return Ok(IsolateCommand { program: program.into(), arguments: arguments.to_vec() });
        }
        // Found also after the file was replaced by a newer one.
        let own = PathBuf::from("/proc/self/exe");
        let program = if own.exists() { own } else { std::env::current_exe()? };
        Ok(IsolateCommand { program, arguments: vec![stk_isolate::ARGUMENT.into()] })
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct JsSettings {
    /// Processes that run at full speed; while scripts hold them, as many again.
    pub(crate) processes_max: usize,
    /// Of memory that one run may use: a process may map a multiple of it.
    pub(crate) memory_bytes: u64,
}

impl JsSettings {
    /// A process a core.
    pub(crate) fn new(memory_bytes: u64) -> JsSettings {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        JsSettings { processes_max: cores, memory_bytes }
    }

    /// What the binary itself maps, and room for many runs: a bound on mischief, not a budget.
    fn address_space(&self) -> u64 {
        (2 << 30) + self.memory_bytes.saturating_mul(16)
    }
}

/// One a deployment. Dropped, its processes end.
pub(crate) struct JsEngine {
    shared: Arc<Shared>,
}

struct Shared {
    command: IsolateCommand,
    settings: JsSettings,
    processes: Mutex<Vec<Arc<Process>>>,
    /// One start at a time.
    starting: tokio::sync::Mutex<()>,
    bell: Arc<Bell>,
}

impl JsEngine {
    /// Starts no process yet. To be called within the async runtime.
    pub(crate) fn new(command: IsolateCommand, settings: JsSettings) -> JsEngine {
        let bell = Arc::new(Bell::default());
        let shared = Arc::new(Shared {
            command,
            settings,
            processes: Mutex::default(),
            starting: tokio::sync::Mutex::default(),
            bell: bell.clone(),
        });
        tokio::spawn(watch::watch(Arc::downgrade(&shared), bell));
        JsEngine { shared }
    }

    /// Starts a process and gives it the release, so that the first call finds it there. A failure is found again, and
    /// told, by that call.
    pub(crate) async fn prepare(&self, release: &Arc<LoadedModules>) {
        if let Ok(process) = self.shared.process(None).await {
            process.link.load(release);
        }
    }

    /// Calls the default export of the module `entry`. Dropping the future ends the run.
    pub(crate) async fn run(
        &self,
        release: &Arc<LoadedModules>,
        entry: &str,
        reuse: bool,
        job: Job,
        operations: Arc<dyn Operations>,
    ) -> RunResult {
        let (mut restarts, mut moves) = (0, 0);
        let mut avoided: Option<Arc<Process>> = None;
        loop {
            let process = match self.shared.process(avoided.as_ref()).await {
                Ok(process) => process,
                Err(error) => return Err(RunFault::Unavailable(format!("no isolate process: {error}"))),
            };
            let stays = moves >= MOVES_MAX;
            let attempt = attempt::run(&process, release, entry, reuse, &job, &operations, stays).await;
            match attempt {
                Attempt::Ended(result) => return result,
                Attempt::Moved => moves += 1,
                Attempt::Lost if operations.had_effect() || restarts >= RESTARTS_MAX => {
                    let reason = "its isolate process was lost".to_owned();
                    return Err(RunFault::Unavailable(reason));
                }
                Attempt::Lost => restarts += 1,
            }
            if Instant::now() >= job.limits.deadline {
                return Err(RunFault::Timeout);
            }
            operations.start_over();
            avoided = Some(process);
        }
    }
}

impl Drop for JsEngine {
    fn drop(&mut self) {
        for process in self.shared.list().drain(..) {
            process.kill(None);
        }
        // The watch finds that there is nothing left to look after.
        self.shared.bell.ring();
    }
}

impl Shared {
    fn list(&self) -> MutexGuard<'_, Vec<Arc<Process>>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process for one more run; starts one if there is none, or if the others have enough to do.
    async fn process(self: &Arc<Shared>, avoided: Option<&Arc<Process>>) -> io::Result<Arc<Process>> {
        let is_other = |process: &Arc<Process>| avoided.is_none_or(|avoided| !Arc::ptr_eq(avoided, process));
        if let Some(process) = self.least_busy(is_other) {
            if process.link.runs_count() >= RUNS_WELCOME && self.may_start() {
                let shared = self.clone();
                tokio::spawn(async move { shared.start_another().await });
            }
            return Ok(process);
        }
        let _turn = self.starting.lock().await;
        if let Some(process) = self.least_busy(is_other) {
            return Ok(process);
        }
        if self.may_start() {
            return self.start().await;
        }
        // All are held by scripts, and there may be no more: wait behind one of them.
        let list = self.list();
        let alive = list.iter().filter(|process| process.is_usable());
        let least = alive.min_by_key(|process| process.link.runs_count());
        least.cloned().ok_or_else(|| io::Error::other("all have failed"))
    }

    fn least_busy(&self, is_eligible: impl Fn(&Arc<Process>) -> bool) -> Option<Arc<Process>> {
        let list = self.list();
        let free =
            list.iter().filter(|process| process.is_usable() && !process.is_held() && is_eligible(process));
        free.min_by_key(|process| process.link.runs_count()).cloned()
    }

    /// Whether one more process fits: so many that are free to work, and so many altogether.
    fn may_start(&self) -> bool {
        let list = self.list();
        let held = list.iter().filter(|process| process.is_held()).count();
        let max = self.settings.processes_max;
        list.len() - held < max && list.len() < 2 * max
    }

    /// One more process for a time of many runs, unless somebody else is at it.
    async fn start_another(&self) {
        let Ok(_turn) = self.starting.try_lock() else { return };
        if self.may_start()
            && let Err(error) = self.start().await
        {
            tracing::warn!(%error, "an isolate process could not be started");
        }
    }

    async fn start(&self) -> io::Result<Arc<Process>> {
        let process = Process::start(&self.command, self.settings.address_space(), &self.bell).await?;
        let process = Arc::new(process);
        self.list().push(process.clone());
        Ok(process)
    }
}

#[cfg(test)]
mod tests;
