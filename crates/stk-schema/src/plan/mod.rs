//! The ordered steps that make a database what the HCL asks for, each with its SQL.
//!
//! Planning changes nothing: it reads the catalog, builds a scratch copy and rolls it back. What Postgres has no way to
//! do is an error at the line that asks for it, never silence.

mod access;
mod columns;
mod constraints;
mod detached;
mod draft;
mod drops;
mod enums;
mod facts;
mod hazard;
mod indexes;
mod numbering;
mod objects;
mod order;
mod partitions;
mod planner;
mod renames;
pub(crate) mod render;
mod shadow;
pub(crate) mod sql;
mod step;
mod swap;
mod tables;
mod type_change;
mod views;

use tokio_postgres::{Client, IsolationLevel};

use crate::diagnostic::Diagnostic;
use crate::diff::{apply_renames, diff, is_managed, needed};
use crate::inspect::{self, Extent, Renames};
use crate::model::{Model, Unmanaged};
use crate::normalize::normalize;
use crate::postgres::{DatabaseError, failed};
use crate::snapshot::{Snapshot, snapshot_within};

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
    let schemas = schemas_of(desired);
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .start()
        .await
        .map_err(failed("begin planning"))?;
    transaction.batch_execute(TIMEOUTS).await.map_err(failed("set the timeouts of planning"))?;
    let Snapshot { fingerprint, objects } = snapshot_within(&mut transaction, &schemas).await?;
    let live = inspect::read(&transaction, &schemas, &Renames::default(), Extent::Database).await?;
    let desired = normalize(&mut transaction, desired, &live).await?;
    let mut renamed = live.clone();
    let renames = apply_renames(&mut renamed, &desired);
    detached::add_tables(&transaction, &mut renamed, &desired).await?;
    let changes = diff(&renamed, &desired);
    let facts = facts::gather(&mut transaction, &changes, &renames, &renamed).await?;
    transaction.rollback().await.map_err(failed("end planning"))?;
    let steps = planner::steps(&changes, &renames, (&renamed, &desired), &facts).map_err(|mut refused| {
        refused.sort_by_key(|diagnostic| (diagnostic.file.clone(), diagnostic.line, diagnostic.column));
        PlanError::Diagnostics(refused)
    })?;
    let unmanaged = unmanaged(&renamed, &desired);
    let plan = Plan { steps, fingerprint, schemas, objects, unmanaged };
    drop(changes);
    Ok(Planned { plan, live, desired })
}

/// What makes `live` into `desired` where there are no rows: both are normal models.
pub(crate) fn steps_between(live: &Model, desired: &Model) -> Result<Vec<Step>, PlanError> {
    let mut renamed = live.clone();
    let renames = apply_renames(&mut renamed, desired);
    let changes = diff(&renamed, desired);
    let facts = facts::Facts::default();
    planner::steps(&changes, &renames, (&renamed, desired), &facts).map_err(PlanError::Diagnostics)
}

/// The managed schemas, and those that one of them is renamed from.
fn schemas_of(desired: &Model) -> Vec<String> {
    let mut schemas = desired.managed_schemas();
    for old in desired.schemas.values().filter_map(|schema| schema.renamed_from.as_ref()) {
        if !schemas.contains(old) {
            schemas.push(old.clone());
        }
    }
    schemas
}

/// What the plan leaves alone: what the model can not say, what the schema uses and does not declare, and partitions
/// that somebody else makes.
fn unmanaged(live: &Model, desired: &Model) -> Vec<Unmanaged> {
    let mut unmanaged = live.unmanaged.clone();
    unmanaged.extend(needed(live, desired));
    for (schema, it) in &live.schemas {
        let known = desired.schemas.get(schema);
        for (name, partition) in &it.partitions {
            let declared =
                known.is_some_and(|it| it.partitions.contains_key(name) || it.tables.contains_key(name));
            if !declared && !is_managed(live, desired, partition) {
                unmanaged.push(Unmanaged {
                    kind: "partition".into(),
                    schema: schema.clone(),
                    name: name.clone(),
                });
            }
        }
    }
    unmanaged.sort();
    unmanaged
}
