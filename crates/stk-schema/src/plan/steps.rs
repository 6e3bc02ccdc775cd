//! Changes to steps, and their order.
//!
//! Schemas, enums, tables, columns, keys and checks, indexes of new tables, foreign keys (all tables are there by
//! then, so that cycles need no care), comments; then, outside the transaction, indexes on tables in use.

use super::Step;
use super::render::Renderer;
use super::sql::Sql;
use crate::diff::{Change, CommentOn, KeyKind, Place};
use crate::model::{Model, quote, quote_literal};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Schema,
    Enum,
    Table,
    Column,
    Constraint,
    Index,
    ForeignKey,
    Comment,
    Concurrent,
    CommentAfterConcurrent,
}

const RENDERER: Renderer<'static> = Renderer::Normal;

pub(super) fn steps(changes: &[Change<'_>], live: &Model) -> Vec<Step> {
    let concurrent: Vec<(&str, &str)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::AddIndex { place, name, on_new_table: false, .. } if !is_partitioned(live, *place) => {
                Some((place.schema, *name))
            }
            _ => None,
        })
        .collect();
    let mut steps: Vec<(Phase, Step)> =
        changes.iter().filter_map(|change| step(change, &concurrent)).collect();
    steps.sort_by_key(|(phase, _)| *phase);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// Postgres builds no index of a partitioned table concurrently.
fn is_partitioned(live: &Model, place: Place<'_>) -> bool {
    live.table(place.schema, place.name).is_some_and(|table| table.partition.is_some())
}

/// The step of one change; `None` for those that are refused before it comes to steps.
fn step(change: &Change<'_>, concurrent: &[(&str, &str)]) -> Option<(Phase, Step)> {
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
            (Phase::Column, within(sql, format!("add column {}.{name}", path(place))))
        }
        Change::AddKey { place, kind, key } => {
            let (word, kind) = match kind {
                KeyKind::Primary => ("PRIMARY KEY", "primary key"),
                KeyKind::Unique => ("UNIQUE", "unique constraint"),
            };
            let name = key.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
            let sql = RENDERER.add_key(place.schema, place.name, word, key);
            (Phase::Constraint, within(sql, format!("add {kind}{name} to {}", path(place))))
        }
        Change::AddCheck { place, check } => {
            let name = check.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
            let sql = RENDERER.add_check(place.schema, place.name, check);
            (Phase::Constraint, within(sql, format!("add check{name} to {}", path(place))))
        }
        Change::AddIndex { place, name, index, .. } => {
            let concurrently = concurrent.contains(&(place.schema, *name));
            let sql = RENDERER.create_index(place.schema, place.name, name, index, concurrently);
            let summary = format!("create index {name} on {}", path(place));
            if concurrently {
                let leftover_index = Some(RENDERER.qualified(place.schema, name));
                (Phase::Concurrent, Step { leftover_index, ..outside(sql.text, summary) })
            } else {
                (Phase::Index, within(sql, summary))
            }
        }
        Change::DropInvalidIndex { place, name } => {
            let sql = format!("DROP INDEX CONCURRENTLY {}", RENDERER.qualified(place.schema, name));
            (Phase::Concurrent, outside(sql, format!("drop the invalid index {name} of {}", path(place))))
        }
        Change::AddForeignKey { place, name, key } => {
            let sql = RENDERER.add_foreign_key(place.schema, place.name, name, key);
            (Phase::ForeignKey, within(sql, format!("add foreign key {name} to {}", path(place))))
        }
        Change::SetComment { on, comment } => {
            let late = matches!(on, CommentOn::Index(place, name) if concurrent.contains(&(place.schema, *name)));
            let phase = if late { Phase::CommentAfterConcurrent } else { Phase::Comment };
            (phase, set_comment(on, *comment))
        }
        Change::DropEnum { .. }
        | Change::ChangeEnum { .. }
        | Change::DropTable { .. }
        | Change::DropColumn { .. }
        | Change::ChangeColumn { .. }
        | Change::ChangePartition { .. }
        | Change::DropIndex { .. }
        | Change::ChangeIndex { .. }
        | Change::DropConstraint { .. }
        | Change::ChangeConstraint { .. } => return None,
    })
}

fn path(place: &Place<'_>) -> String {
    format!("{}.{}", place.schema, place.name)
}

fn within(sql: Sql, summary: String) -> Step {
    Step { sql: sql.text, in_transaction: true, summary, leftover_index: None }
}

fn outside(sql: String, summary: String) -> Step {
    Step { sql, in_transaction: false, summary, leftover_index: None }
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
