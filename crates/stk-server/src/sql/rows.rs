//! Values to Postgres and rows from it, as the bytes that they are.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use futures_util::StreamExt as _;
use postgres_types::{FromSql, IsNull, ToSql, Type};
use stk_runtime::{Format, Params, Writer};
use tokio_postgres::Row;

use super::fault::Failure;
use super::link::{Link, Prepared};

/// Rows that are read past a refused one, so that the connection is free again, before it is given up.
const SKIP_ROWS_MAX: u32 = 1000;

/// How a statement's rows went into the writer.
pub(super) enum Outcome {
    /// All of them.
    Whole,
    /// One was refused; the rest was read and dropped.
    Refused(Failure),
    /// One was refused, and there are so many more that the connection is better closed.
    Flooded(Failure),
}

/// Runs a prepared statement and feeds its rows to the writer, where there is one.
pub(super) async fn execute(
    link: &Link,
    prepared: &Prepared,
    params: &Params,
    mut writer: Option<&mut Writer>,
) -> Result<Outcome, Failure> {
    let values = params.iter().map(|(format, bytes)| Value { format, bytes });
    let stream = link.client.query_raw(&prepared.statement, values).await?;
    let mut stream = std::pin::pin!(stream);
    let mut refused = None;
    let mut skipped = 0;
    while let Some(row) = stream.next().await {
        let row = row?;
        if refused.is_some() {
            skipped += 1;
            if skipped > SKIP_ROWS_MAX {
                break;
            }
        } else if let Some(writer) = writer.as_deref_mut()
            && let Err(fault) = writer.push(columns(&row))
        {
            refused = Some(Failure::Row(fault));
        }
    }
    Ok(match refused {
        None => Outcome::Whole,
        Some(failure) if skipped > SKIP_ROWS_MAX => Outcome::Flooded(failure),
        Some(failure) => Outcome::Refused(failure),
    })
}

fn columns(row: &Row) -> impl Iterator<Item = Option<&[u8]>> {
    // `Column` takes every type and never fails.
    (0..row.len()).map(|index| row.try_get(index).ok().and_then(|Column(bytes)| bytes))
}

/// The bytes of one column, borrowed.
struct Column<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Column<'a>, Box<dyn Error + Sync + Send>> {
        Ok(Column(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Column<'a>, Box<dyn Error + Sync + Send>> {
        Ok(Column(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// One encoded param.
struct Value<'a> {
    format: Format,
    bytes: Option<&'a [u8]>,
}

/// Values never stand in logs.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value(…)")
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Some(bytes) = self.bytes else { return Ok(IsNull::Yes) };
        out.put_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, _: &Type) -> postgres_types::Format {
        match self.format {
            Format::Text => postgres_types::Format::Text,
            Format::Binary => postgres_types::Format::Binary,
        }
    }
}
