//! One isolate process, from start to burial.

use std::io;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, setpriority_process};
use stk_isolate::clock;
use stk_isolate::status::{Executing, StatusPage};
use tokio::net::UnixStream;

use super::IsolateCommand;
use super::link::Link;
use super::spawner;
use super::watch::Bell;

/// The priority of a process that a script holds: about a tenth of the others' share.
const LOW_PRIORITY: i32 = 10;
/// How long no script may hold a process before it competes again as others do.
const PROBATION: Duration = Duration::from_secs(5);

pub(super) struct Process {
    pub(super) link: Arc<Link>,
    status: Arc<StatusPage>,
    pid: Option<Pid>,
    /// Taken by whoever kills it.
    child: Mutex<Option<Child>>,
    /// A script has held it for a while.
    held: AtomicBool,
    /// When a script held it last, since its priority was lowered.
    lowered: Mutex<Option<Instant>>,
    /// Gets no more runs, and ends after its last one.
    retired: AtomicBool,
    idle_since: Mutex<Option<Instant>>,
    /// What was executed when the watch looked first, and the processor time used by then.
    seen: Mutex<Option<(Executing, Duration)>>,
}

impl Process {
    pub(super) async fn start(
        command: &IsolateCommand,
        address_space: u64,
        bell: &Arc<Bell>,
    ) -> io::Result<Process> {
        let started = spawner::start(command, address_space).await?;
        let link = Link::new(UnixStream::from_std(started.socket)?, bell.clone());
        let status = Arc::new(started.status);
        tokio::spawn({
            let (link, status) = (link.clone(), status.clone());
            async move {
                link.clone().read().await;
                link.lose(status.read().map(|executing| executing.run));
            }
        });
        let pid = i32::try_from(started.child.id()).ok().and_then(Pid::from_raw);
        Ok(Process {
            link,
            status,
            pid,
            child: Mutex::new(Some(started.child)),
            held: AtomicBool::new(false),
            lowered: Mutex::default(),
            retired: AtomicBool::new(false),
            idle_since: Mutex::default(),
            seen: Mutex::default(),
        })
    }

    /// Whether it may be given runs.
    pub(super) fn is_usable(&self) -> bool {
        !self.link.is_lost() && !self.retired.load(Ordering::Acquire)
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::Acquire)
    }

    pub(super) fn set_held(&self, held: bool) {
        self.held.store(held, Ordering::Release);
    }

    /// The run that it executes at this moment.
    pub(super) fn executing(&self) -> Option<u32> {
        self.status.read().map(|executing| executing.run)
    }

    /// The run that it has been executing since before the last look, and how much of a processor that took since. A
    /// process that only waits for a processor is not held by anyone.
    pub(super) fn held_by(&self) -> Option<(u32, Duration)> {
        let executing = self.status.read()?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((first, used_then)) if first == executing => {
                Some((executing.run, self.used().saturating_sub(used_then)))
            }
            _ => {
                *seen = Some((executing, self.used()));
                None
            }
        }
    }

    /// Processor time so far; where the system does not tell it, the time of day.
    fn used(&self) -> Duration {
        let told = self.pid.and_then(|pid| {
            let told = std::fs::read_to_string(format!("/proc/{}/schedstat", pid.as_raw_nonzero())).ok()?;
            told.split(' ').next()?.parse().ok()
        });
        Duration::from_nanos(told.unwrap_or_else(clock::now_ns))
    }

    /// Leaves the processors to others.
    pub(super) fn lower_priority(&self) {
        if self.lowered().replace(Instant::now()).is_none() {
            // Without the right to do so it competes as it did.
            let _ = setpriority_process(self.pid, LOW_PRIORITY);
        }
    }

    /// After [`Process::lower_priority`], once scripts have behaved for a while. Few may raise a priority again, and who
    /// may not starts anew.
    pub(super) fn raise_priority(&self) {
        let mut lowered = self.lowered();
        if lowered.is_some_and(|held| held.elapsed() >= PROBATION) {
            *lowered = None;
            if setpriority_process(self.pid, 0).is_err() {
                self.retire();
            }
        }
    }

    fn lowered(&self) -> MutexGuard<'_, Option<Instant>> {
        self.lowered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long it has had nothing to do, as far as this was asked before.
    pub(super) fn idle_for(&self) -> Duration {
        let mut since = self.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        if self.link.runs_count() > 0 {
            *since = None;
            return Duration::ZERO;
        }
        since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Ends it at once, whatever it is at. `blamed` is the run because of which.
    pub(super) fn kill(&self, blamed: Option<u32>) {
        self.link.lose(blamed);
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(child) = child {
            spawner::bury(child);
        }
    }

    #[cfg(test)]
    pub(super) fn pid(&self) -> Option<Pid> {
        self.pid
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill(None);
    }
}
