//! Rows in, JSON out: Postgres' binary values are written as JSON as they come, under caps that hold meanwhile.

mod cursor;
mod geometric;
mod network;
mod number;
mod scalar;
mod search;
mod shape;
mod text;
mod time;
mod value;

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::Returns;

use cursor::Cursor;
pub(crate) use shape::RowsShape;

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

/// Why a value was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueFault {
    UnsafeInteger,
    Damaged(&'static str),
}

/// Writes one result.
#[derive(Debug)]
pub struct Writer {
    shape: Arc<RowsShape>,
    rows_max: u64,
    bytes_max: u64,
    rows: u64,
    body: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(shape: Arc<RowsShape>, rows_max: u64, bytes_max: u64) -> Writer {
        Writer { shape, rows_max, bytes_max, rows: 0, body: Vec::new() }
    }

    /// How many columns every row has; all are asked for in binary format.
    pub fn columns(&self) -> usize {
        self.shape.columns.len()
    }

    /// One row: each column's bytes in binary format, or null.
    pub fn push<'a>(&mut self, values: impl IntoIterator<Item = Option<&'a [u8]>>) -> Result<(), RowFault> {
        self.begin_row()?;
        // The shape is apart from the body, so that one is read while the other is written.
        let Writer { shape, body, .. } = self;
        match shape.returns {
            Returns::None => {}
            Returns::Value => {
                if let (Some(column), Some(value)) = (shape.columns.first(), values.into_iter().next()) {
                    column.write(value, body)?;
                }
            }
            Returns::One | Returns::Optional | Returns::Many => {
                let mut columns = shape.columns.iter();
                for value in values {
                    let Some(column) = columns.next() else { break };
                    body.extend_from_slice(&column.key);
                    column.write(value, body)?;
                }
                if let Some(column) = columns.next() {
                    return Err(column.damaged("the row ends before it"));
                }
                body.extend_from_slice(if shape.columns.is_empty() { b"{}" } else { b"}" });
            }
        }
        self.end_row()
    }

    /// One row as the payload of Postgres' DataRow message: a count of columns, then each with its length.
    pub fn push_data_row(&mut self, payload: &[u8]) -> Result<(), RowFault> {
        let damaged = |reason| RowFault::Damaged { column: String::new(), reason };
        let mut cursor = Cursor::new(payload);
        let count = cursor.u16().map_err(|_| damaged("the row has no count"))?;
        let mut values = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            values.push(cursor.sized().map_err(|_| damaged("the row is cut off"))?);
        }
        self.push(values)
    }

    /// The result, whole. To be called before the commit.
    pub fn finish(mut self) -> Result<Bytes, RowFault> {
        match (self.shape.returns, self.rows) {
            (Returns::None, _) => self.body.clear(),
            (Returns::Many, 0) => self.body.extend_from_slice(b"[]"),
            (Returns::Many, _) => self.body.push(b']'),
            (Returns::One, 0) => return Err(RowFault::NoRow),
            (Returns::Optional | Returns::Value, 0) => self.body.extend_from_slice(b"null"),
            (Returns::One | Returns::Optional | Returns::Value, _) => {}
        }
        Ok(self.body.into())
    }

    fn begin_row(&mut self) -> Result<(), RowFault> {
        self.rows += 1;
        match self.shape.returns {
            Returns::One | Returns::Optional | Returns::Value if self.rows > 1 => {
                return Err(RowFault::TooManyRows);
            }
            _ if self.rows > self.rows_max => return Err(RowFault::RowsMax(self.rows_max)),
            Returns::Many => self.body.push(if self.rows == 1 { b'[' } else { b',' }),
            _ => {}
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), RowFault> {
        let bytes_max = self.bytes_max;
        if self.body.len() as u64 > bytes_max { Err(RowFault::BytesMax(bytes_max)) } else { Ok(()) }
    }
}
