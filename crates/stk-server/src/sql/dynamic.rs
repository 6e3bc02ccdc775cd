//! Statements that logic gives while it runs: prepared and described first, then bound, on a connection of their own.

use std::sync::Arc;

use bytes::Bytes;
use stk_runtime::{Described, QueryWork, SqlFault};
use tokio::time::{Instant, timeout_at};

use super::fault::Failure;
use super::link::{Link, Prepared};
use super::pool::{Lease, Pool};
use super::single::{Failed, carry_out};
use super::types::pg_type;

/// A statement prepared on one connection, with what Postgres says of it.
#[derive(Clone)]
pub(super) struct Dynamic {
    pub(super) prepared: Prepared,
    pub(super) described: Arc<Described>,
}

/// Why there is no statement to run.
pub(super) enum Unready {
    Failure(Failure),
    /// It has no JSON form; Postgres has no complaint.
    Refused(SqlFault),
}

/// Runs one statement, which commits by itself.
pub(super) async fn run(pool: &Arc<Pool>, work: &QueryWork, deadline: Instant) -> Result<Bytes, SqlFault> {
    let mut again = true;
    loop {
        let lease = pool.lease(deadline).await?;
        let (failure, sent) = match attempt(lease, work, deadline).await {
            Ok(body) => return Ok(body),
            Err(Attempt::Refused(fault)) => return Err(fault),
            Err(Attempt::Failed(Failed { failure, sent })) => (failure, sent),
        };
        let is_lost = matches!(failure, Failure::Lost(_) | Failure::Ended(_));
        if is_lost {
            pool.close_idle();
        }
        // What did not run may be tried again, whatever it does.
        if again && (matches!(failure, Failure::Unprepared) || is_lost && !sent) {
            again = false;
        } else {
            return Err(failure.into_fault(sent));
        }
    }
}

enum Attempt {
    Refused(SqlFault),
    Failed(Failed),
}

async fn attempt(lease: Lease, work: &QueryWork, deadline: Instant) -> Result<Bytes, Attempt> {
    let unsent = |failure| Attempt::Failed(Failed { failure, sent: false });
    let dynamic = match timeout_at(deadline, prepare(lease.link(), &work.text)).await {
        Err(_) => return Err(unsent(Failure::Timeout)),
        Ok(Err(Unready::Failure(failure @ (Failure::Lost(_) | Failure::Ended(_))))) => {
            return Err(unsent(failure));
        }
        Ok(Err(Unready::Failure(failure))) => {
            lease.give_back(true);
            return Err(unsent(failure));
        }
        Ok(Err(Unready::Refused(fault))) => {
            lease.give_back(true);
            return Err(Attempt::Refused(fault));
        }
        Ok(Ok(dynamic)) => dynamic,
    };
    let params = match work.bind(&dynamic.described) {
        Ok(params) => params,
        Err(fault) => {
            lease.give_back(true);
            return Err(Attempt::Refused(fault));
        }
    };
    let writer = work.writer(&dynamic.described);
    let forget = |link: &Link| link.forget_dynamic(&work.text);
    carry_out(lease, &dynamic.prepared, &params, writer, deadline, false, forget)
        .await
        .map_err(Attempt::Failed)
}

/// Prepares the statement on this connection, or finds it prepared. Nothing of it runs.
pub(super) async fn prepare(link: &Link, text: &Arc<str>) -> Result<Dynamic, Unready> {
    if let Some(dynamic) = link.dynamic(text) {
        return Ok(dynamic);
    }
    let prepared = link.prepare_text(text).await.map_err(Unready::Failure)?;
    let params = prepared.statement.params().iter().map(pg_type).collect();
    let columns = prepared.statement.columns().iter();
    let columns = columns.map(|column| (column.name().to_owned(), pg_type(column.type_()))).collect();
    let described = Described::new(params, columns).map_err(Unready::Refused)?;
    let dynamic = Dynamic { prepared, described: Arc::new(described) };
    link.keep_dynamic(text, dynamic.clone());
    Ok(dynamic)
}
