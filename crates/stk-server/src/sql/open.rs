//! A transaction that logic holds open while it runs: a connection of its own, one statement at a time, ended by a
//! commit, by a rollback, or by being dropped, which rolls back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stk_contract::manifest::Isolation;
use stk_runtime::{QueryWork, SqlFault, Transaction};
use tokio::time::{Instant, timeout, timeout_at};

use super::dynamic::{Unready, prepare};
use super::fault::Failure;
use super::pool::{Lease, Pool};
use super::rows::{Outcome, execute};
use super::transaction::{COMMIT_TIMEOUT, begin_text};

/// How long a rollback may take before the connection is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) struct OpenTransaction {
    /// None once the connection was given up.
    lease: Option<Lease>,
    state: State,
    /// All of it surely left the session as it was.
    clean: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A statement is under way: dropped now, the connection is of no more use.
    Busy,
    /// A statement failed, and Postgres takes nothing but the end any more.
    Aborted,
}

impl OpenTransaction {
    pub(super) async fn begin(
        pool: &Arc<Pool>,
        isolation: Option<Isolation>,
        deadline: Instant,
    ) -> Result<OpenTransaction, SqlFault> {
        let begin = begin_text(Transaction { isolation, read_only: false });
        let mut again = true;
        loop {
            let lease = pool.lease(deadline).await?;
            let began = timeout_at(deadline, lease.link().client.batch_execute(&begin)).await;
            let failure = match began {
                Ok(Ok(())) => {
                    return Ok(OpenTransaction { lease: Some(lease), state: State::Open, clean: true });
                }
                Err(_) => Failure::Timeout,
                Ok(Err(error)) => Failure::from(error),
            };
            if again && matches!(failure, Failure::Lost(_) | Failure::Ended(_)) {
                pool.close_idle();
                again = false;
            } else {
                return Err(failure.into_fault(false));
            }
        }
    }

    /// Runs one statement. After a timeout the transaction is gone.
    pub(crate) async fn query(&mut self, work: &QueryWork, deadline: Instant) -> Result<Bytes, SqlFault> {
        let lease = self.lease.as_ref().ok_or_else(gone)?;
        if self.state == State::Aborted {
            return Err(aborted());
        }
        self.state = State::Busy;
        let ran = match timeout_at(deadline, statement(lease, work)).await {
            Ok(ran) => ran,
            Err(_) => Err(Stopped::Lost(Failure::Timeout)),
        };
        match ran {
            Ok((body, clean)) => {
                (self.state, self.clean) = (State::Open, self.clean && clean);
                Ok(body)
            }
            Err(Stopped::Refused(fault)) => {
                (self.state, self.clean) = (State::Open, false);
                Err(fault)
            }
            Err(Stopped::Aborted(failure)) => {
                (self.state, self.clean) = (State::Aborted, false);
                Err(failure.into_fault(false))
            }
            Err(Stopped::Lost(failure)) => {
                self.lease = None;
                Err(failure.into_fault(false))
            }
        }
    }

    /// Commits. Not cut short by the run's time, since its outcome would be unknown.
    pub(crate) async fn commit(mut self) -> Result<(), SqlFault> {
        if self.state == State::Aborted {
            self.roll_back().await;
            return Err(aborted());
        }
        let lease = self.lease.take().ok_or_else(gone)?;
        let unknown = |reason: String| Err(SqlFault::CommitUnknown(reason));
        match timeout(COMMIT_TIMEOUT, lease.link().client.batch_execute("COMMIT")).await {
            Ok(Ok(())) => {
                lease.give_back(self.clean);
                Ok(())
            }
            Err(_) => unknown("the commit was not answered in time".to_owned()),
            Ok(Err(error)) => match Failure::from(error) {
                Failure::Lost(reason) | Failure::Ended(reason) | Failure::Protocol(reason) => unknown(reason),
                // A deferred constraint or a conflict: Postgres has rolled back.
                failure => {
                    lease.give_back(self.clean);
                    Err(failure.into_fault(false))
                }
            },
        }
    }

    /// Rolls back; where that fails, the connection is closed, which does the same.
    pub(crate) async fn roll_back(mut self) {
        if let Some(lease) = self.lease.take() {
            end(lease).await;
        }
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        let Some(lease) = self.lease.take() else { return };
        // A lease that is dropped while a statement is under way cancels it and closes the connection.
        if self.state != State::Busy
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(end(lease));
        }
    }
}

async fn end(lease: Lease) {
    let rolled_back = timeout(ROLLBACK_TIMEOUT, lease.link().client.batch_execute("ROLLBACK")).await;
    if matches!(rolled_back, Ok(Ok(()))) {
        lease.give_back(false);
    }
}

/// Why a statement gave no rows, by what that means for its transaction.
enum Stopped {
    /// Nothing: it was refused on this side.
    Refused(SqlFault),
    Aborted(Failure),
    Lost(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Stopped {
        match failure {
            failure @ (Failure::Database(_) | Failure::Unprepared) => Stopped::Aborted(failure),
            failure => Stopped::Lost(failure),
        }
    }
}

/// The rows, and whether the statement surely left the session alone.
async fn statement(lease: &Lease, work: &QueryWork) -> Result<(Bytes, bool), Stopped> {
    let link = lease.link();
    let dynamic = prepare(link, &work.text).await.map_err(|unready| match unready {
        Unready::Failure(failure) => Stopped::from(failure),
        Unready::Refused(fault) => Stopped::Refused(fault),
    })?;
    let params = work.bind(&dynamic.described).map_err(Stopped::Refused)?;
    let mut writer = work.writer(&dynamic.described);
    let outcome = execute(link, &dynamic.prepared, &params, Some(&mut writer)).await;
    match outcome {
        Ok(Outcome::Whole) => {
            let body = writer.finish().map_err(|fault| Stopped::Refused(SqlFault::Row(fault)))?;
            Ok((body, dynamic.prepared.clean))
        }
        Ok(Outcome::Refused(failure)) => Err(Stopped::Refused(failure.into_fault(false))),
        Ok(Outcome::Flooded(failure)) => Err(Stopped::Lost(failure)),
        Err(failure) => {
            if matches!(failure, Failure::Unprepared) {
                link.forget_dynamic(&work.text);
            }
            Err(failure.into())
        }
    }
}

fn gone() -> SqlFault {
    SqlFault::Refused("the transaction has ended".to_owned())
}

fn aborted() -> SqlFault {
    SqlFault::Refused(
        "an earlier statement of the transaction failed, so that nothing of it is kept".to_owned(),
    )
}
