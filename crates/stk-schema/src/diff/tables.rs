//! The changes of tables and of what stands in them.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::change::{Change, KeyKind, Place};
use super::same::{
    is_made_anew, same_check, same_column, same_exclusion, same_foreign_key, same_index, same_key,
    same_policy, same_trigger,
};
use super::text::mentions;
use crate::model::{Check, Column, Index, Key, Policy, Schema, Table, Term, Trigger};

type Changes<'a> = Vec<Change<'a>>;

static NO_TABLE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(Table::default);

pub(super) fn compare_all<'a>(
    changes: &mut Changes<'a>,
    schema: &'a str,
    live: &'a Schema,
    desired: &'a Schema,
) {
    for (name, wanted) in &desired.tables {
        let place = Place { schema, name, origin: &wanted.origin };
        match live.tables.get(name) {
            Some(before) => compare(changes, place, before, wanted),
            None => {
                changes.push(Change::CreateTable { place, table: wanted });
                parts(changes, place, &NO_TABLE, wanted);
            }
        }
    }
    let gone = |name: &String| !desired.tables.contains_key(name) && !desired.partitions.contains_key(name);
    for (name, table) in live.tables.iter().filter(|(name, _)| gone(name)) {
        changes.push(Change::DropTable { place: Place { schema, name, origin: &desired.origin }, table });
    }
}

/// The changes of a table that is there on both sides.
pub(super) fn compare<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a Table, desired: &'a Table) {
    let same_key = match (&live.partition, &desired.partition) {
        (Some(a), Some(b)) => a.strategy == b.strategy && a.parts == b.parts,
        (a, b) => a.is_none() && b.is_none(),
    };
    if !same_key {
        changes.push(Change::AlterPartitionKey { place });
    }
    if live.unlogged != desired.unlogged {
        changes.push(Change::SetLogged { place, logged: !desired.unlogged });
    }
    if live.storage_params != desired.storage_params {
        let (before, after) = (&live.storage_params, &desired.storage_params);
        changes.push(Change::SetStorage { place, before, after });
    }
    columns(changes, place, live, desired);
    let anew = made_anew(live, desired);
    let has = |columns: &[String]| columns.iter().any(|column| anew.contains(column.as_str()));
    let key_goes = |key: &Key| has(&key.columns) || has(&key.include);
    let primary = live.primary_key.as_ref().filter(|key| !key_goes(key));
    primary_key(changes, place, primary, desired.primary_key.as_ref());
    for (name, key) in &desired.uniques {
        let kind = KeyKind::Unique;
        match live.uniques.get(name).filter(|key| !key_goes(key)) {
            None => changes.push(Change::AddKey { place, kind, key }),
            Some(before) if same_key_parts(before, key) => {}
            Some(before) => changes.push(Change::AlterKey { place, kind, before, after: key }),
        }
    }
    for (name, key) in &live.uniques {
        if !desired.uniques.contains_key(name) && !key_goes(key) {
            changes.push(Change::DropKey { place, kind: KeyKind::Unique, key });
        }
    }
    constraints(changes, place, live, desired, &anew);
    parts(changes, place, live, desired);
}

use same_key as same_key_parts;

/// The columns that the change makes anew; what stands on them goes with them.
fn made_anew<'a>(live: &Table, desired: &'a Table) -> HashSet<&'a str> {
    let anew = |(name, after): &(&String, &Column)| {
        live.columns.get(*name).is_some_and(|before| is_made_anew(before, after))
    };
    desired.columns.iter().filter(anew).map(|(name, _)| name.as_str()).collect()
}

fn columns<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a Table, desired: &'a Table) {
    for (name, column) in &desired.columns {
        if let Some(before) = live.columns.get(name).filter(|before| !same_column(before, column)) {
            changes.push(Change::AlterColumn { place, name, before, after: column });
        }
    }
    let new = |(name, _): &(&String, &Column)| !live.columns.contains_key(*name);
    // A column that is computed comes after those that it is computed from.
    for computed in [false, true] {
        for (name, column) in desired.columns.iter().filter(new) {
            if column.generated.is_some() == computed {
                changes.push(Change::AddColumn { place, name, column });
            }
        }
    }
    for (name, column) in live.columns.iter().filter(|(name, _)| !desired.columns.contains_key(*name)) {
        changes.push(Change::DropColumn { place, name, column });
    }
}

fn primary_key<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: Option<&'a Key>,
    desired: Option<&'a Key>,
) {
    let kind = KeyKind::Primary;
    match (live, desired) {
        (None, Some(key)) => changes.push(Change::AddKey { place, kind, key }),
        (Some(key), None) => changes.push(Change::DropKey { place, kind, key }),
        (Some(before), Some(after)) if !same_key(before, after) => {
            changes.push(Change::AlterKey { place, kind, before, after });
        }
        _ => {}
    }
}

fn constraints<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: &'a Table,
    desired: &'a Table,
    anew: &HashSet<&str>,
) {
    checks(changes, place, live, desired, anew);
    for (name, exclusion) in &desired.exclusions {
        match live.exclusions.get(name) {
            None => changes.push(Change::AddExclusion { place, name, exclusion }),
            Some(before) if same_exclusion(before, exclusion) => {}
            Some(_) => changes.push(Change::AlterExclusion { place, name, after: exclusion }),
        }
    }
    for name in live.exclusions.keys().filter(|name| !desired.exclusions.contains_key(*name)) {
        changes.push(Change::DropExclusion { place, name });
    }
}

/// Checks pair up by name; those that Postgres is left to name, by what they say.
fn checks<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: &'a Table,
    desired: &'a Table,
    anew: &HashSet<&str>,
) {
    let stays = |check: &&Check| !anew.iter().any(|column| mentions(&check.expr, column));
    let mut left: Vec<&Check> = live.checks.iter().filter(stays).collect();
    for check in desired.checks.iter().filter(|check| check.name.is_some()) {
        match left.iter().position(|before| before.name == check.name) {
            None => changes.push(Change::AddCheck { place, check }),
            Some(at) => {
                let before = left.remove(at);
                if !same_check(before, check) {
                    let name = check.name.as_deref().unwrap_or(place.name);
                    changes.push(Change::AlterCheck { place, name, before, after: check });
                }
            }
        }
    }
    for check in desired.checks.iter().filter(|check| check.name.is_none()) {
        match left.iter().position(|before| same_check(before, check)) {
            None => changes.push(Change::AddCheck { place, check }),
            Some(at) => drop(left.remove(at)),
        }
    }
    for check in left {
        changes.push(Change::DropCheck { place, name: check.name.as_deref().unwrap_or(place.name) });
    }
}

/// What is changed alike on new tables and on those that are there: indexes, foreign keys, triggers, policies.
fn parts<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a Table, desired: &'a Table) {
    let anew = made_anew(live, desired);
    let goes = |index: &Index| {
        index.include.iter().any(|column| anew.contains(column.as_str()))
            || anew.iter().any(|column| index.predicate.as_deref().is_some_and(|it| mentions(it, column)))
            || index.parts.iter().any(|part| match &part.term {
                Term::Column(column) => anew.contains(column.as_str()),
                Term::Expression(sql) => anew.iter().any(|column| mentions(sql, column)),
            })
    };
    let partitioned = desired.partition.is_some();
    for name in live.indexes.iter().filter(|(_, index)| goes(index)).map(|(name, _)| name) {
        if let Some(index) = desired.indexes.get(name) {
            changes.push(Change::AddIndex { place, name, index });
        }
    }
    indexes_but(changes, place, &live.indexes, &desired.indexes, partitioned, &goes);
    if std::ptr::eq(live, &*NO_TABLE) {
        for (name, exclusion) in &desired.exclusions {
            changes.push(Change::AddExclusion { place, name, exclusion });
        }
        for check in desired.checks.iter().filter(|check| check.not_valid) {
            changes.push(Change::AddCheck { place, check });
        }
    }
    for (name, key) in &desired.foreign_keys {
        match live.foreign_keys.get(name) {
            None => changes.push(Change::AddForeignKey { place, name, key }),
            Some(before) if before.columns.iter().any(|column| anew.contains(column.as_str())) => {
                changes.push(Change::AddForeignKey { place, name, key });
            }
            Some(before) if same_foreign_key(before, key) => {}
            Some(before) => changes.push(Change::AlterForeignKey { place, name, before, after: key }),
        }
    }
    for (name, key) in live.foreign_keys.iter().filter(|(name, _)| !desired.foreign_keys.contains_key(*name))
    {
        if !key.columns.iter().any(|column| anew.contains(column.as_str())) {
            changes.push(Change::DropForeignKey { place, name });
        }
    }
    triggers(changes, place, &live.triggers, &desired.triggers);
    policies(changes, place, &live.policies, &desired.policies);
    if live.row_security != desired.row_security {
        let (before, after) = (live.row_security, desired.row_security);
        changes.push(Change::SetRowSecurity { place, before, after });
    }
}

pub(super) fn indexes<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: &'a IndexMap<String, Index>,
    desired: &'a IndexMap<String, Index>,
    partitioned: bool,
) {
    indexes_but(changes, place, live, desired, partitioned, &|_| false);
}

/// [`indexes`] without those of the live ones that go by themselves.
fn indexes_but<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: &'a IndexMap<String, Index>,
    desired: &'a IndexMap<String, Index>,
    partitioned: bool,
    goes: &dyn Fn(&Index) -> bool,
) {
    for (name, index) in desired {
        match live.get(name) {
            None => changes.push(Change::AddIndex { place, name, index }),
            Some(before) if goes(before) => {}
            // An index on a partitioned table is also invalid while a partition lacks it: that is no leftover.
            Some(before) if before.invalid && !partitioned => {
                changes.push(Change::DropIndex { place, name, index: before });
                changes.push(Change::AddIndex { place, name, index });
            }
            Some(before) if same_index(before, index) => {}
            Some(before) => changes.push(Change::AlterIndex { place, name, before, after: index }),
        }
    }
    for (name, index) in live.iter().filter(|(name, index)| !desired.contains_key(*name) && !goes(index)) {
        changes.push(Change::DropIndex { place, name, index });
    }
}

pub(super) fn triggers<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: &'a IndexMap<String, Trigger>,
    desired: &'a IndexMap<String, Trigger>,
) {
    for (name, trigger) in desired {
        match live.get(name) {
            None => changes.push(Change::AddTrigger { place, name, trigger }),
            Some(before) if same_trigger(before, trigger) => {}
            Some(before) => changes.push(Change::AlterTrigger { place, name, before, after: trigger }),
        }
    }
    let gone = live.keys().filter(|name| !desired.contains_key(*name));
    changes.extend(gone.map(|name| Change::DropTrigger { place, name }));
}

fn policies<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: &'a IndexMap<String, Policy>,
    desired: &'a IndexMap<String, Policy>,
) {
    for (name, policy) in desired {
        match live.get(name) {
            None => changes.push(Change::AddPolicy { place, name, policy }),
            Some(before) if same_policy(before, policy) => {}
            Some(before) => changes.push(Change::AlterPolicy { place, name, before, after: policy }),
        }
    }
    let gone = live.keys().filter(|name| !desired.contains_key(*name));
    changes.extend(gone.map(|name| Change::DropPolicy { place, name }));
}
