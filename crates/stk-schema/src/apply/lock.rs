//! The lock that lets one apply at a time work on a database, and who holds it.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::error::{ApplyError, Holder};
use super::watch::Watch;
use crate::ledger;
use crate::postgres::{DatabaseError, failed};

/// Any number will do, as long as every version of `stk` takes the same one.
const LOCK: i64 = 0x0073_746b_5f64_646c;

const POLL: Duration = Duration::from_millis(200);

/// Takes the lock, waiting for at most `wait_max`.
pub(super) async fn take(
    client: &Client,
    wait_max: Duration,
    watch: &mut Watch<'_>,
) -> Result<(), ApplyError> {
    let doing = failed("take the lock for schema changes");
    let started = Instant::now();
    loop {
        // Tried, not waited for: a waiting statement holds a snapshot, for which a concurrent index build would wait.
        let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await.map_err(&doing)?;
        if row.try_get::<_, bool>(0).map_err(&doing)? {
            return Ok(());
        }
        let holder = holder(client).await?;
        if started.elapsed() >= wait_max {
            return Err(ApplyError::Busy(holder.map(Box::new)));
        }
        watch.queued(holder);
        watch.pause(POLL, 0).await?;
    }
}

pub(super) async fn release(client: &Client) -> Result<(), DatabaseError> {
    let unlock = "SELECT pg_advisory_unlock($1)";
    client.execute(unlock, &[&LOCK]).await.map_err(failed("release the lock for schema changes"))?;
    Ok(())
}

async fn holder(client: &Client) -> Result<Option<Holder>, DatabaseError> {
    let doing = failed("ask who holds the lock for schema changes");
    let time = r#"'YYYY-MM-DD"T"HH24:MI:SS"Z"'"#;
    let select = format!(
        "SELECT a.pid, a.application_name, to_char(a.backend_start AT TIME ZONE 'UTC', {time})
         FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
           AND (l.classid::int8 << 32 | l.objid::int8) = $1
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    let Some(row) = client.query_opt(&select, &[&LOCK]).await.map_err(&doing)? else { return Ok(None) };
    let mut holder = Holder {
        pid: row.try_get(0).map_err(&doing)?,
        application_name: row.try_get::<_, Option<String>>(1).map_err(&doing)?.unwrap_or_default(),
        operator: None,
        since: row.try_get(2).map_err(&doing)?,
    };
    // The holder may be another role, whose ledger this one may not read; the rest is worth telling all the same.
    if ledger::is_there(client).await?
        && let Ok(mut entries) = ledger::history(client, 1).await
        && let Some(entry) = entries.pop().filter(|entry| entry.state == ledger::ApplyState::Running)
    {
        holder.operator = Some(entry.operator).filter(|operator| !operator.is_empty());
        holder.since = Some(entry.started_at);
    }
    Ok(Some(holder))
}
