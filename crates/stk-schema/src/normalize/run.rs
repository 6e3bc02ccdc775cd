//! Running the statements of a scratch copy, and what Postgres refuses of them in words.

use tokio_postgres::Transaction;
use tokio_postgres::error::{ErrorPosition, SqlState};

use super::build::SCRATCH;
use crate::diagnostic::{Diagnostic, Origin, code};
use crate::plan::PlanError;
use crate::plan::sql::Sql;
use crate::postgres::{describe, failed};

/// Runs `statements` in one go; if that fails, again one by one to find everything that is refused.
pub(super) async fn run<'a>(
    mut scratch: Transaction<'a>,
    statements: &[Sql],
) -> Result<(Transaction<'a>, Vec<Diagnostic>), PlanError> {
    let doing = failed("build the schema in a scratch copy");
    let all = statements.iter().map(|sql| sql.text.as_str()).collect::<Vec<_>>().join(";\n");
    let attempt = scratch.savepoint("stk_all").await.map_err(&doing)?;
    match attempt.batch_execute(&all).await {
        Ok(()) => {
            attempt.commit().await.map_err(&doing)?;
            return Ok((scratch, Vec::new()));
        }
        Err(error) if error.as_db_error().is_none() => return Err(doing(error).into()),
        Err(_) => attempt.rollback().await.map_err(&doing)?,
    }
    one_by_one(scratch, statements).await
}

/// A statement that fails is tried again after the others, as long as that gets any further.
async fn one_by_one<'a>(
    mut scratch: Transaction<'a>,
    statements: &[Sql],
) -> Result<(Transaction<'a>, Vec<Diagnostic>), PlanError> {
    let doing = failed("build the schema in a scratch copy");
    let mut left: Vec<(&Sql, String)> = Vec::new();
    let mut path = String::new();
    for sql in statements {
        if sql.text.starts_with("SET LOCAL search_path") {
            path.clone_from(&sql.text);
        }
        left.push((sql, path.clone()));
    }
    loop {
        let mut failures: Vec<(&Sql, String, tokio_postgres::Error)> = Vec::new();
        let tried = left.len();
        for (sql, path) in left {
            let attempt = scratch.savepoint("stk_one").await.map_err(&doing)?;
            let text = if path.is_empty() { String::new() } else { format!("{path};\n") };
            let result = match attempt.batch_execute(&text).await {
                Ok(()) => attempt.batch_execute(&sql.text).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => attempt.commit().await.map_err(&doing)?,
                Err(error) if error.as_db_error().is_none() => return Err(doing(error).into()),
                Err(error) => {
                    attempt.rollback().await.map_err(&doing)?;
                    failures.push((sql, path, error));
                }
            }
        }
        if failures.is_empty() || failures.len() == tried {
            return Ok((scratch, faults(failures)?));
        }
        left = failures.into_iter().map(|(sql, path, _)| (sql, path)).collect();
    }
}

/// The causes among the failures; what failed only because another object is not there is not worth saying.
fn faults(failures: Vec<(&Sql, String, tokio_postgres::Error)>) -> Result<Vec<Diagnostic>, PlanError> {
    let mut faults = Vec::new();
    let has_cause = failures.iter().any(|(_, _, error)| !is_missing_object(error));
    for (index, (sql, _, error)) in failures.into_iter().enumerate() {
        let origin = culprit(sql, &error);
        if origin.0.is_none() {
            // Not the user's words: the role may lack the right to make a schema, for one.
            return Err(failed("build the schema in a scratch copy")(error).into());
        }
        if !is_missing_object(&error) || (!has_cause && index == 0) {
            faults.push(refused(&origin, &error));
        }
    }
    Ok(faults)
}

fn is_missing_object(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| *code == SqlState::UNDEFINED_TABLE)
}

fn refused(origin: &Origin, error: &tokio_postgres::Error) -> Diagnostic {
    let message = describe(error).replace(SCRATCH, "scratch_");
    let mut diagnostic = Diagnostic::at(code::REFUSED, origin, format!("Postgres refuses this: {message}"));
    diagnostic.hint = error.as_db_error().and_then(|db| db.hint()).map(str::to_owned);
    diagnostic
}

/// The object whose part of the statement Postgres points at.
fn culprit(sql: &Sql, error: &tokio_postgres::Error) -> Origin {
    let offset = match error.as_db_error().and_then(|db| db.position()) {
        // Characters from 1.
        Some(ErrorPosition::Original(position)) => {
            let characters = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
            sql.text.char_indices().nth(characters).map_or(sql.text.len(), |(at, _)| at)
        }
        _ => 0,
    };
    sql.origin_at(offset)
}
