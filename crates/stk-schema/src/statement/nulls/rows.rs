//! Whether a query surely gives a row: a scalar subquery without one is null, an aggregate over none mostly too.

use super::columns::find_cte;
use super::level::Level;
use super::{Judge, QUERY_DEPTH};
use crate::statement::tree::{Command, Expr, From, GroupingSet, JoinKind, SetOp, SetTree, Table};

impl Judge<'_> {
    pub(super) fn yields_row(&self, level: &Level<'_>) -> bool {
        self.deeper(QUERY_DEPTH, || self.surely_yields_row(level))
    }

    fn surely_yields_row(&self, level: &Level<'_>) -> bool {
        let query = level.query;
        if query.command != Command::Select || query.offset.is_some() || query.having.is_some() {
            return false;
        }
        if !query.limit.as_ref().is_none_or(|limit| self.at_least_one(limit)) || level.set_calls > 0 {
            return false;
        }
        if let Some(set) = &query.set {
            return self.set_yields_row(set, level);
        }
        let whole = match (query.grouping_sets.is_empty(), query.groups.is_empty()) {
            (false, _) => query.grouping_sets.iter().all(GroupingSet::can_be_empty),
            (true, empty) => empty && query.has_aggregates,
        };
        whole || self.input_yields_row(level)
    }

    /// Whether a row reaches grouping and output.
    pub(super) fn input_yields_row(&self, level: &Level<'_>) -> bool {
        let query = level.query;
        query.filter.is_none() && query.from.iter().all(|item| self.item_yields_row(item, level))
    }

    pub(super) fn item_yields_row(&self, item: &From, level: &Level<'_>) -> bool {
        match item {
            From::Table(index) => self.table_yields_row(*index, level),
            From::All { items, filter } => {
                filter.is_none() && items.iter().all(|item| self.item_yields_row(item, level))
            }
            From::Join { kind, left, right, on } => {
                let (left, right) =
                    (|| self.item_yields_row(left, level), || self.item_yields_row(right, level));
                match kind {
                    JoinKind::Left => left(),
                    JoinKind::Right => right(),
                    JoinKind::Full => left() || right(),
                    JoinKind::Inner => {
                        on.as_ref().is_none_or(|on| on.as_bool() == Some(true)) && left() && right()
                    }
                }
            }
        }
    }

    fn table_yields_row(&self, index: usize, level: &Level<'_>) -> bool {
        let rows = level.row_scope();
        match level.query.table(index) {
            Some(Table::Values(lists)) => !lists.is_empty(),
            Some(Table::Subquery(query)) => self.yields_row(&self.level(query, Some(&rows), &[])),
            Some(Table::Functions { calls, .. }) => {
                calls.iter().any(|call| !matches!(call.expr, Expr::Func { set: true, .. }))
            }
            Some(Table::Cte { name, up }) => find_cte(name, *up, level).is_some_and(|(home, cte)| {
                let rows = home.row_scope();
                !cte.recursive && self.yields_row(&self.level(&cte.query, Some(&rows), &[]))
            }),
            _ => false,
        }
    }

    fn set_yields_row(&self, set: &SetTree, level: &Level<'_>) -> bool {
        match set {
            SetTree::Arm(index) => self.table_yields_row(*index, level),
            SetTree::Node { op: SetOp::Union, left, right } => {
                self.set_yields_row(left, level) || self.set_yields_row(right, level)
            }
            SetTree::Node { .. } => false,
        }
    }

    /// A LIMIT that lets a row through; `LIMIT NULL` is none.
    fn at_least_one(&self, limit: &Expr) -> bool {
        match limit {
            Expr::Const { bytes: None, .. } => true,
            // An integer in the server's memory, of whichever byte order: zero is zero in all bytes.
            Expr::Const { bytes: Some(bytes), .. } => bytes.iter().any(|byte| *byte != 0),
            // A literal is an int4 that is cast to int8.
            Expr::Func { id, args, .. } => {
                let builtin = self.catalog.function(*id).and_then(|function| function.builtin.as_ref());
                builtin.is_some_and(|builtin| builtin.source == "int48")
                    && args
                        .first()
                        .is_some_and(|arg| matches!(arg, Expr::Const { .. }) && self.at_least_one(arg))
            }
            _ => false,
        }
    }
}
