//! The changes within a table that is there on both sides.

use indexmap::IndexMap;

use super::change::{Change, CommentOn, KeyKind, Place};
use super::comment;
use crate::model::{Check, Column, ForeignKey, Index, Key, Table};

type Changes<'a> = Vec<Change<'a>>;

pub(super) fn compare<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a Table, desired: &'a Table) {
    if live.partition != desired.partition {
        changes.push(Change::AlterPartition { place });
    }
    columns(changes, place, live, desired);
    primary_key(changes, place, live.primary_key.as_ref(), desired.primary_key.as_ref());
    for (name, key) in &desired.uniques {
        match live.uniques.get(name) {
            None => changes.push(Change::AddKey { place, kind: KeyKind::Unique, key }),
            Some(before) if same_key(before, key) => {}
            Some(before) => {
                changes.push(changed(place, "unique constraint", name, &key.origin, &before.beyond))
            }
        }
    }
    dropped(changes, place, "unique constraint", &live.uniques, &desired.uniques);
    indexes(changes, place, live, desired);
    for (name, key) in &desired.foreign_keys {
        match live.foreign_keys.get(name) {
            None => changes.push(Change::AddForeignKey { place, name, key }),
            Some(before) if same_foreign_key(before, key) => {}
            Some(before) => changes.push(changed(place, "foreign key", name, &key.origin, &before.beyond)),
        }
    }
    dropped(changes, place, "foreign key", &live.foreign_keys, &desired.foreign_keys);
    checks(changes, place, &live.checks, &desired.checks);
    for name in live.exclusions.keys() {
        changes.push(Change::DropConstraint { place, kind: "exclusion constraint", name });
    }
    comments(changes, place, Some(live), desired);
}

fn changed<'a>(
    place: Place<'a>,
    kind: &'static str,
    name: &'a str,
    origin: &'a crate::diagnostic::Origin,
    beyond: &'a [String],
) -> Change<'a> {
    Change::AlterConstraint { place, kind, name, origin, beyond }
}

fn dropped<'a, T>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    kind: &'static str,
    live: &'a IndexMap<String, T>,
    desired: &IndexMap<String, T>,
) {
    for name in live.keys().filter(|name| !desired.contains_key(*name)) {
        changes.push(Change::DropConstraint { place, kind, name });
    }
}

fn columns<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a Table, desired: &'a Table) {
    for (name, column) in &desired.columns {
        match live.columns.get(name) {
            None => changes.push(Change::AddColumn { place, name, column }),
            Some(before) if same_column(before, column) => {}
            Some(before) => changes.push(Change::AlterColumn { place, name, before, after: column }),
        }
    }
    for name in live.columns.keys().filter(|name| !desired.columns.contains_key(*name)) {
        changes.push(Change::DropColumn { place, name });
    }
}

fn same_column(a: &Column, b: &Column) -> bool {
    a.data_type == b.data_type
        && a.null == b.null
        && a.default == b.default
        && a.generated == b.generated
        && a.identity == b.identity
        && a.collate == b.collate
}

fn primary_key<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: Option<&'a Key>,
    desired: Option<&'a Key>,
) {
    let name = |key: &'a Key| key.name.as_deref().unwrap_or(place.name);
    match (live, desired) {
        (None, Some(key)) => changes.push(Change::AddKey { place, kind: KeyKind::Primary, key }),
        (Some(before), None) => {
            changes.push(Change::DropConstraint { place, kind: "primary key", name: name(before) });
        }
        (Some(before), Some(key)) => {
            let renamed = key.name.is_some() && key.name != before.name;
            if renamed || !same_key(before, key) {
                changes.push(changed(place, "primary key", name(before), &key.origin, &before.beyond));
            }
        }
        (None, None) => {}
    }
}

fn same_key(a: &Key, b: &Key) -> bool {
    a.columns == b.columns
        && a.include == b.include
        && a.nulls_distinct == b.nulls_distinct
        && a.beyond == b.beyond
}

fn indexes<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a Table, desired: &'a Table) {
    for (name, index) in &desired.indexes {
        let add = Change::AddIndex { place, name, index, on_new_table: false };
        match live.indexes.get(name) {
            None => changes.push(add),
            // An index on a partitioned table is also invalid while a partition lacks it: that is no leftover.
            Some(before) if before.invalid && desired.partition.is_none() => {
                changes.push(Change::DropInvalidIndex { place, name });
                changes.push(add);
            }
            Some(before) if same_index(before, index) => {}
            Some(before) => changes.push(Change::AlterIndex { place, name, before, after: index }),
        }
    }
    for name in live.indexes.keys().filter(|name| !desired.indexes.contains_key(*name)) {
        changes.push(Change::DropIndex { place, name });
    }
}

fn same_index(a: &Index, b: &Index) -> bool {
    a.unique == b.unique
        && a.method == b.method
        && a.parts == b.parts
        && a.include == b.include
        && a.predicate == b.predicate
        && a.nulls_distinct == b.nulls_distinct
        && a.pages_per_range == b.pages_per_range
        && a.beyond == b.beyond
}

fn same_foreign_key(a: &ForeignKey, b: &ForeignKey) -> bool {
    a.columns == b.columns
        && (&a.ref_schema, &a.ref_table) == (&b.ref_schema, &b.ref_table)
        && a.ref_columns == b.ref_columns
        && (a.on_update, a.on_delete) == (b.on_update, b.on_delete)
        && a.beyond == b.beyond
}

/// Checks pair up by name; those that Postgres is left to name, by what they say.
fn checks<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: &'a [Check], desired: &'a [Check]) {
    let mut left: Vec<&Check> = live.iter().collect();
    for check in desired.iter().filter(|check| check.name.is_some()) {
        match left.iter().position(|before| before.name == check.name) {
            None => changes.push(Change::AddCheck { place, check }),
            Some(at) => {
                let before = left.remove(at);
                if before.expr != check.expr || before.beyond != check.beyond {
                    let name = check.name.as_deref().unwrap_or(place.name);
                    changes.push(changed(place, "check", name, &check.origin, &before.beyond));
                }
            }
        }
    }
    for check in desired.iter().filter(|check| check.name.is_none()) {
        let same = |before: &Check| before.expr == check.expr && before.beyond == check.beyond;
        match left.iter().position(|before| same(before)) {
            None => changes.push(Change::AddCheck { place, check }),
            Some(at) => {
                left.remove(at);
            }
        }
    }
    for check in left {
        let name = check.name.as_deref().unwrap_or(place.name);
        changes.push(Change::DropConstraint { place, kind: "check", name });
    }
}

/// The comments of a table and all in it; `live` is `None` for a new table.
pub(super) fn comments<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: Option<&'a Table>,
    desired: &'a Table,
) {
    let before = live.and_then(|live| live.comment.as_deref());
    comment(changes, CommentOn::Table(place), before, desired.comment.as_deref());
    for (name, column) in &desired.columns {
        let before =
            live.and_then(|live| live.columns.get(name)).and_then(|column| column.comment.as_deref());
        comment(changes, CommentOn::Column(place, name), before, column.comment.as_deref());
    }
    for (name, index) in &desired.indexes {
        // An invalid leftover goes, and its comment with it.
        let before = live.and_then(|live| live.indexes.get(name)).filter(|index| !index.invalid);
        let before = before.and_then(|index| index.comment.as_deref());
        comment(changes, CommentOn::Index(place, name), before, index.comment.as_deref());
    }
    if let Some(key) = &desired.primary_key {
        let before = live.and_then(|live| live.primary_key.as_ref());
        if let Some(name) = key.name.as_deref().or(before.and_then(|key| key.name.as_deref())) {
            let before = before.and_then(|key| key.comment.as_deref());
            comment(changes, CommentOn::Constraint(place, name), before, key.comment.as_deref());
        }
    }
    for (name, key) in &desired.uniques {
        let before = live.and_then(|live| live.uniques.get(name)).and_then(|key| key.comment.as_deref());
        comment(changes, CommentOn::Constraint(place, name), before, key.comment.as_deref());
    }
    for (name, key) in &desired.foreign_keys {
        let before = live.and_then(|live| live.foreign_keys.get(name)).and_then(|key| key.comment.as_deref());
        comment(changes, CommentOn::Constraint(place, name), before, key.comment.as_deref());
    }
    for check in &desired.checks {
        let Some(name) = check.name.as_deref() else { continue };
        let before =
            live.and_then(|live| live.checks.iter().find(|before| before.name.as_deref() == Some(name)));
        let before = before.and_then(|check| check.comment.as_deref());
        comment(changes, CommentOn::Constraint(place, name), before, check.comment.as_deref());
    }
}
