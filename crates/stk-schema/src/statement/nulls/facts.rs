//! A set of expressions that are known not to be null in the rows under consideration.

use std::collections::HashSet;

use crate::statement::tree::{Expr, Var};

#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    exprs: HashSet<Expr>,
    /// The tables of this level with a column among them: such a table stands in the row with a row of its own.
    tables: HashSet<usize>,
}

impl Facts {
    pub(super) fn has(&self, expr: &Expr) -> bool {
        self.exprs.contains(expr)
    }

    pub(super) fn has_table(&self, rel: usize) -> bool {
        self.tables.contains(&rel)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Expr> {
        self.exprs.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.exprs.len() + self.tables.len()
    }

    pub(super) fn insert(&mut self, expr: Expr) {
        if let Expr::Var(Var { rel, up: 0, old_or_new: false, .. }) = expr {
            self.tables.insert(rel);
        }
        self.exprs.insert(expr);
    }

    /// Says of a table that it stands in the row, whichever of its columns is null.
    pub(super) fn insert_table(&mut self, rel: usize) {
        self.tables.insert(rel);
    }

    pub(super) fn remove(&mut self, expr: &Expr) -> bool {
        self.exprs.remove(expr)
    }

    pub(super) fn extend(&mut self, other: &Facts) {
        self.exprs.extend(other.exprs.iter().cloned());
        self.tables.extend(&other.tables);
    }

    pub(super) fn common(mut self, other: &Facts) -> Facts {
        self.exprs.retain(|expr| other.exprs.contains(expr));
        self.tables.retain(|rel| other.tables.contains(rel));
        self
    }

    /// Forgets the expressions that `keep` refuses; tables stay known.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Expr) -> bool) {
        self.exprs.retain(keep);
    }

    /// The columns of `rel` among them, in order.
    pub(super) fn columns_of(&self, table: usize) -> Vec<i16> {
        let column = |expr: &Expr| match expr {
            Expr::Var(Var { rel, column, up: 0, old_or_new: false }) if *rel == table && *column > 0 => {
                Some(*column)
            }
            _ => None,
        };
        let mut columns: Vec<i16> = self.exprs.iter().filter_map(column).collect();
        columns.sort_unstable();
        columns
    }
}
