//! Running statements on a copy, in batches, and preparing those of logic.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient};

use super::{BrokenStatement, RehearsalError};
use crate::plan::{Plan, Step};
use crate::postgres::describe;

/// Statements in one transaction at most: each new object takes places in the server's table of locks.
const BATCH: usize = 200;

/// Builds the copy: a transaction a batch, or within the one that there is.
pub(super) async fn build(client: &impl GenericClient, statements: &[String]) -> Result<(), RehearsalError> {
    for batch in statements.chunks(BATCH) {
        let text = batch.join(";\n");
        // Bodies of functions may speak of what is not copied.
        let text = format!("SET check_function_bodies = off;\n{text};\nRESET check_function_bodies");
        if let Err(error) = client.batch_execute(&text).await {
            let position = match error.as_db_error().and_then(|db| db.position()) {
                Some(tokio_postgres::error::ErrorPosition::Original(at)) => *at as usize,
                _ => 0,
            };
            let sql = statement_at(batch, position).unwrap_or_default();
            return Err(RehearsalError::Copy { sql, message: describe(&error) });
        }
    }
    Ok(())
}

/// Of several statements that ran as one text, the one that mentions what the error is about is not told; where Postgres
/// gives no position, nothing is claimed.
fn statement_at(batch: &[String], position: usize) -> Option<String> {
    let mut end = "SET check_function_bodies = off;\n".chars().count();
    for statement in batch {
        end += statement.chars().count() + 2;
        if position > 0 && position <= end {
            return Some(statement.clone());
        }
    }
    None
}

/// Runs the plan on a database without rows.
pub(super) async fn plan(client: &mut Client, plan: &Plan) -> Result<(), RehearsalError> {
    let mut index = 0;
    for batch in plan.batches() {
        for chunk in batch.chunks(BATCH) {
            if chunk.len() == 1 {
                step(client, &chunk[0]).await.map_err(|error| fault(plan, index, &error))?;
            } else {
                let all: Vec<&str> = chunk.iter().map(|step| step.sql.as_str()).collect();
                if client.batch_execute(&all.join(";\n")).await.is_err() {
                    one_by_one(client, plan, index, chunk).await?;
                }
            }
            index += chunk.len();
        }
    }
    Ok(())
}

/// Again, to learn which step it was.
async fn one_by_one(
    client: &mut Client,
    plan: &Plan,
    first: usize,
    steps: &[Step],
) -> Result<(), RehearsalError> {
    let doing = crate::postgres::failed("begin the rehearsal");
    let transaction = client.transaction().await.map_err(&doing)?;
    for (offset, it) in steps.iter().enumerate() {
        step(&transaction, it).await.map_err(|error| fault(plan, first + offset, &error))?;
    }
    Ok(transaction.commit().await.map_err(&doing)?)
}

/// One step; of a backfill, its first batch.
pub(super) async fn step(client: &impl GenericClient, step: &Step) -> Result<(), tokio_postgres::Error> {
    if step.backfill.is_none() {
        return client.batch_execute(&step.sql).await;
    }
    let (no_key, rows): (Option<Vec<String>>, i64) = (None, 1);
    client.query_typed(&step.sql, &[(&no_key, Type::TEXT_ARRAY), (&rows, Type::INT8)]).await?;
    Ok(())
}

pub(super) fn fault(plan: &Plan, index: usize, error: &tokio_postgres::Error) -> RehearsalError {
    let step = &plan.steps[index];
    RehearsalError::Step {
        number: index + 1,
        total: plan.steps.len(),
        summary: step.summary.clone(),
        sql: step.sql.clone(),
        message: describe(error),
    }
}

/// For each statement of logic that is not prepared, what Postgres says.
pub(super) async fn refused(client: &Client, statements: &[&str]) -> Vec<Option<String>> {
    let mut refused = Vec::with_capacity(statements.len());
    for sql in statements {
        refused.push(client.prepare(sql).await.err().map(|error| describe(&error)));
    }
    refused
}

/// Those that were prepared before and are not after.
pub(super) fn broken(before: &[Option<String>], after: Vec<Option<String>>) -> Vec<BrokenStatement> {
    let pairs = before.iter().zip(after).enumerate();
    pairs
        .filter_map(|(index, (before, after))| match (before, after) {
            (None, Some(message)) => Some(BrokenStatement { index, message }),
            _ => None,
        })
        .collect()
}
