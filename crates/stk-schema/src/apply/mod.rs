//! Running a plan: exactly its steps, on exactly the database it was made for.
//!
//! One apply at a time works on a database (`lock`). What the plan commits together runs in one transaction, with the
//! ledger's note of it (`transaction`); what Postgres takes only outside of one is noted before and after (`outside`);
//! a backfill commits batch by batch (`backfill`). So after a kill at any point the ledger says which steps are done,
//! and the same plan goes on from there (`resume`).
//!
//! Nobody is made to wait long: a lock that is not to be had within [`ApplyOptions::lock_timeout`] is let go and tried
//! again later. Deliberately absent: what to do about hazards. Whoever calls has approved them.

mod backfill;
mod error;
mod lock;
mod outside;
mod probe;
pub(crate) mod resume;
mod session;
mod transaction;
mod watch;

use std::time::Duration;

use tokio_postgres::Client;

use crate::ledger::Entry;
use crate::plan::{Plan, Step};
use crate::postgres::failed;
use crate::snapshot::snapshot;

pub use error::{ApplyError, Blocker, Holder};
pub use watch::Event;
use watch::Watch;

/// How long a step may wait and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyOptions {
    /// How long to wait for another apply on the same database before refusing.
    pub queue_max: Duration,
    /// How long a statement waits for a lock, and with it everyone who queues behind it. Below the server's
    /// `deadlock_timeout` (1 s by default) it is never somebody else who is chosen to fail.
    pub lock_timeout: Duration,
    /// How long a statement that others wait for may run. One that blocks nobody has no limit.
    pub statement_timeout: Duration,
    /// How often a transaction is tried in all when a lock is not to be had.
    pub attempts_max: u32,
    /// The pause after the first attempt; it grows with each.
    pub pause: Duration,
    /// How long a concurrent index build waits for old transactions to end. It blocks nobody meanwhile.
    pub patience: Duration,
    /// How long a batch of a backfill should take: rows that it writes are locked as long.
    pub batch_time: Duration,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions {
            queue_max: Duration::ZERO,
            lock_timeout: Duration::from_millis(400),
            statement_timeout: Duration::from_secs(60),
            attempts_max: 30,
            pause: Duration::from_millis(100),
            patience: Duration::from_secs(1800),
            batch_time: Duration::from_millis(100),
        }
    }
}

/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Steps that make new objects are committed after so many: each takes a place in the server's table of locks.
const TRANSACTION_STEPS_MAX: usize = 500;

/// What an apply did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// How many steps the plan has; all are done.
    pub steps: usize,
    /// How many of them an earlier apply of the same plan had done.
    pub resumed: usize,
    /// The fingerprint of the managed schemas now.
    pub fingerprint: String,
}

/// Runs `plan` with nobody watching: see [`Apply`].
///
/// # Errors
/// [`ApplyError`]
pub async fn apply(client: &mut Client, plan: &Plan, options: &ApplyOptions) -> Result<Applied, ApplyError> {
    Apply::new(plan, options).run(client).await
}

/// An apply that is about to run.
pub struct Apply<'a> {
    plan: &'a Plan,
    options: &'a ApplyOptions,
    operator: &'a str,
    target: &'a str,
    watch: Watch<'a>,
}

impl<'a> Apply<'a> {
    pub fn new(plan: &'a Plan, options: &'a ApplyOptions) -> Apply<'a> {
        Apply { plan, options, operator: "", target: "", watch: Watch::default() }
    }

    /// Who applies: for the ledger, and for whoever finds the lock taken.
    pub fn operator(mut self, operator: &'a str) -> Apply<'a> {
        self.operator = operator;
        self
    }

    /// What the plan leads to, in the caller's own terms; [`crate::Unfinished`] gives it back.
    pub fn target(mut self, target: &'a str) -> Apply<'a> {
        self.target = target;
        self
    }

    /// Is told what happens, as it happens.
    pub fn observer(mut self, observer: &'a mut (dyn FnMut(Event) + Send)) -> Apply<'a> {
        self.watch.observer = Some(observer);
        self
    }

    /// A second connection of the same role: for the progress of index builds, and to cancel a statement.
    pub fn monitor(mut self, monitor: &'a Client) -> Apply<'a> {
        self.watch.monitor = Some(monitor);
        self
    }

    /// Stops once this is true: the statement under way is cancelled, what is committed stays.
    pub fn stop(mut self, stop: tokio::sync::watch::Receiver<bool>) -> Apply<'a> {
        self.watch.stop = Some(stop);
        self
    }

    /// Runs the plan, or goes on with it. `client` must be a session of its own, not one behind a pooler that shares
    /// sessions. If this is dropped half-way, close the connection: it holds the lock.
    ///
    /// # Errors
    /// [`ApplyError`], which says how many steps are committed.
    pub async fn run(mut self, client: &mut Client) -> Result<Applied, ApplyError> {
        self.watch.attach(client).await?;
        session::prepare(client, self.operator).await?;
        lock::take(client, self.options.queue_max, &mut self.watch).await?;
        let result = self.locked(client).await;
        if client.is_closed() {
            // The lock went with the connection, and so did the settings.
            return result;
        }
        let released = lock::release(client).await;
        let restored = session::restore(client).await;
        let applied = result?;
        released?;
        restored?;
        Ok(applied)
    }

    async fn locked(self, client: &mut Client) -> Result<Applied, ApplyError> {
        let Apply { plan, options, operator, target, watch } = self;
        if plan.is_empty() {
            let live = snapshot(client, &plan.schemas).await?;
            resume::same(&plan.fingerprint, &plan.objects, &live)?;
            return Ok(Applied { steps: 0, resumed: 0, fingerprint: live.fingerprint });
        }
        let start = resume::start(client, plan, target, operator).await?;
        let resumed = start.done;
        let entry = start.entry;
        let mut runner = Runner { plan, options, entry, watch, done: start.done, start };
        if resumed > 0 {
            runner.watch.tell(Event::Resumed { steps: resumed });
        }
        match runner.all(client).await {
            Ok(()) => entry.finished(client).await?,
            Err(error) => {
                // With the connection gone the ledger says `running`, which is as good.
                let _ = entry.stopped(client, &error.to_string()).await;
                return Err(error);
            }
        }
        let live = snapshot(client, &plan.schemas).await?;
        Ok(Applied { steps: plan.steps.len(), resumed, fingerprint: live.fingerprint })
    }
}

/// A plan under way.
struct Runner<'a> {
    plan: &'a Plan,
    options: &'a ApplyOptions,
    entry: Entry,
    watch: Watch<'a>,
    /// How many steps are committed.
    done: usize,
    /// How it stood at the start.
    start: resume::Start,
}

impl Runner<'_> {
    async fn all(&mut self, client: &mut Client) -> Result<(), ApplyError> {
        for batch in batches(self.plan) {
            if batch.end <= self.done {
                continue;
            }
            self.watch.check_stop(self.done)?;
            let step = &self.plan.steps[batch.start];
            if step.backfill.is_some() {
                self.backfill(client, batch.start).await?;
            } else if step.in_transaction {
                self.transaction(client, batch.clone()).await?;
            } else {
                self.outside(client, batch.start).await?;
            }
            self.done = batch.end;
            for step in batch {
                self.watch.tell(Event::Done { step });
            }
        }
        Ok(())
    }

    /// Waits before the next attempt; the pause grows from one to the next.
    async fn pause(&mut self, client: &Client, step: usize, attempt: u32) -> Result<(), ApplyError> {
        let blockers = watch::blockers(client, &self.plan.steps[step]).await.unwrap_or_default();
        self.watch.tell(Event::Waiting { step, attempt, blockers });
        let growth = 1.4_f64.powi(i32::try_from(attempt).unwrap_or(i32::MAX) - 1);
        let pause = self.options.pause.mul_f64(growth.min(1000.0)).min(PAUSE_MAX);
        self.watch.pause(pause, self.done).await
    }

    /// A step's failure in words, with who was in its way where it waited for a lock.
    async fn failure(&mut self, client: &Client, step: usize, error: &tokio_postgres::Error) -> ApplyError {
        if self.watch.is_stopped() {
            return ApplyError::Stopped { committed: self.done };
        }
        let mut failure = ApplyError::statement(self.plan, step, self.done, error);
        if let ApplyError::Step { message, .. } = &mut failure
            && is_transient(error)
            && let Ok(blockers) = watch::blockers(client, &self.plan.steps[step]).await
            && !blockers.is_empty()
        {
            let list: Vec<String> = blockers.iter().map(ToString::to_string).collect();
            message.push_str(&format!("; in the way: {}", list.join(", ")));
        }
        failure
    }
}

/// What is committed together, as ranges of steps.
fn batches(plan: &Plan) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for batch in plan.batches() {
        let end = start + batch.len();
        let mut from = start;
        for at in start + 1..end {
            // Only where nothing but new objects is concerned: what locks tables in use was put together for a reason.
            if at - from >= TRANSACTION_STEPS_MAX && plan.steps[at].locks.is_empty() {
                ranges.push(from..at);
                from = at;
            }
        }
        ranges.push(from..end);
        start = end;
    }
    ranges
}

/// Whether trying again may help: a lock not had in time, a deadlock, a lost race.
fn is_transient(error: &tokio_postgres::Error) -> bool {
    use tokio_postgres::error::SqlState;
    let transient =
        [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
    error.code().is_some_and(|code| transient.contains(code))
}

/// Sets the timeouts of a step for the session or, in a transaction, for that.
async fn set_timeouts(
    client: &impl tokio_postgres::GenericClient,
    step: &Step,
    options: &ApplyOptions,
) -> Result<(), ApplyError> {
    let settings = session::timeouts(step, options);
    Ok(client.batch_execute(&settings).await.map_err(failed("set the timeouts"))?)
}
