//! Which result columns can never be null: sound before tight.
//!
//! Every rule here says "this is never null"; what no rule speaks of may be null. Nothing of a statement is run and
//! nothing is asked of the server: trees and the catalog snapshot in, one flag a column out.

mod aggregate;
mod builtin;
mod columns;
mod expr;
mod facts;
mod joins;
mod learn;
mod level;
mod rows;
mod written;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::catalog::Catalog;
use super::tree::{Expr, Oid, Query, Var};

/// For each result column of the statement, whether it is never null.
pub(crate) fn never_null(catalog: &Catalog, query: &Query) -> Vec<bool> {
    Judge::new(catalog).columns(query, None, &[])
}

/// The columns of a table that a valid CHECK keeps free of null. A check holds where it is not false.
pub(crate) fn columns_proved_by_check(check: &Expr) -> Vec<i16> {
    let facts = learn::learn(None, check, learn::Outcome::NotFalse);
    let column = |expr: &Expr| match expr {
        Expr::Var(Var { column, up: 0, .. }) if *column > 0 => Some(*column),
        _ => None,
    };
    facts.iter().filter_map(column).collect()
}

/// Whether a domain's CHECK refuses null.
pub(crate) fn value_proved_by_check(check: &Expr) -> bool {
    learn::learn(None, check, learn::Outcome::NotFalse).has(&Expr::CaseTest)
}

/// One judgement of one statement.
struct Judge<'c> {
    catalog: &'c Catalog,
    /// Columns of views by what is known of them from outside, so that a view that is used often is judged once.
    views: RefCell<HashMap<ViewKey, Rc<Vec<bool>>>>,
    /// False inside a materialised view: its rows may be older than the constraints of the tables below it.
    trusts_constraints: Cell<bool>,
    /// How deep in expressions, queries and views the judgement is.
    depth: Cell<usize>,
    steps: Cell<usize>,
}

/// How much deeper a query is than an expression, in what it takes of the stack.
const QUERY_DEPTH: usize = 4;

/// Beyond these nothing is proved any more, so that no statement and no schema can exhaust the stack or the clock.
const DEPTH_MAX: usize = 200;
const STEPS_MAX: usize = 500_000;

#[derive(PartialEq, Eq, Hash)]
struct ViewKey {
    id: Oid,
    trusts_constraints: bool,
    known: Vec<i16>,
}

impl<'c> Judge<'c> {
    fn new(catalog: &'c Catalog) -> Judge<'c> {
        Judge {
            catalog,
            views: RefCell::default(),
            trusts_constraints: Cell::new(true),
            depth: Cell::new(0),
            steps: Cell::new(0),
        }
    }

    /// Runs `judge` one step deeper, or answers what proves nothing where the judgement has gone on for too long.
    fn deeper<T: Default>(&self, depth: usize, judge: impl FnOnce() -> T) -> T {
        self.steps.set(self.steps.get() + 1);
        if self.depth.get() + depth > DEPTH_MAX || self.steps.get() > STEPS_MAX {
            return T::default();
        }
        self.depth.set(self.depth.get() + depth);
        let judged = judge();
        self.depth.set(self.depth.get() - depth);
        judged
    }
}
