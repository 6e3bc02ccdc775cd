//! Where outer joins can put nulls, and when a condition shows that they did not.
//!
//! A table under the nullable side of an outer join is missing from a row, all its columns null, unless something is
//! known of that row which only a row with a match has: then it is as if the join were an inner one.

use super::facts::Facts;
use super::learn::{Outcome, learn};
use crate::statement::catalog::Catalog;
use crate::statement::tree::{Expr, From, JoinKind, Query};

#[derive(Debug, Default)]
pub(super) struct Joins<'a> {
    /// The nullable sides of outer joins.
    sides: Vec<Side<'a>>,
    /// The nullable sides that each full join is in, and its own two.
    full: Vec<(Vec<usize>, usize, usize)>,
    /// By table, the sides it is in.
    sides_of: Vec<Vec<usize>>,
    /// What the conditions say, each with the sides that must be matched for it to hold.
    conditions: Vec<(Vec<usize>, Facts)>,
}

#[derive(Debug, Default)]
struct Side<'a> {
    tables: Vec<usize>,
    /// Set where the join has no condition: then what is here has a match if it has a row at all.
    unconditional: Option<&'a From>,
    sure: bool,
}

/// Sides have names among the tables of `Facts`, far behind those of real tables.
const SIDE_NAMES: usize = usize::MAX / 2;

impl<'a> Joins<'a> {
    pub(super) fn of(catalog: &Catalog, query: &'a Query) -> Joins<'a> {
        let mut joins = Joins { sides_of: vec![Vec::new(); query.tables.len() + 1], ..Joins::default() };
        query.from.iter().for_each(|item| joins.add(catalog, item, &[]));
        joins.condition(catalog, query.filter.as_ref(), &[]);
        joins
    }

    /// Lets every table but `kept` be missing, whatever is known: the sources of a MERGE.
    pub(super) fn merge(query: &Query) -> Joins<'a> {
        let mut joins = Joins { sides: vec![Side::default()], ..Joins::default() };
        joins.sides_of = (0..=query.tables.len())
            .map(|table| if table == query.result { Vec::new() } else { vec![0] })
            .collect();
        joins
    }

    fn condition(&mut self, catalog: &Catalog, condition: Option<&Expr>, path: &[usize]) {
        if let Some(condition) = condition {
            self.conditions.push((path.to_vec(), learn(Some(catalog), condition, Outcome::True)));
        }
    }

    /// `path`: the nullable sides that `item` is in.
    fn add(&mut self, catalog: &Catalog, item: &'a From, path: &[usize]) {
        match item {
            From::Table(table) => {
                if let Some(sides) = self.sides_of.get_mut(*table) {
                    sides.extend(path);
                }
            }
            From::All { items, filter } => {
                items.iter().for_each(|item| self.add(catalog, item, path));
                self.condition(catalog, filter.as_ref(), path);
            }
            From::Join { kind, left, right, on } => {
                let free = on.as_ref().is_none_or(|on| on.as_bool() == Some(true)) && *kind != JoinKind::Full;
                let mut matched = path.to_vec();
                let mut side = |joins: &mut Joins<'a>, item: &'a From, nullable: bool| {
                    let mut inside = path.to_vec();
                    if nullable {
                        let unconditional = free.then_some(item);
                        joins.sides.push(Side { tables: tables(item), unconditional, sure: false });
                        inside.push(joins.sides.len() - 1);
                        matched.push(joins.sides.len() - 1);
                    }
                    joins.add(catalog, item, &inside);
                };
                side(self, left, matches!(kind, JoinKind::Right | JoinKind::Full));
                side(self, right, matches!(kind, JoinKind::Left | JoinKind::Full));
                if let (JoinKind::Full, [.., left, right]) = (kind, matched.as_slice()) {
                    self.full.push((path.to_vec(), *left, *right));
                }
                self.condition(catalog, on.as_ref(), &matched);
            }
        }
    }

    /// Whether `table` has a row of its own in every row of which `facts` hold.
    pub(super) fn present(&self, table: usize, facts: &Facts) -> bool {
        self.sides_of.get(table).is_some_and(|sides| sides.iter().all(|side| self.matched(*side, facts)))
    }

    fn matched(&self, side: usize, facts: &Facts) -> bool {
        let Side { tables, sure, .. } = &self.sides[side];
        *sure
            || facts.has_table(self.name_of_side(side))
            || tables.iter().any(|table| facts.has_table(*table))
    }

    /// What stands for a match on that side among the tables of `Facts`.
    pub(super) fn name_of_side(&self, side: usize) -> usize {
        SIDE_NAMES + side
    }

    /// The sides of the full joins that are in every row.
    pub(super) fn full_joins(&self, facts: &Facts) -> impl Iterator<Item = (usize, usize)> {
        let whole = |path: &[usize]| path.iter().all(|side| self.matched(*side, facts));
        self.full.iter().filter(move |(path, ..)| whole(path)).map(|(_, left, right)| (*left, *right))
    }

    /// Makes sides sure that have no condition and of which `yields_row` says that they always have a row.
    pub(super) fn settle(&mut self, sure: &[bool]) {
        self.sides.iter_mut().zip(sure).for_each(|(side, sure)| side.sure = *sure);
    }

    /// What stands on each side, where only the lack of a row could make it null.
    pub(super) fn unconditional(&self) -> impl Iterator<Item = Option<&'a From>> {
        self.sides.iter().map(|side| side.unconditional)
    }

    /// `facts` and all that the conditions add once those hold.
    pub(super) fn close(&self, mut facts: Facts) -> Facts {
        loop {
            let before = facts.len();
            for (sides, condition) in &self.conditions {
                if sides.iter().all(|side| self.matched(*side, &facts)) {
                    facts.extend(condition);
                }
            }
            if facts.len() == before {
                return facts;
            }
        }
    }
}

fn tables(item: &From) -> Vec<usize> {
    match item {
        From::Table(table) => vec![*table],
        From::All { items, .. } => items.iter().flat_map(tables).collect(),
        From::Join { left, right, .. } => {
            let mut all = tables(left);
            all.extend(tables(right));
            all
        }
    }
}
