//! What the outcome of a condition tells about null, by SQL's three-valued logic.
//!
//! Looks at the expression alone; whether a column is nullable in the first place does not matter here.

use super::facts::Facts;
use crate::statement::catalog::Catalog;
use crate::statement::tree::{Expr, PARAM_SUBLINK, SubLinkKind, TruthTest, Var};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    True,
    False,
    NotTrue,
    NotFalse,
}

impl Outcome {
    /// What it says of the argument of NOT.
    fn negated(self) -> Outcome {
        match self {
            Outcome::True => Outcome::False,
            Outcome::False => Outcome::True,
            Outcome::NotTrue => Outcome::NotFalse,
            Outcome::NotFalse => Outcome::NotTrue,
        }
    }

    /// What it says of a condition that is never null.
    fn certain(self) -> bool {
        matches!(self, Outcome::True | Outcome::NotFalse)
    }
}

/// What is not null once `expr` has come out as `outcome`. Without a catalog no function counts as strict.
pub(super) fn learn(catalog: Option<&Catalog>, expr: &Expr, outcome: Outcome) -> Facts {
    let learner = Learner { catalog };
    match expr {
        Expr::And(args) => match outcome {
            Outcome::True | Outcome::NotFalse => learner.all(args, outcome),
            Outcome::False | Outcome::NotTrue => learner.common(args, outcome),
        },
        Expr::Or(args) => match outcome {
            Outcome::False | Outcome::NotTrue => learner.all(args, outcome),
            Outcome::True | Outcome::NotFalse => learner.common(args, outcome),
        },
        Expr::Not(arg) => learn(catalog, arg, outcome.negated()),
        Expr::IsNull { arg, negated, row } => learner.null_test(arg, *negated == outcome.certain(), *row),
        Expr::Truth { arg, test } => learner.truth_test(arg, *test, outcome.certain()),
        Expr::Distinct { args } => learner.distinct(args, outcome.certain()),
        Expr::SubLink { kind, test, query } if outcome == Outcome::True => {
            learner.sublink(*kind, test.as_deref(), query)
        }
        Expr::ScalarArray { any, left, right, .. } if matches!(outcome, Outcome::True | Outcome::False) => {
            learner.scalar_array(expr, *any, left, right, outcome)
        }
        // `coalesce(x, false)` is true only where x is.
        Expr::Coalesce(args) if outcome.certain() && args.len() == 2 && args[1].as_bool() == Some(false) => {
            learn(catalog, &args[0], Outcome::True)
        }
        _ if matches!(outcome, Outcome::True | Outcome::False) => learner.value(expr),
        _ => Facts::default(),
    }
}

/// What is not null once `expr` is not.
pub(super) fn learn_value(catalog: Option<&Catalog>, expr: &Expr) -> Facts {
    Learner { catalog }.value(expr)
}

struct Learner<'c> {
    catalog: Option<&'c Catalog>,
}

impl Learner<'_> {
    fn all(&self, args: &[Expr], outcome: Outcome) -> Facts {
        let mut facts = Facts::default();
        args.iter().for_each(|arg| facts.extend(&learn(self.catalog, arg, outcome)));
        facts
    }

    fn common(&self, args: &[Expr], outcome: Outcome) -> Facts {
        let mut facts = args.iter().map(|arg| learn(self.catalog, arg, outcome));
        let first = facts.next().unwrap_or_default();
        facts.fold(first, |common, other| common.common(&other))
    }

    fn null_test(&self, arg: &Expr, not_null: bool, row: bool) -> Facts {
        let mut facts = Facts::default();
        match arg {
            _ if !not_null => {}
            // A whole row: one field that is not null shows that the row is there.
            Expr::Var(Var { rel, column: 0, up: 0, .. }) if row => facts.insert_table(*rel),
            // `ROW(…) IS NOT NULL` holds for every field, the negation of `IS NULL` for one of them only.
            Expr::Row(_) => {}
            _ => facts = self.value(arg),
        }
        facts
    }

    fn truth_test(&self, arg: &Expr, test: TruthTest, held: bool) -> Facts {
        let outcome = match (test, held) {
            (TruthTest::True, true) | (TruthTest::NotTrue, false) => Outcome::True,
            (TruthTest::True, false) | (TruthTest::NotTrue, true) => Outcome::NotTrue,
            (TruthTest::False, true) | (TruthTest::NotFalse, false) => Outcome::False,
            (TruthTest::False, false) | (TruthTest::NotFalse, true) => Outcome::NotFalse,
            (TruthTest::Unknown, false) | (TruthTest::NotUnknown, true) => return self.value(arg),
            (TruthTest::Unknown, true) | (TruthTest::NotUnknown, false) => return Facts::default(),
        };
        learn(self.catalog, arg, outcome)
    }

    /// `x IS DISTINCT FROM NULL`, `x IS NOT DISTINCT FROM 1`.
    fn distinct(&self, args: &[Expr], distinct: bool) -> Facts {
        let [left, right] = args else { return Facts::default() };
        let tells = |other: &Expr| {
            if distinct { other.is_null_const() } else { matches!(other, Expr::Const { bytes: Some(_), .. }) }
        };
        match (tells(left), tells(right)) {
            (_, true) => self.value(left),
            (true, _) => self.value(right),
            _ => Facts::default(),
        }
    }

    /// `x = ANY (array)` is false for an empty array and `x <> ALL (array)` true, whatever x is.
    fn scalar_array(&self, whole: &Expr, any: bool, left: &Expr, right: &Expr, outcome: Outcome) -> Facts {
        let mut facts = Facts::default();
        self.note(whole, &mut facts);
        facts.extend(&self.value(right));
        let strict = matches!(whole, Expr::ScalarArray { id, .. } if self.strict_operator(*id));
        let compared = any == (outcome == Outcome::True);
        let elements = match right {
            // Elements that are arrays may be empty.
            Expr::Array { elements, nested: false } => elements.as_slice(),
            _ => &[],
        };
        if strict && (compared || !elements.is_empty()) {
            facts.extend(&self.value(left));
        }
        // `x <> ALL (ARRAY[a, b])`: every one was compared.
        if strict && !compared {
            elements.iter().for_each(|element| facts.extend(&self.value(element)));
        }
        facts
    }

    /// `EXISTS` and `= ANY (SELECT …)`: there is a row for which the comparison and the WHERE inside held, and what
    /// they say of this level's columns holds too.
    fn sublink(
        &self,
        kind: SubLinkKind,
        test: Option<&Expr>,
        query: &crate::statement::tree::Query,
    ) -> Facts {
        let mut facts = Facts::default();
        if !matches!(kind, SubLinkKind::Exists | SubLinkKind::Any) {
            return facts;
        }
        if let Some(test) = test {
            facts = learn(self.catalog, test, Outcome::True);
            facts.retain(|expr| {
                !expr.any(&mut |part| matches!(part, Expr::Param { kind: PARAM_SUBLINK, .. }))
            });
        }
        let per_row = !query.has_aggregates && query.grouping_sets.is_empty() && query.set.is_none();
        if let (true, Some(filter)) = (per_row, &query.filter) {
            for fact in learn(self.catalog, filter, Outcome::True).iter() {
                if let Expr::Var(var) = fact
                    && var.up > 0
                {
                    facts.insert(Expr::Var(Var { up: var.up - 1, ..*var }));
                }
            }
        }
        facts
    }

    fn value(&self, expr: &Expr) -> Facts {
        let mut facts = Facts::default();
        self.note(expr, &mut facts);
        facts
    }

    /// Notes that `expr` is not null, and what it is strict in.
    fn note(&self, expr: &Expr, facts: &mut Facts) {
        if self.repeatable(expr) {
            facts.insert(expr.clone());
        }
        match expr {
            Expr::Func { id, args, .. } if self.strict_function(*id) => {
                args.iter().for_each(|arg| self.note(arg, facts));
            }
            Expr::Op { id, args } if self.strict_operator(*id) => {
                args.iter().for_each(|arg| self.note(arg, facts));
            }
            Expr::NullIf { args } => args.iter().take(1).for_each(|arg| self.note(arg, facts)),
            Expr::Not(arg)
            | Expr::Convert { arg, .. }
            | Expr::ToDomain { arg, .. }
            | Expr::Field { arg, .. } => self.note(arg, facts),
            Expr::ScalarArray { right, .. } => self.note(right, facts),
            Expr::Subscript { array, indexes, assigns: false, .. } => {
                self.note(array, facts);
                indexes.iter().for_each(|index| self.note(index, facts));
            }
            _ => {}
        }
    }

    /// Whether the same expression in the same row gives the same value again, as far as we can tell two apart.
    fn repeatable(&self, expr: &Expr) -> bool {
        !expr.any(&mut |part| match part {
            Expr::Func { id, set, .. } => {
                *set || self.catalog.and_then(|catalog| catalog.function(*id)).is_none_or(|f| f.volatile)
            }
            Expr::Op { id, .. } => {
                self.catalog.and_then(|catalog| catalog.operator(*id)).is_none_or(|f| f.volatile)
            }
            Expr::SubLink { .. } | Expr::Other(_) | Expr::MinMax(_) | Expr::Grouping | Expr::Default => true,
            _ => false,
        })
    }

    fn strict_function(&self, id: u32) -> bool {
        self.catalog.and_then(|catalog| catalog.function(id)).is_some_and(|function| function.strict)
    }

    fn strict_operator(&self, id: u32) -> bool {
        self.catalog.and_then(|catalog| catalog.operator(id)).is_some_and(|function| function.strict)
    }
}
