//! A rehearsal where no database can be created: the real schemas step aside within a transaction that is rolled back.
//!
//! Nobody else sees it: renaming a schema changes one row of the catalog, which others read as it was until a commit
//! that never comes. No lock on a table of the user's is taken.

use tokio_postgres::{Client, Transaction};

use super::run::{broken, fault, step};
use super::{Goal, RehearsalError, Rehearsed};
use crate::inspect::{self, Extent, Renames};
use crate::model::{Model, Schema, quote};
use crate::plan::Step;
use crate::postgres::{describe, failed};

/// A name that no user's schema has.
const ASIDE: &str = "stk_aside_";

/// The server's table of locks has no room for more in one transaction.
const OBJECTS_MAX: usize = 500;

pub(super) async fn rehearse(client: &mut Client, goal: &Goal<'_>) -> Result<Rehearsed, RehearsalError> {
    if goal.objects > OBJECTS_MAX {
        let message = format!(
            "it has {} objects, and without the right to create a database at most {OBJECTS_MAX} can be copied",
            goal.objects
        );
        return Err(RehearsalError::Copy { sql: String::new(), message });
    }
    let doing = failed("rehearse in a transaction");
    let mut transaction = client.transaction().await.map_err(&doing)?;
    let result = within(&mut transaction, goal).await;
    transaction.rollback().await.map_err(&doing)?;
    result
}

async fn within(transaction: &mut Transaction<'_>, goal: &Goal<'_>) -> Result<Rehearsed, RehearsalError> {
    let doing = failed("rehearse in a transaction");
    let settings = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'; \
                    SET LOCAL client_min_messages = warning";
    transaction.batch_execute(settings).await.map_err(&doing)?;
    let there = step_aside(transaction, goal).await?;
    super::run::build(transaction, &goal.build(&there)?).await?;
    let before = refused(transaction, goal.statements).await?;
    for (index, it) in goal.plan.steps.iter().enumerate() {
        step(transaction, &within_transaction(it)).await.map_err(|error| fault(goal.plan, index, &error))?;
    }
    let after = refused(transaction, goal.statements).await?;
    let model = inspect::read(transaction, &goal.plan.schemas, &Renames::default(), Extent::Database).await?;
    goal.compare(&model)?;
    Ok(Rehearsed { objects: goal.objects, broken: broken(&before, after), scratch: None })
}

/// Makes room for the copy, and says what is there then: empty schemas, and the extensions.
async fn step_aside(transaction: &Transaction<'_>, goal: &Goal<'_>) -> Result<Model, RehearsalError> {
    let mut there = Model { extensions: goal.before.extensions.clone(), ..Model::default() };
    for (number, schema) in goal.before.schemas.keys().enumerate() {
        let name = quote(schema);
        let aside = format!("ALTER SCHEMA {name} RENAME TO {ASIDE}{number}; CREATE SCHEMA {name}");
        transaction
            .batch_execute(&aside)
            .await
            .map_err(|error| RehearsalError::Copy { sql: aside.clone(), message: describe(&error) })?;
        there.schemas.insert(schema.clone(), Schema::default());
    }
    for (name, extension) in &goal.before.extensions {
        let Some(schema) = extension.schema.as_ref().filter(|it| there.schemas.contains_key(*it)) else {
            continue;
        };
        let follow = format!("ALTER EXTENSION {} SET SCHEMA {}", quote(name), quote(schema));
        transaction
            .batch_execute(&follow)
            .await
            .map_err(|error| RehearsalError::Copy { sql: follow.clone(), message: describe(&error) })?;
    }
    Ok(there)
}

/// Postgres builds no index concurrently in a transaction; on an empty table the other way comes to the same.
fn within_transaction(step: &Step) -> Step {
    let sql = if step.in_transaction { step.sql.clone() } else { step.sql.replacen(" CONCURRENTLY", "", 1) };
    Step { sql, ..step.clone() }
}

/// As [`super::run::refused`], each within a savepoint: a statement that fails must not end the transaction.
async fn refused(
    transaction: &mut Transaction<'_>,
    statements: &[&str],
) -> Result<Vec<Option<String>>, RehearsalError> {
    let doing = failed("prepare the statements of logic");
    let mut refused = Vec::with_capacity(statements.len());
    for sql in statements {
        let attempt = transaction.savepoint("stk_statement").await.map_err(&doing)?;
        let found = attempt.prepare(sql).await.err().map(|error| describe(&error));
        attempt.rollback().await.map_err(&doing)?;
        refused.push(found);
    }
    Ok(refused)
}
