//! Whether an expression is never null.

use super::Judge;
use super::facts::Facts;
use super::learn::{Outcome, learn, learn_value};
use super::level::Scope;
use crate::statement::tree::{Expr, Query, SubLinkKind, Var};

impl Judge<'_> {
    pub(super) fn non_null(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        if scope.facts.has(expr) {
            return true;
        }
        if scope.grouped && scope.level.ungrouped.contains(&expr) {
            return false;
        }
        self.deeper(1, || self.judge(expr, scope))
    }

    fn judge(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        match expr {
            Expr::Const { bytes, .. } => bytes.is_some(),
            Expr::Var(var) => self.var(var, scope),
            Expr::Func { id, args, set: true, .. } => {
                scope.level.set_calls == 1 && self.set_column(*id, args, 0, scope)
            }
            Expr::Func { id, args, variadic, .. } => self.call(*id, args, *variadic, scope),
            Expr::Op { id, args } => self
                .catalog
                .operator_function(*id)
                .is_some_and(|function| self.call(function, args, false, scope)),
            Expr::ScalarArray { id, left, right, .. } => {
                self.safe_operator(*id)
                    && self.non_null(left, scope)
                    && self.non_null(right, scope)
                    && self.elements_non_null(right, scope)
            }
            Expr::And(args) => self.connective(args, Outcome::NotFalse, scope),
            Expr::Or(args) => self.connective(args, Outcome::NotTrue, scope),
            Expr::Not(arg) | Expr::Convert { arg, .. } => self.non_null(arg, scope),
            Expr::ToDomain { arg, domain } => {
                self.catalog.type_facts(*domain).is_some_and(|facts| facts.refuses_null)
                    || self.non_null(arg, scope)
            }
            Expr::Aggregate { .. } => self.aggregate(expr, scope),
            Expr::Window { .. } => self.window(expr, scope),
            Expr::Case { arg, whens, default } => self.case(arg.as_deref(), whens, default.as_deref(), scope),
            // GREATEST and LEAST pass over nulls, as COALESCE does.
            Expr::Coalesce(args) | Expr::MinMax(args) => {
                args.iter().any(|arg| self.non_null(arg, scope)) || self.covers_full_join(args, scope)
            }
            Expr::Distinct { .. }
            | Expr::IsNull { .. }
            | Expr::Truth { .. }
            | Expr::Array { .. }
            | Expr::Row(_)
            | Expr::Grouping => true,
            Expr::SubLink { kind, test, query } => self.sublink(*kind, test.as_deref(), query, scope),
            Expr::Subscript { array, indexes, slice, assigns, .. } => {
                // A slice beyond the bounds is empty, a single element there is null.
                *slice
                    && !*assigns
                    && self.all_non_null(std::iter::once(array.as_ref()).chain(indexes), scope)
            }
            Expr::Field { arg, .. } => match arg.as_ref() {
                Expr::Row(fields) => self.all_non_null(fields, scope),
                _ => false,
            },
            // The last one is CURRENT_SCHEMA, null where the search path names none that exists.
            Expr::SqlValue { op } => (0..14).contains(op),
            Expr::Param { .. } | Expr::NullIf { .. } | Expr::CaseTest | Expr::Default | Expr::Other(_) => {
                false
            }
        }
    }

    pub(super) fn all_non_null<'e>(
        &self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        scope: &Scope<'_>,
    ) -> bool {
        exprs.into_iter().all(|expr| self.non_null(expr, scope))
    }

    fn var(&self, var: &Var, scope: &Scope<'_>) -> bool {
        if var.old_or_new {
            return false;
        }
        let mut scope = scope;
        for _ in 0..var.up {
            match scope.level.parent {
                Some(parent) => scope = parent,
                None => return false,
            }
        }
        let var = Var { up: 0, ..*var };
        let expr = Expr::Var(var);
        if scope.facts.has(&expr) {
            return true;
        }
        let left_out = scope.grouped && scope.level.ungrouped.contains(&&expr);
        !left_out && self.column(&var, scope)
    }

    /// AND is null only where no side is false and one is null, OR where no side is true and one is null: if what
    /// that outcome of all sides tells leaves no side that could be null, the whole can not be.
    fn connective(&self, args: &[Expr], undecided: Outcome, scope: &Scope<'_>) -> bool {
        let decides = undecided == Outcome::NotTrue;
        if args.iter().any(|arg| arg.as_bool() == Some(decides)) {
            return true;
        }
        let mut facts = scope.facts.clone();
        for arg in args {
            facts = self.knowing(facts, &learn(Some(self.catalog), arg, undecided), scope);
        }
        self.all_non_null(args, &Scope { facts: &facts, ..*scope })
    }

    fn case(
        &self,
        arg: Option<&Expr>,
        whens: &[(Expr, Expr)],
        default: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> bool {
        let Some(default) = default else { return false };
        let mut facts = scope.facts.clone();
        for (when, then) in whens {
            let mut told = learn(Some(self.catalog), when, Outcome::True);
            if let (true, Some(arg)) = (told.remove(&Expr::CaseTest), arg) {
                told.extend(&learn_value(Some(self.catalog), arg));
            }
            drop_placeholders(&mut told);
            let taken = self.knowing(facts.clone(), &told, scope);
            if !self.non_null(then, &Scope { facts: &taken, ..*scope }) {
                return false;
            }
            let mut passed = learn(Some(self.catalog), when, Outcome::NotTrue);
            drop_placeholders(&mut passed);
            facts = self.knowing(facts, &passed, scope);
        }
        self.non_null(default, &Scope { facts: &facts, ..*scope })
    }

    /// `facts`, what was just learnt, and what the joins make of both.
    fn knowing(&self, mut facts: Facts, learnt: &Facts, scope: &Scope<'_>) -> Facts {
        if learnt.len() == 0 {
            return facts;
        }
        facts.extend(learnt);
        // What the joins say is true before grouping; past it a grouping set may have turned a column null again.
        let before_grouping = !scope.grouped || scope.level.ungrouped.is_empty();
        if before_grouping && !scope.written { scope.level.joins.close(facts) } else { facts }
    }

    fn sublink(&self, kind: SubLinkKind, test: Option<&Expr>, query: &Query, scope: &Scope<'_>) -> bool {
        match kind {
            SubLinkKind::Exists | SubLinkKind::Array => true,
            SubLinkKind::Scalar => {
                let level = self.level(query, Some(scope), &[]);
                self.yields_row(&level) && self.level_columns(&level, &[]).first() == Some(&true)
            }
            SubLinkKind::Any | SubLinkKind::All => {
                let comparisons = match test {
                    Some(Expr::And(comparisons)) => comparisons.as_slice(),
                    Some(comparison) => std::slice::from_ref(comparison),
                    None => return false,
                };
                comparisons.iter().all(|comparison| self.compares_values(comparison, scope))
                    && self.columns(query, Some(scope), &[]).iter().all(|non_null| *non_null)
            }
            SubLinkKind::Other => false,
        }
    }

    /// Whether a sublink's comparison with a column of its query is null only where that column is.
    fn compares_values(&self, comparison: &Expr, scope: &Scope<'_>) -> bool {
        let Expr::Op { id, args } = comparison else { return false };
        self.safe_operator(*id) && args.iter().all(|arg| is_sublink_param(arg) || self.non_null(arg, scope))
    }

    /// COALESCE over the two sides of a full join: every row has a match on the one or on the other.
    fn covers_full_join(&self, args: &[Expr], scope: &Scope<'_>) -> bool {
        let joins = &scope.level.joins;
        let with = |side: usize| {
            let mut matched = Facts::default();
            matched.insert_table(joins.name_of_side(side));
            let facts = self.knowing(scope.facts.clone(), &matched, scope);
            let scope = Scope { facts: &facts, ..*scope };
            args.iter().any(|arg| self.non_null(arg, &scope))
        };
        joins.full_joins(scope.facts).any(|(left, right)| with(left) && with(right))
    }

    /// Whether no element of an array is null.
    pub(super) fn elements_non_null(&self, array: &Expr, scope: &Scope<'_>) -> bool {
        match array {
            Expr::Array { elements, nested: true } => {
                elements.iter().all(|element| self.elements_non_null(element, scope))
            }
            Expr::Array { elements, nested: false } => self.all_non_null(elements, scope),
            // An array's third word is the offset of its data behind a map of nulls; 0 says there is no map.
            Expr::Const { bytes: Some(bytes), .. } => bytes.get(8..12) == Some(&[0; 4]),
            Expr::Func { id, args, set: false, .. } => self.elements_of_call(*id, args),
            Expr::SubLink { kind: SubLinkKind::Array, query, .. } => {
                self.columns(query, Some(scope), &[]).first() == Some(&true)
            }
            _ => false,
        }
    }
}

fn is_sublink_param(expr: &Expr) -> bool {
    match expr {
        Expr::Param { kind, .. } => *kind == crate::statement::tree::PARAM_SUBLINK,
        // The subquery's column may be cast before it is compared.
        Expr::Convert { arg, .. } => is_sublink_param(arg),
        _ => false,
    }
}

/// The placeholder of a CASE says nothing outside of it.
fn drop_placeholders(facts: &mut Facts) {
    facts.retain(|fact| !fact.any(&mut |part| matches!(part, Expr::CaseTest)));
}
