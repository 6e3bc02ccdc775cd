//! Two schemas side by side, neither of which needs to be a database's: what makes the first into the second.

use tokio_postgres::Client;

use crate::model::Model;
use crate::normalize::normalize;
use crate::plan::{PlanError, Step, steps_between};
use crate::postgres::failed;

/// One side of a comparison.
pub enum Side {
    /// As [`crate::parse`] gave it.
    Declared(Model),
    /// As [`crate::inspect()`] gave it.
    Inspected(Model),
}

/// The steps from one to the other, as on a database without rows. `client` is a database whose server knows the types
/// that the two speak of; it is left as it is.
///
/// # Errors
/// As [`crate::plan()`].
pub async fn compare(client: &mut Client, from: Side, to: Side) -> Result<Vec<Step>, PlanError> {
    let is_declared = matches!(from, Side::Declared(_));
    let (mut from, mut to) = (normal(client, from).await?, normal(client, to).await?);
    take_names(&mut from, &to);
    if is_declared {
        leave_alone(&from, &mut to);
    }
    steps_between(&from, &to)
}

/// Files that say nothing of an object's privileges, or of extensions, have no opinion on them.
fn leave_alone(from: &Model, to: &mut Model) {
    to.permissions.retain(|permission| from.permissions.iter().any(|known| known.on == permission.on));
    if from.extensions.is_empty() {
        to.extensions.clear();
    }
}

/// A declared key or check without a name has whichever name the other side's has.
fn take_names(from: &mut Model, to: &Model) {
    for (schema_name, schema) in &mut from.schemas {
        for (name, table) in &mut schema.tables {
            let Some(other) = to.table(schema_name, name) else { continue };
            if let (Some(key), Some(other)) = (&mut table.primary_key, &other.primary_key)
                && key.name.is_none()
            {
                key.name.clone_from(&other.name);
            }
            for check in table.checks.iter_mut().filter(|check| check.name.is_none()) {
                let same = other.checks.iter().find(|other| other.expr == check.expr);
                check.name = same.and_then(|same| same.name.clone());
            }
        }
    }
}

async fn normal(client: &mut Client, side: Side) -> Result<Model, PlanError> {
    let declared = match side {
        Side::Inspected(model) => return Ok(model),
        Side::Declared(model) => model,
    };
    let doing = failed("read a schema that is compared");
    let mut transaction = client.transaction().await.map_err(&doing)?;
    let normal = normalize(&mut transaction, &declared, &Model::default()).await?;
    transaction.rollback().await.map_err(&doing)?;
    Ok(normal)
}
