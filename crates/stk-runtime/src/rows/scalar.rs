//! Types whose JSON is a string with Postgres' own text; the same text stands inside ranges.

use stk_contract::PgType;

use super::ValueFault;
use super::cursor::{Cursor, text};
use super::geometric::{self, Figure};
use super::number::{write_f32_text, write_f64_text, write_int, write_numeric};
use super::{network, search, text as forms, time};
use crate::params::value::write_uuid;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TextForm {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    /// The bytes are the text.
    Text,
    /// A version byte, then the text.
    Versioned,
    Uuid,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    /// `oid`, `xid`, `cid`.
    U32,
    U64,
    Tid,
    Lsn,
    Inet,
    Mac,
    Bits,
    Figure(Figure),
    TsVector,
    TsQuery,
    Range(Box<TextForm>),
    Multirange(Box<TextForm>),
}

impl TextForm {
    /// For types that [`stk_contract::fit::has_binary_form`] names; arrays and rows have no form here.
    pub(super) fn of(pg: &PgType) -> Option<TextForm> {
        Some(match pg {
            PgType::Bool => TextForm::Bool,
            PgType::Int2 => TextForm::Int2,
            PgType::Int4 => TextForm::Int4,
            PgType::Int8 => TextForm::Int8,
            PgType::Float4 => TextForm::Float4,
            PgType::Float8 => TextForm::Float8,
            PgType::Numeric => TextForm::Numeric,
            PgType::Text | PgType::Enum { .. } | PgType::Json => TextForm::Text,
            PgType::Jsonb => TextForm::Versioned,
            PgType::Uuid => TextForm::Uuid,
            PgType::Date => TextForm::Date,
            PgType::Time => TextForm::Time,
            PgType::TimeTz => TextForm::TimeTz,
            PgType::Timestamp => TextForm::Timestamp,
            PgType::TimestampTz => TextForm::TimestampTz,
            PgType::Range(element) => TextForm::Range(Box::new(TextForm::of(element)?)),
            PgType::Multirange(element) => TextForm::Multirange(Box::new(TextForm::of(element)?)),
            PgType::Other(name) => TextForm::named(name)?,
            PgType::Bytea
            | PgType::Interval
            | PgType::Array(_)
            | PgType::Composite { .. }
            | PgType::Record
            | PgType::Void => return None,
        })
    }

    fn named(name: &str) -> Option<TextForm> {
        Some(match name {
            "oid" | "xid" | "cid" => TextForm::U32,
            "xid8" => TextForm::U64,
            "tid" => TextForm::Tid,
            "pg_lsn" => TextForm::Lsn,
            "inet" | "cidr" => TextForm::Inet,
            "macaddr" | "macaddr8" => TextForm::Mac,
            "bit" | "varbit" => TextForm::Bits,
            "tsvector" => TextForm::TsVector,
            "tsquery" => TextForm::TsQuery,
            "jsonpath" => TextForm::Versioned,
            "refcursor" | "xml" => TextForm::Text,
            other => TextForm::Figure(Figure::named(other)?),
        })
    }

    /// Whether the text never needs escapes in JSON.
    pub(super) fn is_plain(&self) -> bool {
        !matches!(
            self,
            TextForm::Text
                | TextForm::Versioned
                | TextForm::TsVector
                | TextForm::TsQuery
                | TextForm::Range(_)
                | TextForm::Multirange(_)
        )
    }

    pub(super) fn write(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let mut cursor = Cursor::new(bytes);
        match self {
            TextForm::Bool => out.push(if cursor.u8()? == 0 { b'f' } else { b't' }),
            TextForm::Int2 => write_int(i64::from(cursor.i16()?), out),
            TextForm::Int4 => write_int(i64::from(cursor.i32()?), out),
            TextForm::Int8 => write_int(cursor.i64()?, out),
            TextForm::Float4 => write_f32_text(f32::from_bits(cursor.u32()?), out),
            TextForm::Float8 => write_f64_text(cursor.f64()?, out),
            TextForm::Numeric => write_numeric(bytes, out)?,
            TextForm::Text => out.extend_from_slice(text(bytes)?.as_bytes()),
            TextForm::Versioned => {
                if cursor.u8()? != 1 {
                    return Err(ValueFault::Damaged("its version is not known"));
                }
                out.extend_from_slice(text(cursor.rest())?.as_bytes());
            }
            TextForm::Uuid => {
                let uuid = bytes.try_into().map_err(|_| ValueFault::Damaged("it has not 16 bytes"))?;
                write_uuid(uuid, out);
            }
            TextForm::Date => time::write_date(cursor.i32()?, out),
            TextForm::Time => time::write_time(cursor.i64()?, None, out),
            TextForm::TimeTz => {
                let micros = cursor.i64()?;
                time::write_time(micros, Some(cursor.i32()?), out);
            }
            TextForm::Timestamp => time::write_timestamp_text(cursor.i64()?, "", out),
            TextForm::TimestampTz => time::write_timestamp_text(cursor.i64()?, "+00", out),
            TextForm::U32 => write_int(i64::from(cursor.u32()?), out),
            TextForm::U64 => out.extend_from_slice(cursor.u64()?.to_string().as_bytes()),
            TextForm::Tid => {
                let (block, offset) = (cursor.u32()?, cursor.u16()?);
                out.extend_from_slice(format!("({block},{offset})").as_bytes());
            }
            TextForm::Lsn => {
                let (high, low) = (cursor.u32()?, cursor.u32()?);
                out.extend_from_slice(format!("{high:X}/{low:X}").as_bytes());
            }
            TextForm::Inet => network::write_inet(cursor, out)?,
            TextForm::Mac => network::write_mac(bytes, out),
            TextForm::Bits => network::write_bits(cursor, out)?,
            TextForm::Figure(figure) => geometric::write(*figure, cursor, out)?,
            TextForm::TsVector => search::write_tsvector(cursor, out)?,
            TextForm::TsQuery => search::write_tsquery(cursor, out)?,
            TextForm::Range(element) => forms::write_range(element, cursor, out)?,
            TextForm::Multirange(element) => forms::write_multirange(element, cursor, out)?,
        }
        Ok(())
    }
}
