//! RETURNING: the columns of the row that was written.
//!
//! The table's constraints hold for it. What the statement assigns stands in it only where nothing can change it on
//! the way: no trigger before the row, no rule, no partition or foreign table with triggers of its own.

use super::Judge;
use super::facts::Facts;
use super::level::{Level, Scope};
use crate::statement::catalog::{Relation, RelationKind};
use crate::statement::tree::{Command, Expr, Oid, Query, Table, Target, Var};

/// Views on views beyond this are not followed.
const VIEWS_MAX: usize = 50;

impl Judge<'_> {
    pub(super) fn returned_columns(&self, level: &Level<'_>) -> Vec<bool> {
        let facts = self.facts_of_new_row(level);
        let scope = Scope { level, facts: &facts, grouped: false, written: true };
        level.query.output().map(|target| self.non_null(&target.expr, &scope)).collect()
    }

    /// What WHERE says of the old row holds for the new one only in the columns that stay as they were.
    fn facts_of_new_row(&self, level: &Level<'_>) -> Facts {
        let mut facts = level.rows.clone();
        let query = level.query;
        if query.command == Command::Delete {
            return facts;
        }
        let relation = written_relation(query).and_then(|id| self.catalog.relation(id));
        let kept = |column: i16| {
            query.command == Command::Update
                && relation.is_some_and(|relation| {
                    relation.is_plain()
                        && !relation.before_update
                        && !relation.generated.contains_key(&column)
                })
                && column > 0
                && assigned(&query.targets, column).is_none()
        };
        let changed = |part: &Expr| match part {
            Expr::Var(var) => var.up == 0 && var.rel == query.result && !kept(var.column),
            _ => false,
        };
        facts.retain(|fact| !fact.any(&mut |part| changed(part)));
        facts
    }

    pub(super) fn written_column(&self, column: i16, scope: &Scope<'_>) -> bool {
        let query = scope.level.query;
        let relation = written_relation(query).and_then(|id| self.catalog.relation(id));
        // A rule may put another statement, and its RETURNING, in place of this one.
        let Some(relation) = relation.filter(|relation| !relation.rules && !relation.instead_of) else {
            return false;
        };
        if column <= 0 {
            return relation.kind == RelationKind::Table && !relation.foreign;
        }
        match relation.kind {
            RelationKind::View => self.updatable_view_column(relation, column),
            RelationKind::Table if relation.not_null.contains(&column) => true,
            RelationKind::Table if relation.generated.contains_key(&column) => {
                written_relation(query).is_some_and(|id| self.generated_column(id, relation, column))
            }
            RelationKind::Table if !relation.is_plain() => false,
            RelationKind::Table => match query.command {
                Command::Insert => self.inserted(relation, column, scope.level),
                Command::Update => self.updated(relation, &query.targets, column, scope.level),
                _ => false,
            },
            RelationKind::MaterializedView | RelationKind::Other => false,
        }
    }

    fn inserted(&self, relation: &Relation, column: i16, level: &Level<'_>) -> bool {
        if relation.before_insert {
            return false;
        }
        let rows = level.row_scope();
        let value = assigned(&level.query.targets, column).filter(|value| **value != Expr::Default);
        let value = value.or_else(|| relation.defaults.get(&column));
        let inserted = value.is_some_and(|value| self.non_null(value, &rows));
        let conflict = level.query.conflict.as_ref().filter(|conflict| conflict.updates);
        inserted && conflict.is_none_or(|conflict| self.updated(relation, &conflict.set, column, level))
    }

    fn updated(&self, relation: &Relation, set: &[Target], column: i16, level: &Level<'_>) -> bool {
        let rows = level.row_scope();
        let value = assigned(set, column).filter(|value| **value != Expr::Default);
        !relation.before_update && value.is_some_and(|value| self.non_null(value, &rows))
    }

    /// A view that is written through shows the columns of the table below it. Its WHERE need not hold for a new row.
    fn updatable_view_column(&self, view: &Relation, column: i16) -> bool {
        let mut view = view;
        let mut column = column;
        for _ in 0..VIEWS_MAX {
            let Some(query) = view.view.as_ref().map(|view| &view.query) else { return false };
            let Some(Expr::Var(Var { rel, column: below, up: 0, .. })) = assigned(&query.targets, column)
            else {
                return false;
            };
            let Some(Table::Relation { id }) = query.table(*rel) else { return false };
            let relation = self.catalog.relation(*id);
            let Some(relation) = relation.filter(|relation| !relation.rules && !relation.instead_of) else {
                return false;
            };
            match relation.kind {
                RelationKind::Table => return relation.not_null.contains(below),
                RelationKind::View => (view, column) = (relation, *below),
                RelationKind::MaterializedView | RelationKind::Other => return false,
            }
        }
        false
    }
}

fn written_relation(query: &Query) -> Option<Oid> {
    match query.table(query.result)? {
        Table::Relation { id } => Some(*id),
        _ => None,
    }
}

fn assigned(targets: &[Target], column: i16) -> Option<&Expr> {
    targets.iter().find(|target| target.number == column && !target.junk).map(|target| &target.expr)
}
