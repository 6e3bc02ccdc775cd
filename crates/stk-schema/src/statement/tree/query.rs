//! The analysed form of one query level: its tables, joins, targets and clauses.

use super::expr::{Expr, Oid};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Query {
    pub(crate) command: Command,
    /// Index of the table that is written, from 1; 0 where none is.
    pub(crate) result: usize,
    pub(crate) has_aggregates: bool,
    pub(crate) ctes: Vec<Cte>,
    pub(crate) tables: Vec<Table>,
    pub(crate) from: Vec<From>,
    pub(crate) filter: Option<Expr>,
    pub(crate) targets: Vec<Target>,
    pub(crate) returning: Vec<Target>,
    pub(crate) conflict: Option<Conflict>,
    /// References of GROUP BY into the targets.
    pub(crate) groups: Vec<u32>,
    pub(crate) grouping_sets: Vec<GroupingSet>,
    pub(crate) having: Option<Expr>,
    pub(crate) windows: Vec<Window>,
    pub(crate) limit: Option<Expr>,
    pub(crate) offset: Option<Expr>,
    pub(crate) set: Option<SetTree>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Command {
    #[default]
    Select,
    Update,
    Insert,
    Delete,
    Merge,
    Utility,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cte {
    pub(crate) name: String,
    pub(crate) recursive: bool,
    pub(crate) query: Query,
}

/// An entry of the range table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    Relation {
        id: Oid,
    },
    Subquery(Box<Query>),
    /// A join's own columns, each as an expression over its sides.
    Join {
        columns: Vec<Expr>,
    },
    Functions {
        calls: Vec<Call>,
        ordinality: bool,
    },
    Values(Vec<Vec<Expr>>),
    Cte {
        name: String,
        up: u32,
    },
    /// The grouped expressions (Postgres 18).
    Group(Vec<Expr>),
    Other,
}

/// One function of `FROM ROWS FROM (…)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) expr: Expr,
    pub(crate) columns: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum From {
    Table(usize),
    Join { kind: JoinKind, left: Box<From>, right: Box<From>, on: Option<Expr> },
    All { items: Vec<From>, filter: Option<Expr> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Full,
    Right,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) expr: Expr,
    /// The result's column; the written table's column in INSERT and UPDATE.
    pub(crate) number: i16,
    /// What GROUP BY and ORDER BY name it by; 0 where they do not.
    pub(crate) reference: u32,
    /// Needed inside, not a column of the result.
    pub(crate) junk: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Conflict {
    /// `DO UPDATE`, not `DO NOTHING`.
    pub(crate) updates: bool,
    pub(crate) set: Vec<Target>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum GroupingSet {
    Empty,
    Simple(Vec<u32>),
    /// ROLLUP or CUBE: holds the empty set.
    WithEmpty,
    Sets(Vec<GroupingSet>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    pub(crate) id: u32,
    pub(crate) frame: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SetTree {
    /// A subquery of the range table, from 1.
    Arm(usize),
    Node {
        op: SetOp,
        left: Box<SetTree>,
        right: Box<SetTree>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SetOp {
    Union,
    Intersect,
    Except,
}

impl Query {
    pub(crate) fn table(&self, index: usize) -> Option<&Table> {
        self.tables.get(index.checked_sub(1)?)
    }

    /// The columns of the result: RETURNING of a statement that writes, else the targets.
    pub(crate) fn output(&self) -> impl Iterator<Item = &Target> {
        let targets = if self.command == Command::Select { &self.targets } else { &self.returning };
        targets.iter().filter(|target| !target.junk)
    }
}

impl GroupingSet {
    pub(crate) fn can_be_empty(&self) -> bool {
        match self {
            GroupingSet::Empty | GroupingSet::WithEmpty => true,
            GroupingSet::Simple(_) => false,
            GroupingSet::Sets(sets) => sets.iter().any(GroupingSet::can_be_empty),
        }
    }

    /// The references that are in every set.
    pub(crate) fn always(&self) -> Vec<u32> {
        match self {
            GroupingSet::Empty | GroupingSet::WithEmpty => Vec::new(),
            GroupingSet::Simple(references) => references.clone(),
            GroupingSet::Sets(sets) => {
                let mut all = sets.iter().map(GroupingSet::always);
                let first = all.next().unwrap_or_default();
                all.fold(first, |common, set| common.into_iter().filter(|one| set.contains(one)).collect())
            }
        }
    }
}
