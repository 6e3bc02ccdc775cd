//! One statement on a connection of its own. It commits by itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stk_runtime::{Params, SqlFault, SqlWork, Writer};
use tokio::time::{Instant, timeout, timeout_at};

use super::fault::Failure;
use super::link::{Link, Prepared};
use super::pool::{Lease, Pool};
use super::rows::{Outcome, execute};

/// How long Postgres may take to say what became of a cancelled statement.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// Why an attempt failed.
pub(super) struct Failed {
    pub(super) failure: Failure,
    /// The statement was sent: on a lost connection nobody knows whether it was committed.
    pub(super) sent: bool,
}

/// Runs the one statement of `work`.
pub(super) async fn run(pool: &Arc<Pool>, work: &SqlWork, deadline: Instant) -> Result<Bytes, SqlFault> {
    let mut again = true;
    loop {
        let lease = pool.lease(deadline).await?;
        let Failed { failure, sent } = match attempt(lease, work, deadline).await {
            Ok(body) => return Ok(body),
            Err(failed) => failed,
        };
        if matches!(failure, Failure::Lost(_) | Failure::Ended(_)) {
            pool.close_idle();
        }
        match &failure {
            // It did not run, so trying again is safe whatever it does.
            Failure::Unprepared if again => again = false,
            Failure::Lost(_) | Failure::Ended(_) if again && (work.read_only || !sent) => again = false,
            _ => return Err(failure.into_fault(sent && !work.read_only)),
        }
    }
}

async fn attempt(lease: Lease, work: &SqlWork, deadline: Instant) -> Result<Bytes, Failed> {
    let call = &work.statements[0];
    let link = lease.link();
    let unsent = |failure| Failed { failure, sent: false };
    let prepared = match timeout_at(deadline, link.prepare(&call.statement)).await {
        Err(_) => return Err(unsent(Failure::Timeout)),
        Ok(Err(failure @ (Failure::Lost(_) | Failure::Ended(_)))) => return Err(unsent(failure)),
        Ok(Err(failure)) => {
            lease.give_back(true);
            return Err(unsent(failure));
        }
        Ok(Ok(prepared)) => prepared,
    };
    let forget = |link: &Link| link.forget(&call.statement);
    carry_out(lease, &prepared, &call.params, work.writer(), deadline, work.read_only, forget).await
}

/// Runs a prepared statement to its end or its deadline, and gives the connection back where it can go on.
pub(super) async fn carry_out(
    lease: Lease,
    prepared: &Prepared,
    params: &Params,
    mut writer: Writer,
    deadline: Instant,
    read_only: bool,
    forget: impl FnOnce(&Link),
) -> Result<Bytes, Failed> {
    let (outcome, usable) = {
        let link = lease.link();
        let mut running = std::pin::pin!(execute(link, prepared, params, Some(&mut writer)));
        match timeout_at(deadline, &mut running).await {
            Ok(outcome) => (outcome, true),
            Err(_) => {
                // What it says now is its true outcome. The connection is closed all the same, since the cancel may
                // still be on its way.
                link.cancel().await;
                let lost = || Err(Failure::Lost("no answer to a cancel".to_owned()));
                (timeout(CANCEL_GRACE, running).await.unwrap_or_else(|_| lost()), false)
            }
        }
    };
    let sent = |failure| Failed { failure, sent: true };
    let give_back = |lease: Lease| {
        if usable {
            lease.give_back(prepared.clean);
        }
    };
    match outcome {
        Ok(Outcome::Whole) => {
            give_back(lease);
            writer.finish().map_err(|fault| sent(Failure::Row(fault)))
        }
        Ok(Outcome::Refused(failure)) => {
            give_back(lease);
            Err(sent(failure))
        }
        Ok(Outcome::Flooded(failure)) => Err(sent(failure)),
        Err(Failure::Lost(_)) if !usable && read_only => Err(sent(Failure::Timeout)),
        Err(failure @ (Failure::Lost(_) | Failure::Ended(_) | Failure::Protocol(_))) => Err(sent(failure)),
        Err(failure) => {
            if matches!(failure, Failure::Unprepared) {
                forget(lease.link());
            }
            give_back(lease);
            Err(sent(failure))
        }
    }
}
