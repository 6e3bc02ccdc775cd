//! What of a table needs no building: parts that the database has just so, left out and put back afterwards.

use indexmap::IndexMap;

use super::settled;
use crate::model::{Check, ForeignKey, Table};

/// Whether a table may be built in part: Postgres takes the parts of partitioned ones together.
pub(super) fn is_reducible(declared: &Table, live: &Table) -> bool {
    declared.partition.is_none() && live.partition.is_none()
}

/// What of `declared`, the table `own` of a schema and name, must be built, and the rest as `live` has it.
pub(super) fn reduce(
    own: (&str, &str),
    declared: &Table,
    live: &Table,
    is_mentioned: bool,
) -> (Table, Table) {
    let (mut built, mut left_out) = (declared.clone(), Table::default());
    split(&mut built.foreign_keys, &live.foreign_keys, &mut left_out.foreign_keys, settled::foreign_key);
    split(&mut built.exclusions, &live.exclusions, &mut left_out.exclusions, settled::exclusion);
    split(&mut built.policies, &live.policies, &mut left_out.policies, settled::policy);
    split(&mut built.triggers, &live.triggers, &mut left_out.triggers, settled::trigger);
    let same = |check: &Check| {
        live.checks.iter().find(|live| check.name.is_some() && settled::check(check, live)).cloned()
    };
    left_out.checks = declared.checks.iter().filter_map(same).collect();
    built.checks.retain(|check| same(check).is_none());
    // A foreign key, of another table or of its own, needs the key that it refers to.
    let is_own = |key: &ForeignKey| (key.ref_schema.as_str(), key.ref_table.as_str()) == own;
    if is_mentioned || built.foreign_keys.values().any(is_own) {
        return (built, left_out);
    }
    if let (Some(key), Some(live)) = (&declared.primary_key, &live.primary_key)
        && settled::key(key, live)
        // The key itself would make its columns NOT NULL.
        && key.columns.iter().all(|name| declared.columns.get(name).is_some_and(|column| !column.null))
    {
        built.primary_key = None;
        left_out.primary_key = Some(live.clone());
    }
    split(&mut built.uniques, &live.uniques, &mut left_out.uniques, settled::key);
    split(&mut built.indexes, &live.indexes, &mut left_out.indexes, settled::index);
    (built, left_out)
}

/// Moves what is the same in `live` out of `built`.
fn split<T: Clone>(
    built: &mut IndexMap<String, T>,
    live: &IndexMap<String, T>,
    left_out: &mut IndexMap<String, T>,
    same: fn(&T, &T) -> bool,
) {
    built.retain(|name, declared| match live.get(name).filter(|live| same(declared, live)) {
        Some(live) => {
            left_out.insert(name.clone(), live.clone());
            false
        }
        None => true,
    });
}

pub(super) fn put_back(table: &mut Table, left_out: Table) {
    table.primary_key = table.primary_key.take().or(left_out.primary_key);
    table.uniques.extend(left_out.uniques);
    table.indexes.extend(left_out.indexes);
    table.foreign_keys.extend(left_out.foreign_keys);
    table.exclusions.extend(left_out.exclusions);
    table.policies.extend(left_out.policies);
    table.triggers.extend(left_out.triggers);
    table.checks.extend(left_out.checks);
}
