//! Settings of the session that applies: whom it makes wait, and for how long.

use std::time::Duration;

use tokio_postgres::Client;

use super::ApplyOptions;
use crate::model::quote_literal;
use crate::plan::{Effort, LockLevel, Step};
use crate::postgres::{DatabaseError, failed};

/// How often the server looks whether the client is still there while a statement runs.
const CONNECTION_CHECK: &str = "2s";

/// The first version that knows `client_connection_check_interval`.
const CONNECTION_CHECK_SINCE: i32 = 140_000;

/// Prepares the session. A statement whose client is gone is ended by the server where that knows how to notice.
pub(super) async fn prepare(client: &Client, operator: &str) -> Result<(), DatabaseError> {
    let doing = failed("prepare the session");
    let row =
        client.query_one("SELECT current_setting('server_version_num')::int4", &[]).await.map_err(&doing)?;
    if row.try_get::<_, i32>(0).map_err(&doing)? >= CONNECTION_CHECK_SINCE {
        let check = format!("SET client_connection_check_interval = '{CONNECTION_CHECK}'");
        // Some platforms of the server can not do it, and say so; the apply goes on without.
        if let Err(error) = client.batch_execute(&check).await
            && error.as_db_error().is_none()
        {
            return Err(doing(error));
        }
    }
    let by = if operator.is_empty() { String::new() } else { format!(" ({operator})") };
    // Postgres cuts it at 63 bytes and replaces what is not ASCII.
    let name = quote_literal(&format!("stk schema apply{by}"));
    // A failing statement must not sit in a transaction that nobody ends.
    let settings = format!("SET application_name = {name}; SET idle_in_transaction_session_timeout = '60s'");
    client.batch_execute(&settings).await.map_err(doing)
}

/// Leaves the session's settings as they were.
pub(super) async fn restore(client: &Client) -> Result<(), DatabaseError> {
    let names = [
        "client_connection_check_interval",
        "application_name",
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "statement_timeout",
    ];
    let reset: Vec<String> = names.iter().map(|name| format!("RESET {name}")).collect();
    // Separately: an old server does not know the first.
    for statement in reset {
        if let Err(error) = client.batch_execute(&statement).await
            && error.as_db_error().is_none()
        {
            return Err(failed("restore the session")(error));
        }
    }
    Ok(())
}

/// How long a statement of the step may wait for a lock and run, as settings.
pub(super) fn timeouts(step: &Step, options: &ApplyOptions) -> String {
    let is_harmless = blocks_nobody(step);
    let lock = if is_harmless && !step.in_transaction { options.patience } else { options.lock_timeout };
    let statement = match step.effort {
        _ if !step.in_transaction && is_harmless => 0,
        Effort::Scan | Effort::Build if is_harmless => 0,
        _ => milliseconds(options.statement_timeout),
    };
    let scope = if step.in_transaction { "LOCAL " } else { "" };
    format!("SET {scope}lock_timeout = {}; SET {scope}statement_timeout = {statement}", milliseconds(lock))
}

/// Nobody who reads or writes rows waits for it, or behind it.
fn blocks_nobody(step: &Step) -> bool {
    step.locks.iter().all(|lock| lock.level <= LockLevel::ShareUpdateExclusive)
}

pub(super) fn milliseconds(duration: Duration) -> u128 {
    // 0 would mean no limit.
    duration.as_millis().clamp(1, i32::MAX as u128)
}
