//! Changes to steps, and their order.
//!
//! Schemas, enums, tables, columns, keys and checks, indexes of new tables, foreign keys (all tables are there by
//! then, so that cycles need no care), comments; then, outside the transaction, indexes on tables in use, and what
//! needs those.

use std::collections::HashSet;

use super::render::Renderer;
use super::sql::Sql;
use super::{Leftover, Step};
use crate::diff::{Change, CommentOn, KeyKind, Place};
use crate::model::{Check, Index, Key, Model, quote, quote_literal};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Schema,
    Enum,
    Table,
    Column,
    /// After the columns that it is made from.
    GeneratedColumn,
    Constraint,
    Index,
    ForeignKey,
    Comment,
    Concurrent,
    /// What needs an index that is built concurrently.
    LateForeignKey,
    LateComment,
}

const RENDERER: Renderer<'static> = Renderer::Normal;

pub(super) fn steps(changes: &[Change<'_>], live: &Model) -> Vec<Step> {
    let late = Late::of(changes, live);
    let mut steps: Vec<(Phase, Step)> = changes.iter().filter_map(|change| step(change, &late)).collect();
    steps.sort_by_key(|(phase, _)| *phase);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// What comes after the transaction.
struct Late<'a> {
    /// Schema and name.
    indexes: HashSet<(&'a str, &'a str)>,
    /// Schema, table and name.
    foreign_keys: HashSet<(&'a str, &'a str, &'a str)>,
}

impl<'a> Late<'a> {
    fn of(changes: &'a [Change<'a>], live: &Model) -> Late<'a> {
        let mut indexes = HashSet::new();
        let mut unique = HashSet::new();
        for change in changes {
            if let Change::AddIndex { place, name, index, on_new_table: false } = change
                // Postgres builds no index of a partitioned table concurrently.
                && live.table(place.schema, place.name).is_none_or(|table| table.partition.is_none())
            {
                indexes.insert((place.schema, *name));
                if index.unique {
                    unique.insert((place.schema, place.name));
                }
            }
        }
        let needs_late_index = |change: &'a Change<'a>| match change {
            Change::AddForeignKey { place, name, key } => {
                let needs = unique.contains(&(key.ref_schema.as_str(), key.ref_table.as_str()));
                needs.then_some((place.schema, place.name, *name))
            }
            _ => None,
        };
        Late { foreign_keys: changes.iter().filter_map(needs_late_index).collect(), indexes }
    }

    fn comment(&self, on: &CommentOn<'_>) -> bool {
        match on {
            CommentOn::Index(place, name) => self.indexes.contains(&(place.schema, *name)),
            CommentOn::Constraint(place, name) => {
                self.foreign_keys.contains(&(place.schema, place.name, *name))
            }
            _ => false,
        }
    }
}

/// The step of one change; `None` for those that are refused before it comes to steps.
fn step(change: &Change<'_>, late: &Late<'_>) -> Option<(Phase, Step)> {
    Some(match change {
        Change::CreateSchema { name, schema } => {
            (Phase::Schema, within(RENDERER.create_schema(name, schema), format!("create schema {name}")))
        }
        Change::CreateEnum { place, definition } => {
            let sql = RENDERER.create_enum(place.schema, place.name, definition);
            (Phase::Enum, within(sql, format!("create enum {}", path(place))))
        }
        Change::CreateTable { place, table } => {
            let sql = RENDERER.create_table(place.schema, place.name, table);
            (Phase::Table, within(sql, format!("create table {}", path(place))))
        }
        Change::AddColumn { place, name, column } => {
            let sql = RENDERER.add_column(place.schema, place.name, name, column);
            let phase = if column.generated.is_some() { Phase::GeneratedColumn } else { Phase::Column };
            (phase, within(sql, format!("add column {}.{name}", path(place))))
        }
        Change::AddKey { place, kind, key } => (Phase::Constraint, add_key(place, *kind, key)),
        Change::AddCheck { place, check } => (Phase::Constraint, add_check(place, check)),
        Change::AddIndex { place, name, index, .. } => {
            let concurrently = late.indexes.contains(&(place.schema, *name));
            let phase = if concurrently { Phase::Concurrent } else { Phase::Index };
            (phase, add_index(place, name, index, concurrently))
        }
        Change::DropInvalidIndex { place, name } => {
            let sql = format!("DROP INDEX CONCURRENTLY {}", RENDERER.qualified(place.schema, name));
            (Phase::Concurrent, outside(sql, format!("drop the invalid index {name} of {}", path(place))))
        }
        Change::AddForeignKey { place, name, key } => {
            let is_late = late.foreign_keys.contains(&(place.schema, place.name, *name));
            let phase = if is_late { Phase::LateForeignKey } else { Phase::ForeignKey };
            let sql = RENDERER.add_foreign_key(place.schema, place.name, name, key);
            (phase, within(sql, format!("add foreign key {name} to {}", path(place))))
        }
        Change::SetComment { on, comment } => {
            let phase = if late.comment(on) { Phase::LateComment } else { Phase::Comment };
            (phase, set_comment(on, *comment))
        }
        Change::DropEnum { .. }
        | Change::AlterEnum { .. }
        | Change::DropTable { .. }
        | Change::DropColumn { .. }
        | Change::AlterColumn { .. }
        | Change::AlterPartition { .. }
        | Change::DropIndex { .. }
        | Change::AlterIndex { .. }
        | Change::DropConstraint { .. }
        | Change::AlterConstraint { .. } => return None,
    })
}

fn add_key(place: &Place<'_>, kind: KeyKind, key: &Key) -> Step {
    let (word, kind) = match kind {
        KeyKind::Primary => ("PRIMARY KEY", "primary key"),
        KeyKind::Unique => ("UNIQUE", "unique constraint"),
    };
    let sql = RENDERER.add_key(place.schema, place.name, word, key);
    within(sql, format!("add {kind}{} to {}", named(key.name.as_deref()), path(place)))
}

fn add_check(place: &Place<'_>, check: &Check) -> Step {
    let sql = RENDERER.add_check(place.schema, place.name, check);
    within(sql, format!("add check{} to {}", named(check.name.as_deref()), path(place)))
}

fn named(name: Option<&str>) -> String {
    name.map(|name| format!(" {name}")).unwrap_or_default()
}

fn add_index(place: &Place<'_>, name: &str, index: &Index, concurrently: bool) -> Step {
    let sql = RENDERER.create_index(place.schema, place.name, name, index, concurrently);
    let summary = format!("create index {name} on {}", path(place));
    if concurrently {
        let leftover = Leftover::InvalidIndex { schema: place.schema.to_owned(), name: name.to_owned() };
        outside(sql.text, summary).leaving(leftover)
    } else {
        within(sql, summary)
    }
}

fn path(place: &Place<'_>) -> String {
    format!("{}.{}", place.schema, place.name)
}

fn within(sql: Sql, summary: String) -> Step {
    Step::new(sql.text, summary)
}

fn outside(sql: String, summary: String) -> Step {
    Step::new(sql, summary).outside()
}

fn set_comment(on: &CommentOn<'_>, comment: Option<&str>) -> Step {
    let qualified = |place: &Place<'_>| RENDERER.qualified(place.schema, place.name);
    let (target, name) = match on {
        CommentOn::Schema(name) => (format!("SCHEMA {}", quote(name)), format!("schema {name}")),
        CommentOn::Enum(place) => (format!("TYPE {}", qualified(place)), path(place)),
        CommentOn::Table(place) => (format!("TABLE {}", qualified(place)), path(place)),
        CommentOn::Column(place, column) => {
            (format!("COLUMN {}.{}", qualified(place), quote(column)), format!("{}.{column}", path(place)))
        }
        CommentOn::Index(place, index) => {
            (format!("INDEX {}", RENDERER.qualified(place.schema, index)), format!("index {index}"))
        }
        CommentOn::Constraint(place, constraint) => (
            format!("CONSTRAINT {} ON {}", quote(constraint), qualified(place)),
            format!("constraint {constraint} of {}", path(place)),
        ),
    };
    let (value, verb) = match comment {
        Some(text) => (quote_literal(text), "comment on"),
        None => ("NULL".to_owned(), "remove the comment on"),
    };
    within(Sql::new(format!("COMMENT ON {target} IS {value}"), &Default::default()), format!("{verb} {name}"))
}
