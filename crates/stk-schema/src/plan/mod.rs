//! The ordered steps that make a database what the HCL asks for, each with its SQL.
//!
//! Planning changes nothing: it reads the catalog, builds a scratch copy and rolls it back. What it can not plan is
//! an error that names the object, never silence. Renames, changes and drops are not planned yet, nor are hazards
//! and lock levels worked out.

mod hazard;
mod refuse;
pub(crate) mod render;
pub(crate) mod sql;
mod step;
mod steps;

use tokio_postgres::{Client, IsolationLevel, Transaction};

use crate::diagnostic::{Diagnostic, code};
use crate::diff::{Change, Place, diff};
use crate::inspect::{self, Extent, Renames};
use crate::model::{Column, DataType, Model};
use crate::normalize::normalize;
use crate::postgres::{DatabaseError, failed};
use crate::snapshot::{Snapshot, snapshot_within};
use render::Renderer;

pub use hazard::{Hazard, HazardClass, HazardCode, UnknownHazard};
pub use step::{Backfill, Effort, Leftover, Lock, LockLevel, Plan, Probe, Step};

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The schema is refused, by Postgres or because this version can not make the change.
    #[error("{}", .0.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n"))]
    Diagnostics(Vec<Diagnostic>),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Planning waits for nobody long: only looking for rows in a table takes a lock on it, the weakest there is.
const TIMEOUTS: &str = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'";

/// Works out what makes the database of `client` into `desired`, a model that [`crate::parse`] gave without
/// diagnostics. The role needs the right to create schemas in the database.
///
/// # Errors
/// [`PlanError::Diagnostics`] with everything that is refused, else what Postgres or the connection answers.
pub async fn plan(client: &mut Client, desired: &Model) -> Result<Plan, PlanError> {
    Ok(work_out(client, desired).await?.plan)
}

/// A plan with the two normal models that it stands between.
pub(crate) struct Planned {
    pub plan: Plan,
    pub live: Model,
    pub desired: Model,
}

/// [`plan`], with what it was worked out from.
pub(crate) async fn work_out(client: &mut Client, desired: &Model) -> Result<Planned, PlanError> {
    let schemas = desired.managed_schemas();
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .start()
        .await
        .map_err(failed("begin planning"))?;
    transaction.batch_execute(TIMEOUTS).await.map_err(failed("set the timeouts of planning"))?;
    let Snapshot { fingerprint, objects } = snapshot_within(&mut transaction, &schemas).await?;
    let desired = normalize(&mut transaction, desired).await?;
    let live = inspect::read(&transaction, &schemas, &Renames::default(), Extent::Database).await?;
    let changes = diff(&live, &desired);
    let mut refused: Vec<Diagnostic> = changes.iter().filter_map(refuse::not_done).collect();
    refused.extend(columns_on_rows(&transaction, &changes).await?);
    transaction.rollback().await.map_err(failed("end planning"))?;
    if !refused.is_empty() {
        refused.sort_by_key(|diagnostic| (diagnostic.file.clone(), diagnostic.line, diagnostic.column));
        return Err(PlanError::Diagnostics(refused));
    }
    let steps = steps::steps(&changes, &live);
    let plan = Plan { steps, fingerprint, schemas, objects, unmanaged: live.unmanaged.clone() };
    drop(changes);
    Ok(Planned { plan, live, desired })
}

/// Diagnostics for new columns that rows already there could not fill.
async fn columns_on_rows(
    transaction: &Transaction<'_>,
    changes: &[Change<'_>],
) -> Result<Vec<Diagnostic>, DatabaseError> {
    let unfilled: Vec<(Place<'_>, &str, &Column)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::AddColumn { place, name, column } if !fills_itself(column) => {
                Some((*place, *name, *column))
            }
            _ => None,
        })
        .collect();
    if unfilled.is_empty() {
        return Ok(Vec::new());
    }
    let has_rows = |(place, ..): &(Place<'_>, &str, &Column)| {
        format!("EXISTS (SELECT FROM {})", Renderer::Normal.qualified(place.schema, place.name))
    };
    let query = format!("SELECT ARRAY[{}]", unfilled.iter().map(has_rows).collect::<Vec<_>>().join(", "));
    let doing = failed("look for rows in the tables that get a column");
    let row = transaction.query_one(&query, &[]).await.map_err(&doing)?;
    let with_rows: Vec<bool> = row.try_get(0).map_err(&doing)?;
    let refused =
        unfilled.iter().zip(with_rows).filter(|(_, rows)| *rows).map(|((place, name, column), _)| {
            let table = format!("{}.{}", place.schema, place.name);
            let message =
                format!("the new column `{name}` is NOT NULL without a default, and `{table}` has rows");
            Diagnostic::at(code::NOT_NULL_ON_ROWS, &column.origin, message)
                .hint("give it a `default`, or `null = true` until the rows are filled")
        });
    Ok(refused.collect())
}

/// Whether rows that are already there get a value.
fn fills_itself(column: &Column) -> bool {
    column.null
        || column.default.is_some()
        || column.generated.is_some()
        || column.identity.is_some()
        || matches!(column.data_type, DataType::Serial(_))
}
