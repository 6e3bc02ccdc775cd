//! Where a plan begins: at its first step, or where an earlier apply of it was cut short.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::error::ApplyError;
use crate::ledger::{self, Entry, Open};
use crate::plan::{Plan, Step};
use crate::snapshot::{Snapshot, differences, snapshot};

/// How an apply starts.
pub(super) struct Start {
    pub entry: Entry,
    /// How many steps are done already.
    pub done: usize,
    /// The step after those may be done, half done or not begun.
    pub is_unsure: bool,
    /// Of that step, if it is a backfill: the key of the last row, and how many were written.
    pub backfill: (Option<Vec<String>>, i64),
}

/// Compares the database with the plan, or with the ledger where the plan was begun before.
pub(super) async fn start(
    client: &mut Client,
    plan: &Plan,
    target: &str,
    operator: &str,
) -> Result<Start, ApplyError> {
    let live = snapshot(client, &plan.schemas).await?;
    let open = if ledger::is_there(client).await? { ledger::open(client).await? } else { None };
    match open {
        Some(open) if open.plan_id == plan.id().to_string() => {
            fits(plan, &open, &live)?;
            open.entry.resume(client, operator).await?;
            let Open { entry, done, is_unsure, backfill, .. } = open;
            Ok(Start { entry, done, is_unsure, backfill })
        }
        _ => {
            same(&plan.fingerprint, &plan.objects, &live)?;
            ledger::prepare(client).await?;
            let entry = ledger::begin(client, plan, target, operator).await?;
            Ok(Start { entry, done: 0, is_unsure: false, backfill: (None, 0) })
        }
    }
}

/// Refuses a database that is not as expected, and says what differs.
pub(super) fn same(
    fingerprint: &str,
    objects: &BTreeMap<String, String>,
    live: &Snapshot,
) -> Result<(), ApplyError> {
    if live.fingerprint == fingerprint {
        return Ok(());
    }
    let changes = if objects.is_empty() { Vec::new() } else { differences(objects, &live.objects) };
    Err(ApplyError::Drift {
        planned: fingerprint.to_owned(),
        found: live.fingerprint.clone(),
        changes: changes.iter().map(|(object, how)| format!("{object} {how}")).collect(),
    })
}

/// Whether the database is as the last committed step left it, but for what the step after it may have done.
pub(crate) fn fits(plan: &Plan, open: &Open, live: &Snapshot) -> Result<(), ApplyError> {
    let changes = differences(&open.catalog.objects, &live.objects);
    let unsure = plan.steps.get(open.done).filter(|_| open.is_unsure);
    match unsure {
        Some(step) if explains(step, &changes) => Ok(()),
        _ => same(&open.catalog.fingerprint, &open.catalog.objects, live),
    }
}

/// Whether these changes may be the doing of this one statement.
fn explains(step: &Step, changes: &[(String, &'static str)]) -> bool {
    if step.backfill.is_some() {
        return changes.is_empty();
    }
    if step.locks.is_empty() {
        // Such as a value added to an enum.
        return changes.len() <= 1;
    }
    let bare = |name: &str| name.replace('"', "");
    let tables: Vec<String> =
        step.locks.iter().map(|lock| bare(&format!("{}.{}", lock.schema, lock.table))).collect();
    changes.iter().all(|(object, _)| tables.contains(&bare(object)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Lock, LockLevel};

    fn step_on(tables: &[&str]) -> Step {
        let lock = |table: &&str| Lock {
            level: LockLevel::ShareUpdateExclusive,
            schema: "public".to_owned(),
            table: (*table).to_owned(),
        };
        Step { locks: tables.iter().map(lock).collect(), ..Step::new("x", "x") }
    }

    fn changed(objects: &[&str]) -> Vec<(String, &'static str)> {
        objects.iter().map(|object| ((*object).to_owned(), "has changed")).collect()
    }

    #[test]
    fn an_interrupted_step_explains_its_own_tables_and_no_other() {
        assert!(explains(&step_on(&["a"]), &changed(&["public.a"])));
        assert!(explains(&step_on(&["A b"]), &changed(&["public.\"A b\""])));
        assert!(!explains(&step_on(&["a"]), &changed(&["public.a", "public.b"])));
        assert!(explains(&step_on(&[]), &changed(&["type public.mood"])));
        assert!(!explains(&step_on(&[]), &changed(&["type public.mood", "public.a"])));
    }
}
