//! Several statements in one transaction, on a connection of its own: `begin` and the statements in one go, then
//! the commit, which waits until the result was found good. A transaction that lost against others is told to the
//! runtime, which tries it again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join, join_all};
use stk_contract::manifest::Isolation;
use stk_runtime::{SqlFault, SqlWork, Transaction, Writer};
use tokio::time::{Instant, timeout, timeout_at};

use super::fault::Failure;
use super::link::Prepared;
use super::pool::{Lease, Pool};
use super::rows::{Outcome, execute};

/// Statements sent in one go.
const PIPELINE_MAX: usize = 16;

/// How long a commit may take; it is not cut short by the call's timeout, since its outcome would be unknown.
pub(super) const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How an attempt ended.
enum Failed {
    /// Nothing of it remains.
    RolledBack(Failure),
    /// The connection was lost while the commit was on its way.
    Unknown(String),
}

/// Runs all statements of `work`.
pub(super) async fn run(
    pool: &Arc<Pool>,
    work: &SqlWork,
    transaction: Transaction,
    deadline: Instant,
) -> Result<Bytes, SqlFault> {
    let mut again = true;
    loop {
        let lease = pool.lease(deadline).await?;
        match attempt(lease, work, transaction, deadline).await {
            Ok(body) => return Ok(body),
            Err(Failed::RolledBack(Failure::Unprepared)) if again => again = false,
            Err(Failed::RolledBack(Failure::Lost(_) | Failure::Ended(_))) if again && work.read_only => {
                pool.close_idle();
                again = false;
            }
            Err(Failed::RolledBack(failure)) => return Err(failure.into_fault(false)),
            Err(Failed::Unknown(reason)) if work.read_only => return Err(SqlFault::Unavailable(reason)),
            Err(Failed::Unknown(reason)) => return Err(SqlFault::CommitUnknown(reason)),
        }
    }
}

async fn attempt(
    lease: Lease,
    work: &SqlWork,
    transaction: Transaction,
    deadline: Instant,
) -> Result<Bytes, Failed> {
    let mut writer = work.writer();
    let ran = timeout_at(deadline, statements(&lease, work, transaction, &mut writer)).await;
    let clean = match ran {
        // Dropping the lease cancels and closes: nothing was committed.
        Err(_) => return Err(Failed::RolledBack(Failure::Timeout)),
        Ok(Err(failure)) => return Err(roll_back(lease, failure).await),
        Ok(Ok(clean)) => clean,
    };
    let body = match writer.finish() {
        Ok(body) => body,
        Err(fault) => return Err(roll_back(lease, Failure::Row(fault)).await),
    };
    match timeout(COMMIT_TIMEOUT, lease.link().client.batch_execute("COMMIT")).await {
        Ok(Ok(())) => {
            lease.give_back(clean);
            Ok(body)
        }
        Err(_) => Err(Failed::Unknown("the commit was not answered in time".to_owned())),
        Ok(Err(error)) => match Failure::from(error) {
            Failure::Lost(reason) | Failure::Ended(reason) | Failure::Protocol(reason) => {
                Err(Failed::Unknown(reason))
            }
            // A deferred constraint or a conflict: Postgres has rolled back.
            failure => {
                lease.give_back(clean);
                Err(Failed::RolledBack(failure))
            }
        },
    }
}

/// Prepares what is not yet prepared, then sends `begin` and all statements. Gives whether all of them leave the
/// session alone.
async fn statements(
    lease: &Lease,
    work: &SqlWork,
    transaction: Transaction,
    writer: &mut Writer,
) -> Result<bool, Failure> {
    let link = lease.link();
    let mut prepared: Vec<Prepared> = Vec::with_capacity(work.statements.len());
    for call in &work.statements {
        prepared.push(link.prepare(&call.statement).await?);
    }
    let clean = prepared.iter().all(|prepared| prepared.clean);
    let begin = begin_text(transaction);
    let mut writer = Some(writer);
    let mut calls = work.statements.iter().zip(&prepared).enumerate();
    let last = work.statements.len().saturating_sub(1);
    let mut started = false;
    loop {
        let batch: Vec<_> = calls
            .by_ref()
            .take(PIPELINE_MAX)
            .map(|(index, (call, prepared))| {
                let rows = if index == last { writer.take() } else { None };
                execute(link, prepared, &call.params, rows)
            })
            .collect();
        if batch.is_empty() {
            return Ok(clean);
        }
        // First polls are in order, and that is the order in which Postgres gets them.
        let begun = async {
            if started { Ok(()) } else { link.client.batch_execute(&begin).await.map_err(Failure::from) }
        };
        let (begun, outcomes) = join(begun, join_all(batch)).await;
        begun?;
        started = true;
        for outcome in outcomes {
            match outcome? {
                Outcome::Whole => {}
                Outcome::Refused(failure) | Outcome::Flooded(failure) => return Err(failure),
            }
        }
    }
}

/// Rolls back and gives the connection back where it still answers.
async fn roll_back(lease: Lease, failure: Failure) -> Failed {
    if !matches!(failure, Failure::Lost(_) | Failure::Ended(_) | Failure::Protocol(_)) {
        let rolled_back =
            timeout(Duration::from_secs(1), lease.link().client.batch_execute("ROLLBACK")).await;
        if matches!(rolled_back, Ok(Ok(()))) {
            if matches!(failure, Failure::Unprepared) {
                // Which one it was is not said; a connection with fresh statements is as cheap as finding out.
                drop(lease);
            } else {
                lease.give_back(false);
            }
        }
    }
    Failed::RolledBack(failure)
}

pub(super) fn begin_text(transaction: Transaction) -> String {
    let mut text = "BEGIN".to_owned();
    text.push_str(match transaction.isolation {
        None => "",
        Some(Isolation::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
        Some(Isolation::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
        Some(Isolation::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
    });
    if transaction.read_only {
        text.push_str(" READ ONLY");
    }
    text
}
