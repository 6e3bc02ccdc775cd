//! The changes of partitions: made, dropped, attached, detached, given other bounds.
//!
//! Partitions of a table for which the schema names none are left alone.

use super::change::{Change, Place};
use super::text::same_sql;
use crate::model::{Bound, Model, PartitionTable, Schema};

pub(super) fn compare<'a>(
    changes: &mut Vec<Change<'a>>,
    schema: &'a str,
    (live, before): (&'a Model, &'a Schema),
    (desired, after): (&'a Model, &'a Schema),
) {
    for (name, partition) in &after.partitions {
        let place = Place { schema, name, origin: &partition.origin };
        match before.partitions.get(name) {
            None if before.tables.contains_key(name) => {
                changes.push(Change::AttachPartition { place, partition });
            }
            None => changes.push(Change::CreatePartition { place, partition }),
            Some(found) if same(found, partition) => {}
            Some(found) => changes.push(Change::AlterPartition { place, before: found, after: partition }),
        }
    }
    for (name, partition) in &before.partitions {
        if after.partitions.contains_key(name) || !is_managed(live, desired, partition) {
            continue;
        }
        let origin = after.tables.get(name).map_or(&after.origin, |table| &table.origin);
        let place = Place { schema, name, origin };
        if after.tables.contains_key(name) {
            changes.push(Change::DetachPartition { place, partition });
        } else if survives(desired, partition) {
            changes.push(Change::DropPartition { place, partition });
        }
    }
}

fn same(a: &PartitionTable, b: &PartitionTable) -> bool {
    let same_bound = match (&a.bound, &b.bound) {
        (Bound::Values(a), Bound::Values(b)) => same_sql(a, b),
        (a, b) => a == b,
    };
    same_bound
        && (&a.parent_schema, &a.parent) == (&b.parent_schema, &b.parent)
        && a.partition == b.partition
        && a.unlogged == b.unlogged
        && a.storage_params == b.storage_params
        && a.beyond == b.beyond
}

/// Whether the schema names partitions of the same table, or the table itself goes.
pub(crate) fn is_managed(live: &Model, desired: &Model, partition: &PartitionTable) -> bool {
    let root = root(live, partition);
    let of_root = |it: &PartitionTable| self::root(desired, it) == root;
    desired.schemas.values().flat_map(|schema| schema.partitions.values()).any(of_root)
        || !survives(desired, partition)
        || desired.schemas.get(&partition.parent_schema).is_none()
}

/// Whether what it is a partition of stays.
fn survives(desired: &Model, partition: &PartitionTable) -> bool {
    let schema = desired.schemas.get(&partition.parent_schema);
    schema.is_some_and(|it| {
        it.tables.contains_key(&partition.parent) || it.partitions.contains_key(&partition.parent)
    })
}

/// The table at the top, by schema and name.
fn root<'m>(model: &'m Model, partition: &'m PartitionTable) -> (&'m str, &'m str) {
    let mut top = partition;
    while let Some(above) =
        model.schemas.get(&top.parent_schema).and_then(|schema| schema.partitions.get(&top.parent))
    {
        top = above;
    }
    (&top.parent_schema, &top.parent)
}
