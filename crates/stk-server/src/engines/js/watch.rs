//! Looks after the processes of one engine while they have runs: scripts that hold a process, runs past their deadline,
//! processes that are gone or have long been idle.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Shared;
use super::mailbox::Mail;
use super::process::Process;

/// Between two looks while runs are under way, and while none are.
const LOOK: Duration = Duration::from_millis(15);
const LOOK_IDLE: Duration = Duration::from_secs(1);
/// A script that takes so much of a processor after a first look, without giving way, holds its process.
const HELD_AFTER: Duration = Duration::from_millis(25);
/// One that takes so much has to leave the processors to others.
const LOWERED_AFTER: Duration = Duration::from_millis(80);
/// A process ends runs at their deadline by itself; what it has not ended so long after is ended for it.
const GRACE: Duration = Duration::from_millis(30);
/// A process with nothing to do for so long is let go.
const IDLE_MAX: Duration = Duration::from_secs(120);

/// Wakes the watch when the first run begins.
#[derive(Default)]
pub(super) struct Bell {
    resting: AtomicBool,
    rung: Notify,
}

impl Bell {
    /// Costs next to nothing while the watch is awake.
    pub(super) fn ring(&self) {
        if self.resting.load(Ordering::SeqCst) && self.resting.swap(false, Ordering::SeqCst) {
            self.rung.notify_one();
        }
    }
}

/// Goes on until the engine is dropped, which rings the bell.
pub(super) async fn watch(shared: Weak<Shared>, bell: Arc<Bell>) {
    loop {
        bell.resting.store(true, Ordering::SeqCst);
        let Some(looked) = shared.upgrade().map(|shared| shared.look()) else { return };
        let rest = match looked {
            Looked::Busy => {
                bell.resting.store(false, Ordering::SeqCst);
                tokio::time::sleep(LOOK).await;
                continue;
            }
            Looked::Idle => LOOK_IDLE,
            Looked::Empty => IDLE_MAX,
        };
        let _ = tokio::time::timeout(rest, bell.rung.notified()).await;
    }
}

enum Looked {
    /// Runs are under way.
    Busy,
    Idle,
    /// There are no processes.
    Empty,
}

impl Shared {
    fn look(&self) -> Looked {
        let processes = self.list().clone();
        for process in &processes {
            self.look_at(process);
        }
        let mut list = self.list();
        list.retain(|process| !process.link.is_lost());
        if list.iter().any(|process| process.link.runs_count() > 0) {
            Looked::Busy
        } else if list.is_empty() {
            Looked::Empty
        } else {
            Looked::Idle
        }
    }

    fn look_at(&self, process: &Arc<Process>) {
        let overdue = process.link.overdue(Instant::now() - GRACE);
        if let Some(culprit) = process.executing()
            && overdue.contains(&culprit)
        {
            // The engine is within a builtin that does not look at the clock.
            tracing::warn!("an isolate process was killed: a script did not end in time");
            process.link.put(culprit, Mail::Overdue);
            return process.kill(Some(culprit));
        }
        overdue.into_iter().for_each(|run| process.link.put(run, Mail::Overdue));
        match process.held_by() {
            Some((culprit, held)) if held >= HELD_AFTER => {
                process.set_held(true);
                if held >= LOWERED_AFTER {
                    process.lower_priority();
                }
                if self.may_start() || self.least_busy(|_| true).is_some() {
                    process.link.put_all(Some(culprit), || Mail::Held);
                }
            }
            _ => {
                process.set_held(false);
                process.raise_priority();
            }
        }
        process.link.unload_dropped();
        let is_done = process.is_retired() && process.link.runs_count() == 0;
        if is_done || process.idle_for() >= IDLE_MAX {
            process.kill(None);
        }
    }
}
