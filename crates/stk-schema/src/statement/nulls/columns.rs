//! The columns of a query's result, and of the tables it reads.

use std::rc::Rc;

use super::level::{Level, Scope, Source};
use super::{Judge, QUERY_DEPTH, ViewKey};
use crate::statement::catalog::{Relation, RelationKind};
use crate::statement::tree::{Call, Command, Cte, Expr, Oid, Query, SetOp, SetTree, Table, Var};

impl Judge<'_> {
    /// For each column of the result whether it is never null, where those in `known` are known not to be.
    pub(super) fn columns(&self, query: &Query, parent: Option<&Scope<'_>>, known: &[i16]) -> Vec<bool> {
        self.deeper(QUERY_DEPTH, || {
            let level = self.level(query, parent, known);
            self.level_columns(&level, known)
        })
    }

    pub(super) fn level_columns(&self, level: &Level<'_>, known: &[i16]) -> Vec<bool> {
        let mut columns = match (&level.query.set, level.query.command) {
            (Some(set), _) => self.set_columns(set, level, known),
            (None, Command::Select) => {
                let scope = level.output_scope();
                level.query.output().map(|target| self.non_null(&target.expr, &scope)).collect()
            }
            (None, _) => self.returned_columns(level),
        };
        for (column, number) in columns.iter_mut().zip(1i16..) {
            *column |= known.contains(&number);
        }
        columns
    }

    fn set_columns(&self, set: &SetTree, level: &Level<'_>, known: &[i16]) -> Vec<bool> {
        match set {
            SetTree::Arm(index) => match level.query.table(*index) {
                Some(Table::Subquery(query)) => {
                    let scope = level.row_scope();
                    self.columns(query, Some(&scope), known)
                }
                _ => Vec::new(),
            },
            SetTree::Node { op, left, right } => {
                let left = self.set_columns(left, level, known);
                let right = self.set_columns(right, level, known);
                let both = left.iter().zip(&right);
                match op {
                    SetOp::Union => both.map(|(left, right)| *left && *right).collect(),
                    SetOp::Intersect => both.map(|(left, right)| *left || *right).collect(),
                    SetOp::Except => left,
                }
            }
        }
    }

    /// Whether a column of a table of `scope`'s own level is never null there.
    pub(super) fn column(&self, var: &Var, scope: &Scope<'_>) -> bool {
        let level = scope.level;
        let Some(table) = level.query.table(var.rel) else { return false };
        match table {
            // A join's own column stands for an expression over its sides, which has their nulls.
            Table::Join { columns } => {
                nth(columns, var.column).is_some_and(|expr| self.non_null(expr, scope))
            }
            Table::Group(exprs) => nth(exprs, var.column).is_some_and(|expr| self.non_null(expr, scope)),
            _ if scope.written && var.rel == level.query.result => self.written_column(var.column, scope),
            _ if !level.joins.present(var.rel, scope.facts) => false,
            Table::Relation { id } => self.relation_column(*id, var, scope),
            Table::Functions { calls, ordinality } => {
                self.function_column(calls, *ordinality, var.column, level)
            }
            Table::Subquery(_) | Table::Cte { .. } | Table::Values(_) if var.column == 0 => true,
            _ => nth(&self.table_columns(var.rel, scope), var.column).copied().unwrap_or(false),
        }
    }

    fn relation_column(&self, id: Oid, var: &Var, scope: &Scope<'_>) -> bool {
        let Some(relation) = self.catalog.relation(id) else { return false };
        match (relation.kind, var.column) {
            (_, 0) => true,
            (RelationKind::Table, ..0) => !relation.foreign,
            (_, ..0) => false,
            (RelationKind::View | RelationKind::MaterializedView, number) => {
                let known = scope.facts.columns_of(var.rel);
                nth(&self.view_columns(id, relation, known), number).copied().unwrap_or(false)
            }
            (_, number) => {
                self.trusts_constraints.get()
                    && (relation.not_null.contains(&number) || self.generated_column(id, relation, number))
            }
        }
    }

    /// A generated column is what its expression makes of the other columns, in every row. A table below may have
    /// another expression.
    pub(super) fn generated_column(&self, id: Oid, relation: &Relation, number: i16) -> bool {
        let expr = relation.generated.get(&number).filter(|_| !relation.foreign && !relation.children);
        expr.is_some_and(|expr| {
            let row = Query { tables: vec![Table::Relation { id }], ..Query::default() };
            let level = self.level(&row, None, &[]);
            self.non_null(expr, &level.row_scope())
        })
    }

    fn view_columns(&self, id: Oid, relation: &Relation, known: Vec<i16>) -> Rc<Vec<bool>> {
        let trusted = self.trusts_constraints.get();
        let key = ViewKey { id, trusts_constraints: trusted, known };
        if let Some(columns) = self.views.borrow().get(&key) {
            return Rc::clone(columns);
        }
        let Some(view) = relation.view.as_ref() else { return Rc::default() };
        self.trusts_constraints.set(trusted && relation.kind == RelationKind::View);
        let columns = Rc::new(self.columns(&view.query, None, &key.known));
        self.trusts_constraints.set(trusted);
        self.views.borrow_mut().insert(key, Rc::clone(&columns));
        columns
    }

    /// The columns of a subquery, a CTE or VALUES in FROM.
    fn table_columns(&self, index: usize, scope: &Scope<'_>) -> Rc<Vec<bool>> {
        let level = scope.level;
        let known = scope.facts.columns_of(index);
        let key = (Source::Table(index), known);
        if let Some(columns) = level.columns.borrow().get(&key) {
            return Rc::clone(columns);
        }
        let rows = level.row_scope();
        let columns = match level.query.table(index) {
            Some(Table::Subquery(query)) => Rc::new(self.columns(query, Some(&rows), &key.1)),
            Some(Table::Values(lists)) => {
                let width = lists.first().map_or(0, Vec::len);
                let column =
                    |at| lists.iter().all(|list| list.get(at).is_some_and(|e| self.non_null(e, &rows)));
                Rc::new((0..width).map(column).collect())
            }
            // Not kept here: what a recursive CTE has is an assumption while it is judged.
            Some(Table::Cte { name, up }) => return self.cte_columns(name, *up, &rows, &key.1),
            _ => Rc::default(),
        };
        level.columns.borrow_mut().insert(key, Rc::clone(&columns));
        columns
    }

    fn cte_columns(&self, name: &str, up: u32, scope: &Scope<'_>, known: &[i16]) -> Rc<Vec<bool>> {
        let Some((level, cte)) = find_cte(name, up, scope.level) else { return Rc::default() };
        if let Some(assumed) = level.assumed.borrow().get(name) {
            return Rc::clone(assumed);
        }
        let known = if cte.recursive { &[] } else { known };
        let key = (Source::Cte(name.to_owned()), known.to_vec());
        if let Some(columns) = level.columns.borrow().get(&key) {
            return Rc::clone(columns);
        }
        let rows = level.row_scope();
        let columns = if cte.recursive {
            self.recursive_columns(cte, level, &rows)
        } else {
            Rc::new(self.columns(&cte.query, Some(&rows), known))
        };
        level.columns.borrow_mut().insert(key, Rc::clone(&columns));
        columns
    }

    /// Assumes that no column has nulls and takes back what does not hold, until nothing changes: by induction over
    /// the rounds of the recursion, what is left is true of every row.
    fn recursive_columns(&self, cte: &Cte, level: &Level<'_>, rows: &Scope<'_>) -> Rc<Vec<bool>> {
        let width = cte.query.output().count();
        let mut assumed = Rc::new(vec![true; width]);
        loop {
            level.assumed.borrow_mut().insert(cte.name.clone(), Rc::clone(&assumed));
            let found = self.columns(&cte.query, Some(rows), &[]);
            let next: Vec<bool> = assumed.iter().zip(&found).map(|(old, new)| *old && *new).collect();
            if next == *assumed {
                level.assumed.borrow_mut().remove(&cte.name);
                return assumed;
            }
            assumed = Rc::new(next);
        }
    }

    fn function_column(&self, calls: &[Call], ordinality: bool, column: i16, level: &Level<'_>) -> bool {
        let width: usize = calls.iter().map(|call| call.columns).sum();
        let Some(at) = usize::try_from(column).ok().and_then(|column| column.checked_sub(1)) else {
            return false;
        };
        match calls {
            _ if ordinality && at == width => true,
            // Several are padded with nulls to one length.
            [call] if at < width => match &call.expr {
                Expr::Func { set: true, id, args, .. } => self.set_column(*id, args, at, &level.row_scope()),
                expr => width == 1 && self.non_null(expr, &level.row_scope()),
            },
            _ => false,
        }
    }
}

pub(super) fn find_cte<'l>(name: &str, up: u32, level: &'l Level<'l>) -> Option<(&'l Level<'l>, &'l Cte)> {
    let mut level = level;
    for _ in 0..up {
        level = level.parent?.level;
    }
    let cte = level.query.ctes.iter().find(|cte| cte.name == name)?;
    Some((level, cte))
}

fn nth<T>(items: &[T], number: i16) -> Option<&T> {
    items.get(usize::try_from(number).ok()?.checked_sub(1)?)
}
