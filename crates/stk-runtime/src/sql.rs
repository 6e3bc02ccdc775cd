//! SQL work as a host runs it, and what can go wrong there.

mod query;

use std::sync::Arc;

use stk_contract::PgType;
use stk_contract::manifest::Isolation;

pub(crate) use query::ProvedQuery;
pub use query::{Described, QueryPlace, QueryWork};

use crate::rows::{RowFault, RowsShape, Writer};

/// The statements of one call, in order. The rows of the last one are the result.
#[derive(Debug)]
pub struct SqlWork {
    /// Which database.
    pub alias: Arc<str>,
    pub statements: Vec<SqlCall>,
    /// Present: `begin`, the statements, `commit`, on a connection of its own. Absent: there is one statement.
    pub transaction: Option<Transaction>,
    /// No statement writes.
    pub read_only: bool,
    pub(crate) shape: Arc<RowsShape>,
    pub(crate) rows_max: u64,
    pub(crate) bytes_max: u64,
}

impl SqlWork {
    /// Takes the rows of the last statement, for one run of this work. Shape and caps are checked as rows come, and
    /// in [`Writer::finish`], which stands before the commit: a refused result rolls back.
    pub fn writer(&self) -> Writer {
        Writer::new(self.shape.clone(), self.rows_max, self.bytes_max)
    }

    /// Whether it may ride a connection that other callers use at the same time.
    pub fn is_shareable(&self) -> bool {
        self.transaction.is_none() && self.statements.iter().all(|call| call.statement.shareable)
    }
}

/// How the transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transaction {
    /// Absent: the database's default.
    pub isolation: Option<Isolation>,
    /// `read only` may stand in its `begin`.
    pub read_only: bool,
}

/// One statement with its values.
#[derive(Debug)]
pub struct SqlCall {
    pub statement: Arc<Statement>,
    pub params: Params,
}

/// A statement of the release: hosts keep it prepared, by `text`.
#[derive(Debug, PartialEq)]
pub struct Statement {
    /// Unique within the deployment, counting from 0: an index for tables of prepared statements.
    pub id: u32,
    pub text: Arc<str>,
    /// Types of `$1`, `$2`, … as Postgres infers them.
    pub params: Box<[PgType]>,
    /// Read-only, free of volatile functions and of row locks.
    pub shareable: bool,
}

/// Values of `$1`, `$2`, … as they stand in Postgres' Bind message: each with its format, or null.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    pub(crate) buffer: Vec<u8>,
    pub(crate) slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) format: Format,
    /// Absent: null.
    pub(crate) range: Option<(u32, u32)>,
}

/// Postgres' format code of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text = 0,
    Binary = 1,
}

impl std::fmt::Debug for Params {
    /// Without the values: they are the caller's, and logs are not the place for them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.slots.iter().map(|slot| slot.format)).finish()
    }
}

impl Params {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The format of `$(index + 1)`; also nulls have one.
    pub fn format(&self, index: usize) -> Format {
        self.slots[index].format
    }

    /// The bytes of `$(index + 1)`, or null.
    pub fn value(&self, index: usize) -> Option<&[u8]> {
        let (start, end) = self.slots[index].range?;
        Some(&self.buffer[start as usize..end as usize])
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Format, Option<&[u8]>)> {
        (0..self.len()).map(|index| (self.format(index), self.value(index)))
    }
}

/// Why SQL gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlFault {
    /// Postgres refused it; rolled back.
    #[error("postgres: {sqlstate}: {message}")]
    Database {
        /// Five characters.
        sqlstate: String,
        message: String,
        constraint: Option<String>,
        column: Option<String>,
    },
    /// No connection came free in time.
    #[error("the pool of `{alias}` is exhausted")]
    PoolExhausted { alias: String },
    /// The database can not be reached, or the connection was lost before anything could be committed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    #[error("the statement ran into the timeout")]
    Timeout,
    /// The connection was lost while a commit was on its way (or the one writing statement, which commits itself).
    #[error("the connection was lost during the commit: {0}")]
    CommitUnknown(String),
    /// A value of `db.query` does not fit the type that Postgres infers.
    #[error("the value of ${index} {detail}")]
    Value {
        /// Counts from 1.
        index: usize,
        detail: String,
    },
    /// It was refused before it ran: what it is, or what its transaction has become.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Row(#[from] RowFault),
}
