//! The changes of comments. What is made anew has lost its own.

use indexmap::IndexMap;

use super::change::{Change, CommentOn, Place};
use super::same::{is_made_anew, same_view};
use crate::model::{Check, Column, Index, Schema, Table, Trigger, View};

type Changes<'a> = Vec<Change<'a>>;

pub(super) fn push<'a>(
    changes: &mut Changes<'a>,
    on: CommentOn<'a>,
    live: Option<&str>,
    desired: Option<&'a str>,
) {
    if live != desired {
        changes.push(Change::SetComment { on, comment: desired });
    }
}

macro_rules! each {
    ($changes:ident, $live:expr, $desired:expr, |$name:ident| $on:expr) => {
        for ($name, it) in $desired {
            let before = $live.get($name).and_then(|it| it.comment.as_deref());
            push($changes, $on, before, it.comment.as_deref());
        }
    };
}

pub(super) fn of_schema<'a>(
    changes: &mut Changes<'a>,
    schema: &'a str,
    live: &'a Schema,
    desired: &'a Schema,
) {
    push(changes, CommentOn::Schema(schema), live.comment.as_deref(), desired.comment.as_deref());
    let origin = &desired.origin;
    let place = |name: &'a str| Place { schema, name, origin };
    each!(changes, live.enums, &desired.enums, |name| CommentOn::Type(place(name)));
    each!(changes, live.domains, &desired.domains, |name| CommentOn::Type(place(name)));
    each!(changes, live.composites, &desired.composites, |name| CommentOn::Type(place(name)));
    each!(changes, live.sequences, &desired.sequences, |name| CommentOn::Sequence(place(name)));
    each!(changes, live.functions, &desired.functions, |name| CommentOn::Function(place(name)));
    each!(changes, live.partitions, &desired.partitions, |name| CommentOn::Table(place(name)));
    for (name, domain) in &desired.domains {
        let before = live.domains.get(name).map_or(&[][..], |domain| &domain.checks);
        checks(changes, before, &domain.checks, |check| CommentOn::DomainConstraint(place(name), check));
    }
    for (name, composite) in &desired.composites {
        let before = live.composites.get(name);
        for (field, it) in &composite.fields {
            let before = before.and_then(|it| it.fields.get(field)).and_then(|it| it.comment.as_deref());
            push(changes, CommentOn::Column(place(name), field), before, it.comment.as_deref());
        }
    }
    for (name, table) in &desired.tables {
        of_table(changes, place(name), live.tables.get(name), table);
    }
    for (name, view) in &desired.views {
        // A materialized view that changes is made anew.
        let stays = |before: &&View| !(before.materialized || view.materialized) || same_view(before, view);
        of_view(changes, place(name), live.views.get(name).filter(stays), view);
    }
}

fn of_view<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: Option<&'a View>, desired: &'a View) {
    let before = live.and_then(|it| it.comment.as_deref());
    push(changes, CommentOn::View(place, desired), before, desired.comment.as_deref());
    for (name, column) in &desired.columns {
        let before = live.and_then(|it| it.columns.get(name)).and_then(|it| it.comment.as_deref());
        push(changes, CommentOn::Column(place, name), before, column.comment.as_deref());
    }
    indexes(changes, place, live.map(|it| &it.indexes), &desired.indexes);
    triggers(changes, place, live.map(|it| &it.triggers), &desired.triggers);
}

fn indexes<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: Option<&'a IndexMap<String, Index>>,
    desired: &'a IndexMap<String, Index>,
) {
    for (name, index) in desired {
        // An invalid leftover goes, and its comment with it.
        let before = live.and_then(|it| it.get(name)).filter(|it| !it.invalid);
        let before = before.filter(|it| super::same::same_index_but_storage(it, index));
        push(
            changes,
            CommentOn::Index(place, name),
            before.and_then(|it| it.comment.as_deref()),
            index.comment.as_deref(),
        );
    }
}

fn triggers<'a>(
    changes: &mut Changes<'a>,
    place: Place<'a>,
    live: Option<&'a IndexMap<String, Trigger>>,
    desired: &'a IndexMap<String, Trigger>,
) {
    for (name, trigger) in desired {
        let before = live.and_then(|it| it.get(name));
        let before = before.filter(|it| super::same::same_trigger_but_enabled(it, trigger));
        let before = before.and_then(|it| it.comment.as_deref());
        push(changes, CommentOn::Trigger(place, name), before, trigger.comment.as_deref());
    }
}

fn of_table<'a>(changes: &mut Changes<'a>, place: Place<'a>, live: Option<&'a Table>, desired: &'a Table) {
    push(
        changes,
        CommentOn::Table(place),
        live.and_then(|it| it.comment.as_deref()),
        desired.comment.as_deref(),
    );
    for (name, column) in &desired.columns {
        let stays = |before: &&Column| !is_made_anew(before, column);
        let before = live.and_then(|it| it.columns.get(name)).filter(stays);
        push(
            changes,
            CommentOn::Column(place, name),
            before.and_then(|it| it.comment.as_deref()),
            column.comment.as_deref(),
        );
    }
    indexes(changes, place, live.map(|it| &it.indexes), &desired.indexes);
    triggers(changes, place, live.map(|it| &it.triggers), &desired.triggers);
    if let Some(key) = &desired.primary_key {
        let before = live.and_then(|it| it.primary_key.as_ref());
        if let Some(name) = key.name.as_deref().or(before.and_then(|key| key.name.as_deref())) {
            let stays = before.filter(|it| super::same::same_key(it, key));
            let before = stays.and_then(|key| key.comment.as_deref());
            push(changes, CommentOn::Constraint(place, name), before, key.comment.as_deref());
        }
    }
    for (name, key) in &desired.uniques {
        let before = live.and_then(|it| it.uniques.get(name)).filter(|it| super::same::same_key(it, key));
        push(
            changes,
            CommentOn::Constraint(place, name),
            before.and_then(|it| it.comment.as_deref()),
            key.comment.as_deref(),
        );
    }
    for (name, key) in &desired.foreign_keys {
        let before = live.and_then(|it| it.foreign_keys.get(name));
        let before = before.filter(|it| super::same::same_foreign_key_but_validity(it, key));
        push(
            changes,
            CommentOn::Constraint(place, name),
            before.and_then(|it| it.comment.as_deref()),
            key.comment.as_deref(),
        );
    }
    for (name, exclusion) in &desired.exclusions {
        let before = live.and_then(|it| it.exclusions.get(name));
        let before = before.filter(|it| super::same::same_exclusion(it, exclusion));
        push(
            changes,
            CommentOn::Constraint(place, name),
            before.and_then(|it| it.comment.as_deref()),
            exclusion.comment.as_deref(),
        );
    }
    for (name, policy) in &desired.policies {
        let before = live.and_then(|it| it.policies.get(name)).and_then(|it| it.comment.as_deref());
        push(changes, CommentOn::Policy(place, name), before, policy.comment.as_deref());
    }
    let before = live.map_or(&[][..], |it| &it.checks);
    checks(changes, before, &desired.checks, |name| CommentOn::Constraint(place, name));
}

fn checks<'a>(
    changes: &mut Changes<'a>,
    live: &'a [Check],
    desired: &'a [Check],
    on: impl Fn(&'a str) -> CommentOn<'a>,
) {
    for check in desired {
        let Some(name) = check.name.as_deref() else { continue };
        let before = live.iter().find(|it| it.name.as_deref() == Some(name));
        let before = before.filter(|it| super::same::same_check_but_validity(it, check));
        push(changes, on(name), before.and_then(|it| it.comment.as_deref()), check.comment.as_deref());
    }
}
