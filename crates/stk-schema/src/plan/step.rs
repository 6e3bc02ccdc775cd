//! The shape of a plan: what [`crate::apply()`] runs, what the Hub stores and what a reviewer reads.
//!
//! Data only; how a plan comes about stands beside it, how it is run in `apply`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hazard::{Hazard, HazardCode};
use crate::model::Unmanaged;

/// What [`crate::apply()`] will do, and the state of the database that it was worked out for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// The fingerprint of `schemas` when the plan was made.
    pub fingerprint: String,
    /// The managed schemas.
    pub schemas: Vec<String>,
    /// Their objects when the plan was made, each with a hash of its facts: so that drift can be told by name.
    #[serde(default)]
    pub objects: BTreeMap<String, String>,
    /// What stands in the managed schemas and is no part of the model; never touched.
    pub unmanaged: Vec<Unmanaged>,
}

impl Plan {
    /// Whether the database is already as it should be.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Every hazard with the index of its step.
    pub fn hazards(&self) -> impl Iterator<Item = (usize, &Hazard)> {
        self.steps.iter().enumerate().flat_map(|(index, step)| step.hazards.iter().map(move |it| (index, it)))
    }

    /// The hazards that need approval and are not in `allowed`.
    pub fn open_hazards(&self, allowed: &[HazardCode]) -> impl Iterator<Item = (usize, &Hazard)> {
        let is_open = |code: HazardCode| code.needs_approval() && !allowed.contains(&code);
        self.hazards().filter(move |(_, hazard)| is_open(hazard.code))
    }

    /// The steps by what is committed together: a transaction each, or one step outside of any. Backfills commit
    /// each batch by itself.
    pub fn batches(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunk_by(|before, step| before.in_transaction && step.in_transaction && !step.starts_anew)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// One statement, without a closing semicolon. Of a backfill, one batch: see [`Backfill`].
    pub sql: String,
    /// For people: "create table public.users".
    pub summary: String,
    /// False where the statement commits by itself: Postgres allows it only outside a transaction, or it is a
    /// backfill.
    pub in_transaction: bool,
    /// What comes before must be committed first; the step starts a new transaction.
    pub starts_anew: bool,
    pub backfill: Option<Backfill>,
    /// The strongest lock on each table that others may notice; none on objects made by the same plan.
    pub locks: Vec<Lock>,
    pub effort: Effort,
    /// About how many rows the step reads or writes, by the catalog's statistics; `None` where it touches none.
    pub rows: Option<u64>,
    pub hazards: Vec<Hazard>,
    /// To be asked before the step runs.
    pub probe: Option<Probe>,
    /// What a failure or a kill during or after the step can leave behind, and what removes it.
    pub leftover: Option<Leftover>,
}

impl Step {
    /// A step in a transaction that takes no lock worth naming.
    pub(crate) fn new(sql: impl Into<String>, summary: impl Into<String>) -> Step {
        Step {
            sql: sql.into(),
            summary: summary.into(),
            in_transaction: true,
            starts_anew: false,
            backfill: None,
            locks: Vec::new(),
            effort: Effort::Catalog,
            rows: None,
            hazards: Vec::new(),
            probe: None,
            leftover: None,
        }
    }

    pub(crate) fn outside(mut self) -> Step {
        self.in_transaction = false;
        self
    }

    pub(crate) fn leaving(mut self, leftover: Leftover) -> Step {
        self.leftover = Some(leftover);
        self
    }
}

/// How a backfill's `sql` is run, again and again, each time in a transaction of its own.
///
/// Its parameters are `$1 text[]`, the key of the last row of the batch before (NULL for the first batch), and
/// `$2 bigint`, how many rows a batch has at most. It gives one row: `last text[]`, the key of its own last row or NULL
/// where no row was left, and `rows bigint`, how many rows it wrote. Running a batch twice does no harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    pub schema: String,
    pub table: String,
    /// How many rows a batch should have at most.
    pub batch_rows: u32,
}

/// A lock on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    pub level: LockLevel,
    pub schema: String,
    pub table: String,
}

/// Postgres' levels of table locks that schema changes take, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockLevel {
    /// Blocks only drops and rewrites.
    RowShare,
    RowExclusive,
    /// Blocks other schema changes; reads and writes go on.
    ShareUpdateExclusive,
    /// Blocks writes.
    Share,
    /// Blocks writes.
    ShareRowExclusive,
    /// Blocks reads and writes.
    AccessExclusive,
}

impl LockLevel {
    /// As Postgres spells it.
    pub fn as_sql(self) -> &'static str {
        match self {
            LockLevel::RowShare => "ROW SHARE",
            LockLevel::RowExclusive => "ROW EXCLUSIVE",
            LockLevel::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockLevel::Share => "SHARE",
            LockLevel::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockLevel::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// What others wait for: "reads and writes".
    pub fn blocks(self) -> &'static str {
        match self {
            LockLevel::RowShare | LockLevel::RowExclusive => "nothing",
            LockLevel::ShareUpdateExclusive => "other schema changes",
            LockLevel::Share | LockLevel::ShareRowExclusive => "writes",
            LockLevel::AccessExclusive => "reads and writes",
        }
    }
}

/// How long a step may take, by what it has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// The catalog only: at once.
    Catalog,
    /// Reads the table.
    Scan,
    /// Builds an index.
    Build,
    /// Writes every row.
    Rewrite,
}

/// A query that must find no row before its step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Ends at the first row found.
    pub sql: String,
    /// The hazard that has come true if it finds one.
    pub code: HazardCode,
    pub message: String,
    pub hint: Option<String>,
}

/// Names are as in the catalog, not quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Leftover {
    /// An index that is not valid, from the step itself.
    InvalidIndex { schema: String, name: String },
    /// A constraint that is not valid yet; validating it is a later step.
    NotValidConstraint { schema: String, table: String, name: String },
    /// A name of the engine's own (an index, check, column, function or type) that a later step removes or renames.
    Temporary { schema: String, name: String },
}
