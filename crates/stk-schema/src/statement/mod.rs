//! What Postgres itself says of a SQL statement: the types of its parameters, its result columns and whether they can
//! be null, and whether it may ride a connection that others share.
//!
//! SQL is not parsed here. A [`Describer`] has the server prepare the statement and send its own analysed form (the
//! setting `debug_print_parse`); `tree` reads that form, `nulls` and `safety` judge it by what `catalog` knows of the
//! database. No statement is ever run, and nothing stays on the server.
//!
//! Two rules hold throughout. A column counts as nullable, and a statement as unfit to share, unless the contrary is
//! proved. And only what comes with Postgres is known by name: other functions may return null, though their
//! declared volatility and strictness are believed, as the server believes them.

mod catalog;
mod describer;
mod error;
mod nulls;
mod pg_type;
mod safety;
mod tree;

use std::collections::BTreeSet;

use stk_contract::types::PgType;

pub use describer::Describer;
pub use error::{ConnectError, SqlError, StatementError};

/// What Postgres says of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub kind: StatementKind,
    /// The types of `$1`, `$2`, …
    pub params: Vec<PgType>,
    pub columns: Vec<Column>,
    /// It changes rows, be it in a CTE. A function that writes does not show here: it is volatile.
    pub writes: bool,
    /// Something in it, or in the views and policies it goes through, may give another answer each time.
    pub volatile: bool,
    /// Proved to be one SELECT that reads only, calls nothing volatile, locks no row and stays on this server.
    pub shareable: bool,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// SELECT, VALUES and TABLE.
    Select,
    Insert,
    Update,
    Delete,
    Merge,
    /// Anything else: transaction control, SET, COPY, DDL, `SELECT INTO`, …; its first word, in capitals.
    Utility(String),
}

/// A column of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub pg_type: PgType,
    /// False only where it is proved that no row has a null here.
    pub nullable: bool,
}

/// Why a column can not become the key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnProblem {
    /// Postgres had no name to give: `?column?`. The column's number, from 1.
    Unnamed { number: usize },
    /// A column before it has the same name.
    Duplicate { number: usize, name: String },
}

impl Statement {
    /// The columns that have to be given an alias before the rows can be objects.
    pub fn column_problems(&self) -> Vec<ColumnProblem> {
        let mut seen = BTreeSet::new();
        let numbered = self.columns.iter().zip(1usize..);
        numbered
            .filter_map(|(column, number)| {
                if column.name == "?column?" {
                    Some(ColumnProblem::Unnamed { number })
                } else if seen.insert(column.name.as_str()) {
                    None
                } else {
                    Some(ColumnProblem::Duplicate { number, name: column.name.clone() })
                }
            })
            .collect()
    }
}
