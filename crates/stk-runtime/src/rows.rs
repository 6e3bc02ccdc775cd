//! Rows in, JSON out: Postgres' binary values are written as JSON as they come.

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::{ResultColumn, Returns};

/// The columns of a result, compiled once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RowsShape {
    pub(crate) columns: Box<[ResultColumn]>,
}

/// Why rows were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    #[error("the logic returns one row, none came")]
    NoRow,
    #[error("the logic returns at most one row, several came")]
    TooManyRows,
    #[error("the result has more than {0} rows")]
    RowsMax(u64),
    #[error("the result has more than {0} bytes")]
    BytesMax(u64),
    #[error("column `{0}` has an integer past ±(2^53−1)")]
    UnsafeInteger(String),
    /// The bytes are not what the attestation says: the database's types changed.
    #[error("column `{column}` does not decode: {reason}")]
    Damaged { column: String, reason: &'static str },
}

/// Writes one result.
#[derive(Debug)]
pub struct Writer {
    shape: Arc<RowsShape>,
    returns: Returns,
    rows_max: u64,
    bytes_max: u64,
    rows: u64,
    body: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(shape: Arc<RowsShape>, returns: Returns, rows_max: u64, bytes_max: u64) -> Writer {
        Writer { shape, returns, rows_max, bytes_max, rows: 0, body: Vec::new() }
    }

    /// How many columns every row has; all are asked for in binary format.
    pub fn columns(&self) -> usize {
        self.shape.columns.len()
    }

    /// One row: each column's bytes in binary format, or null.
    pub fn push<'a>(&mut self, values: impl IntoIterator<Item = Option<&'a [u8]>>) -> Result<(), RowFault> {
        let _ = (values.into_iter(), self.rows_max, self.bytes_max, self.rows, self.returns);
        todo!()
    }

    /// One row as the payload of Postgres' DataRow message: a count of columns, then each with its length.
    pub fn push_data_row(&mut self, payload: &[u8]) -> Result<(), RowFault> {
        let _ = payload;
        todo!()
    }

    /// The result, whole. To be called before the commit.
    pub fn finish(self) -> Result<Bytes, RowFault> {
        Ok(self.body.into())
    }
}
