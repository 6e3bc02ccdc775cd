//! Running a plan: exactly its steps, on exactly the database it was made for.
//!
//! Steps that may stand in a transaction run together in one: after an error nothing of them is there. An index
//! built concurrently runs by itself afterwards; if it fails, the invalid index is dropped, what was committed before
//! it stays, and planning again gives what is left to do. There is no ledger of applied plans here.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::fingerprint::fingerprint_within;
use crate::model::quote;
use crate::plan::{Leftover, Plan, Step};
use crate::postgres::{DatabaseError, describe, failed};

/// How long a step may wait and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyOptions {
    /// How long a statement waits for a lock, and with it everyone who queues behind it.
    pub lock_timeout: Duration,
    /// How long a statement in the transaction runs. Concurrent index builds have no limit: they block nobody.
    pub statement_timeout: Duration,
    /// How often the transaction is tried in all when a lock is not to be had.
    pub attempts_max: u32,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions {
            lock_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(60),
            attempts_max: 5,
        }
    }
}

/// What an apply did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub steps: usize,
    /// The fingerprint of the managed schemas now.
    pub fingerprint: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("another schema apply is running on this database")]
    Busy,
    #[error(
        "the database has changed since the plan was made: its fingerprint is {found}, the plan's {planned}"
    )]
    Drift { planned: String, found: String },
    /// A statement failed. What its transaction had done is undone; `committed` steps before it stay.
    #[error("step {number} of {total} ({summary}) failed: {message}\n{sql}{}", kept(*.committed))]
    Step {
        /// From 1.
        number: usize,
        total: usize,
        summary: String,
        sql: String,
        message: String,
        committed: usize,
    },
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn kept(committed: usize) -> String {
    match committed {
        0 => "\nnothing was changed".to_owned(),
        _ => format!("\nthe {committed} steps before it are done; plan again for the rest"),
    }
}

/// Any number will do, as long as every version of `stk` takes the same one.
const LOCK: i64 = 0x0073_746b_5f64_646c;

/// Runs `plan`. `client` must be a session of its own, not one behind a pooler that shares sessions.
///
/// # Errors
/// [`ApplyError`]; only under [`ApplyError::Step`] with `committed` above 0 is anything changed.
pub async fn apply(client: &mut Client, plan: &Plan, options: &ApplyOptions) -> Result<Applied, ApplyError> {
    let doing = failed("take the lock for schema changes");
    // Tried, not waited for: a waiting statement holds a snapshot, for which a concurrent index build would wait.
    let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await.map_err(&doing)?;
    if !row.try_get::<_, bool>(0).map_err(&doing)? {
        return Err(ApplyError::Busy);
    }
    let result = run(client, plan, options).await;
    let released = client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await;
    let applied = result?;
    released.map_err(failed("release the lock for schema changes"))?;
    Ok(applied)
}

async fn run(client: &mut Client, plan: &Plan, options: &ApplyOptions) -> Result<Applied, ApplyError> {
    let mut done = 0;
    check_fingerprint(client, plan).await?;
    for batch in plan.batches() {
        if batch[0].in_transaction {
            transaction(client, plan, done, batch, options).await?;
        } else {
            outside(client, plan, done, &batch[0], options).await?;
        }
        done += batch.len();
    }
    let fingerprint = crate::fingerprint(client, &plan.schemas).await?;
    Ok(Applied { steps: done, fingerprint })
}

async fn check_fingerprint(client: &mut Client, plan: &Plan) -> Result<(), ApplyError> {
    let found = crate::fingerprint(client, &plan.schemas).await?;
    same_fingerprint(plan, found)
}

fn same_fingerprint(plan: &Plan, found: String) -> Result<(), ApplyError> {
    if found == plan.fingerprint {
        return Ok(());
    }
    Err(ApplyError::Drift { planned: plan.fingerprint.clone(), found })
}

/// Runs `steps` in one transaction, again from its start if a lock could not be had in time.
async fn transaction(
    client: &mut Client,
    plan: &Plan,
    done: usize,
    steps: &[Step],
    options: &ApplyOptions,
) -> Result<(), ApplyError> {
    let mut attempt = 1;
    loop {
        match attempt_transaction(client, plan, done, steps, options).await? {
            Ok(()) => return Ok(()),
            Err((_, error)) if is_lock_timeout(&error) && attempt < options.attempts_max => attempt += 1,
            Err((index, error)) => return Err(step_error(plan, done + index, done, &error)),
        }
    }
}

type Attempt = Result<(), (usize, tokio_postgres::Error)>;

async fn attempt_transaction(
    client: &mut Client,
    plan: &Plan,
    done: usize,
    steps: &[Step],
    options: &ApplyOptions,
) -> Result<Attempt, ApplyError> {
    let mut transaction = client.transaction().await.map_err(failed("begin the schema change"))?;
    let settings = format!(
        "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
        milliseconds(options.lock_timeout),
        milliseconds(options.statement_timeout)
    );
    transaction.batch_execute(&settings).await.map_err(failed("set the timeouts"))?;
    if done == 0 {
        // Once more, now that nothing comes between the check and the first step but this very transaction.
        same_fingerprint(plan, fingerprint_within(&mut transaction, &plan.schemas).await?)?;
    }
    for (index, step) in steps.iter().enumerate() {
        if let Err(error) = transaction.batch_execute(&step.sql).await {
            // An error here changes nothing: without a commit the transaction is gone with its connection.
            let _ = transaction.rollback().await;
            return Ok(Err((index, error)));
        }
    }
    Ok(transaction.commit().await.map_err(|error| (steps.len() - 1, error)))
}

/// Runs a step that Postgres takes only outside a transaction; a failed index build leaves nothing behind.
async fn outside(
    client: &mut Client,
    plan: &Plan,
    done: usize,
    step: &Step,
    options: &ApplyOptions,
) -> Result<(), ApplyError> {
    let settings =
        format!("SET lock_timeout = {}; SET statement_timeout = 0", milliseconds(options.lock_timeout));
    client.batch_execute(&settings).await.map_err(failed("set the timeouts"))?;
    let result = client.batch_execute(&step.sql).await;
    if let (Err(_), Some(Leftover::InvalidIndex { schema, name })) = (&result, &step.leftover) {
        // If this fails too, the next plan finds the invalid index and drops it.
        let _ = drop_invalid(client, &format!("{}.{}", quote(schema), quote(name))).await;
    }
    client
        .batch_execute("RESET lock_timeout; RESET statement_timeout")
        .await
        .map_err(failed("reset the timeouts"))?;
    result.map_err(|error| step_error(plan, done, done, &error))
}

async fn drop_invalid(client: &Client, index: &str) -> Result<(), tokio_postgres::Error> {
    let invalid = "SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid";
    if client.query_opt(invalid, &[&index]).await?.is_some() {
        client.batch_execute(&format!("DROP INDEX CONCURRENTLY {index}")).await?;
    }
    Ok(())
}

fn is_lock_timeout(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

fn step_error(plan: &Plan, index: usize, committed: usize, error: &tokio_postgres::Error) -> ApplyError {
    let step = &plan.steps[index];
    ApplyError::Step {
        number: index + 1,
        total: plan.steps.len(),
        summary: step.summary.clone(),
        sql: step.sql.clone(),
        message: describe(error),
        committed,
    }
}

fn milliseconds(duration: Duration) -> u128 {
    // 0 would mean no limit.
    duration.as_millis().clamp(1, i32::MAX as u128)
}
