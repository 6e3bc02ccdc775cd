//! One query level: what its conditions say of its rows, and how its tables' columns are looked up.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::Judge;
use super::facts::Facts;
use super::joins::Joins;
use super::learn::{Outcome, learn, learn_value};
use crate::statement::tree::{Command, Expr, From, GroupingSet, Query};

pub(super) struct Level<'a> {
    pub(super) query: &'a Query,
    pub(super) joins: Joins<'a>,
    /// Of every row that reaches grouping, windows and output.
    pub(super) rows: Facts,
    /// Of every row of the output.
    pub(super) output: Facts,
    /// Grouped expressions that some grouping set turns null.
    pub(super) ungrouped: Vec<&'a Expr>,
    pub(super) parent: Option<&'a Scope<'a>>,
    /// How many set-returning calls the targets hold: several are padded with nulls to one length.
    pub(super) set_calls: usize,
    pub(super) columns: RefCell<ColumnsOf>,
    /// What is assumed of a recursive CTE while it is being judged.
    pub(super) assumed: RefCell<HashMap<String, Rc<Vec<bool>>>>,
}

/// Columns that have been judged, by what is known of them from outside.
type ColumnsOf = HashMap<(Source, Vec<i16>), Rc<Vec<bool>>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Table(usize),
    Cte(String),
}

/// Where an expression stands, and so what is known there.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) level: &'a Level<'a>,
    pub(super) facts: &'a Facts,
    /// After grouping: what a grouping set leaves out is null.
    pub(super) grouped: bool,
    /// In RETURNING: columns of the written table are those of the new row.
    pub(super) written: bool,
}

impl<'c> Judge<'c> {
    /// `known`: the columns of the result (from 1) that the query around it knows not to be null.
    pub(super) fn level<'a>(
        &self,
        query: &'a Query,
        parent: Option<&'a Scope<'a>>,
        known: &[i16],
    ) -> Level<'a> {
        let merges = query.command == Command::Merge;
        let mut level = Level {
            query,
            joins: if merges { Joins::merge(query) } else { Joins::of(self.catalog, query) },
            rows: Facts::default(),
            output: Facts::default(),
            ungrouped: ungrouped(query),
            parent,
            set_calls: set_calls(query),
            columns: RefCell::default(),
            assumed: RefCell::default(),
        };
        let sure = |side: Option<&From>| side.is_some_and(|side| self.item_yields_row(side, &level));
        let sure: Vec<bool> = level.joins.unconditional().map(sure).collect();
        level.joins.settle(&sure);
        level.rows = level.joins.close(Facts::default());
        level.output = self.output_facts(&level, known);
        level
    }

    fn output_facts(&self, level: &Level<'_>, known: &[i16]) -> Facts {
        let query = level.query;
        let having = query.having.as_ref();
        let mut told =
            having.map(|having| learn(Some(self.catalog), having, Outcome::True)).unwrap_or_default();
        if query.command == Command::Select && query.set.is_none() {
            let targets = query.output().zip(1i16..).filter(|(_, number)| known.contains(number));
            targets.for_each(|(target, _)| told.extend(&learn_value(Some(self.catalog), &target.expr)));
        }
        let mut output = level.rows.clone();
        output.extend(&told);
        let mut output = level.joins.close(output);
        if !level.ungrouped.is_empty() {
            output.retain(|fact| !fact.any(&mut |part| level.ungrouped.contains(&part)));
            output.extend(&told);
        }
        output
    }
}

impl<'a> Level<'a> {
    /// Where WHERE has held and grouping is to come.
    pub(super) fn row_scope(&'a self) -> Scope<'a> {
        Scope { level: self, facts: &self.rows, grouped: false, written: false }
    }

    pub(super) fn output_scope(&'a self) -> Scope<'a> {
        Scope { level: self, facts: &self.output, grouped: true, written: false }
    }

    /// Whether every group holds a row; without GROUP BY there is one group, empty where nothing comes in.
    pub(super) fn groups_have_rows(&self) -> Option<bool> {
        let query = self.query;
        match (query.grouping_sets.is_empty(), query.groups.is_empty()) {
            (false, _) => Some(!query.grouping_sets.iter().all(GroupingSet::can_be_empty)),
            (true, false) => Some(true),
            (true, true) => None,
        }
    }
}

/// Grouped expressions that are not in every grouping set.
fn ungrouped(query: &Query) -> Vec<&Expr> {
    if query.grouping_sets.is_empty() {
        return Vec::new();
    }
    let always: Vec<u32> = query.grouping_sets.iter().flat_map(GroupingSet::always).collect();
    let grouped = |reference: u32| query.groups.contains(&reference) && !always.contains(&reference);
    query.targets.iter().filter(|target| grouped(target.reference)).map(|target| &target.expr).collect()
}

fn set_calls(query: &Query) -> usize {
    let mut calls = 0;
    for target in &query.targets {
        target.expr.any(&mut |part| {
            calls += usize::from(matches!(part, Expr::Func { set: true, .. }));
            false
        });
    }
    calls
}
