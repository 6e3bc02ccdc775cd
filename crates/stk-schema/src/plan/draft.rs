//! Steps on their way into a plan: where each stands, and which must be committed together.
//!
//! A transaction holds strong locks on one table in use at most, so that it can not deadlock with those who use two,
//! and nothing that reads or writes a whole table shares a transaction with anything. Only a group stays together.

use super::step::{Effort, LockLevel, Step};

/// The order of a plan. Within a stage, steps stay in the order in which they were drafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// What an earlier plan left under a name of the engine's own goes first.
    Clean,
    Rename,
    /// Foreign keys that go: they would stand in the way of what changes at either end.
    Loosen,
    /// Values added to enums; nothing can use them before they are committed.
    Value,
    /// Schemas, extensions, and types that need no more than other types.
    Base,
    /// Views that stand in the way of a change of a column; they are made again in [`Stage::Make`].
    Clear,
    /// Changes that views and the like stand in the way of.
    Disturb,
    /// All that is new, by what needs what.
    Make,
    /// What hangs on tables and needs others: indexes of new tables, triggers, policies, partitions.
    Attach,
    Shadow,
    Index,
    NotNull,
    Key,
    Identity,
    Check,
    ForeignKey,
    Exclusion,
    /// What a column had to be until here, and needs no more.
    Relax,
    Grant,
    Comment,
    Drop,
}

#[derive(Debug)]
pub(super) struct Draft {
    pub stage: Stage,
    /// Neighbours of one group stay in one transaction.
    pub group: Option<usize>,
    pub step: Step,
}

/// Puts the drafts in order and says where transactions end.
pub(super) fn arrange(mut drafts: Vec<Draft>) -> Vec<Step> {
    drafts.sort_by_key(|draft| draft.stage);
    let mut steps: Vec<Step> = Vec::with_capacity(drafts.len());
    // Of the transaction so far.
    let mut locked: Option<(String, String)> = None;
    let mut before: Option<(Stage, Option<usize>, bool)> = None;
    for Draft { stage, group, mut step } in drafts {
        let alone = step.in_transaction && step.effort != Effort::Catalog;
        let strong = step.locks.iter().find(|lock| lock.level >= LockLevel::Share);
        let table = strong.map(|lock| (lock.schema.clone(), lock.table.clone()));
        if let Some((stage_before, group_before, alone_before)) = before {
            let together = group.is_some() && group == group_before;
            let other_table = table.is_some() && locked.is_some() && table != locked;
            let after_values = stage_before == Stage::Value && stage != Stage::Value;
            step.starts_anew |= !together && (alone || alone_before || other_table || after_values);
        }
        if step.starts_anew || !step.in_transaction {
            locked = None;
        }
        locked = table.or(locked);
        before = Some((stage, group, alone));
        steps.push(step);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::step::Lock;
    use super::*;

    fn draft(group: Option<usize>, table: &str, effort: Effort) -> Draft {
        let mut step = Step::new("", "");
        let (schema, table) = ("s".to_owned(), table.to_owned());
        step.locks.push(Lock { level: LockLevel::AccessExclusive, schema, table });
        step.effort = effort;
        Draft { stage: Stage::Make, group, step }
    }

    fn anew(drafts: Vec<Draft>) -> Vec<bool> {
        arrange(drafts).iter().map(|step| step.starts_anew).collect()
    }

    #[test]
    fn a_transaction_locks_one_table_and_scans_stand_alone_unless_grouped() {
        let catalog = Effort::Catalog;
        let drafts = vec![
            draft(None, "a", catalog),
            draft(None, "a", catalog),
            draft(None, "b", catalog),
            draft(None, "b", Effort::Scan),
            draft(None, "b", catalog),
        ];
        assert_eq!(anew(drafts), [false, false, true, true, true]);
        let group = Some(1);
        let drafts =
            vec![draft(group, "a", catalog), draft(group, "b", Effort::Rewrite), draft(group, "c", catalog)];
        assert_eq!(anew(drafts), [false, false, false]);
    }
}
