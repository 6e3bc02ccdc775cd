//! Binary values as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stk_contract::PgType;

use super::ValueFault;
use super::cursor::{Cursor, text};
use super::number::{write_f32, write_f64, write_int, write_numeric};
use super::shape::{Decoder, key};
use super::time::{write_interval, write_timestamp};
use crate::json::write_string;
use crate::params::value::SAFE_INTEGER_MAX;

/// Dimensions of the deepest array that Postgres makes.
const DIMENSIONS_MAX: i32 = 6;

impl Decoder {
    /// Writes a value that is not null.
    pub(super) fn write(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let mut cursor = Cursor::new(bytes);
        match self {
            Decoder::Bool => out.extend_from_slice(if cursor.u8()? == 0 { b"false" } else { b"true" }),
            Decoder::Int2 => write_int(i64::from(cursor.i16()?), out),
            Decoder::Int4 => write_int(i64::from(cursor.i32()?), out),
            Decoder::Int8 => {
                let value = cursor.i64()?;
                if value.unsigned_abs() > SAFE_INTEGER_MAX.unsigned_abs() {
                    return Err(ValueFault::UnsafeInteger);
                }
                write_int(value, out);
            }
            Decoder::Int8Text => quoted(out, |out| {
                write_int(cursor.i64()?, out);
                Ok(())
            })?,
            Decoder::Float4 => write_f32(f32::from_bits(cursor.u32()?), out),
            Decoder::Float8 => write_f64(cursor.f64()?, out),
            Decoder::NumericNumber => write_numeric_number(bytes, out)?,
            // A `"char"` of zero is the empty text; no other text holds NUL.
            Decoder::Text if bytes == [0] => out.extend_from_slice(b"\"\""),
            Decoder::Text => write_string(text(bytes)?, out),
            Decoder::Bytea => quoted(out, |out| {
                let start = out.len();
                out.resize(start + bytes.len().div_ceil(3) * 4, 0);
                let written = STANDARD.encode_slice(bytes, &mut out[start..]);
                written.map(drop).map_err(|_| ValueFault::Damaged("it does not fit its base64"))
            })?,
            Decoder::Timestamp => quoted(out, |out| write_timestamp(cursor.i64()?, "", out))?,
            Decoder::TimestampTz => quoted(out, |out| write_timestamp(cursor.i64()?, "Z", out))?,
            Decoder::Interval => quoted(out, |out| write_interval(bytes, out))?,
            Decoder::Json => out.extend_from_slice(text(bytes)?.as_bytes()),
            Decoder::Jsonb => {
                if cursor.u8()? != 1 {
                    return Err(ValueFault::Damaged("its version is not known"));
                }
                out.extend_from_slice(text(cursor.rest())?.as_bytes());
            }
            Decoder::Form(form) if form.is_plain() => quoted(out, |out| form.write(bytes, out))?,
            Decoder::Form(form) => {
                let mut written = Vec::new();
                form.write(bytes, &mut written)?;
                write_string(text(&written)?, out);
            }
            Decoder::Array(element) => write_array(element, cursor, out)?,
            Decoder::Composite(fields) => write_composite(fields, cursor, out)?,
            Decoder::Record => write_record(cursor, out)?,
            Decoder::Void => out.extend_from_slice(b"null"),
        }
        Ok(())
    }
}

/// Puts quotes around what `write` writes, which needs no escapes.
fn quoted(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), ValueFault>,
) -> Result<(), ValueFault> {
    out.push(b'"');
    write(out)?;
    out.push(b'"');
    Ok(())
}

/// NaN and the infinities are strings, like those of floats.
fn write_numeric_number(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let start = out.len();
    write_numeric(bytes, out)?;
    if out.last().is_some_and(|last| !last.is_ascii_digit()) {
        out.insert(start, b'"');
        out.push(b'"');
    }
    Ok(())
}

fn write_array(element: &Decoder, mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let dimensions = cursor.i32()?;
    cursor.i32()?;
    cursor.u32()?;
    if dimensions == 0 {
        out.extend_from_slice(b"[]");
        return Ok(());
    }
    if !(1..=DIMENSIONS_MAX).contains(&dimensions) {
        return Err(ValueFault::Damaged("its dimensions are out of range"));
    }
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(cursor.i32()?);
        cursor.i32()?;
    }
    write_dimension(element, &lengths, &mut cursor, out)
}

fn write_dimension(
    element: &Decoder,
    lengths: &[i32],
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    let Some((length, inner)) = lengths.split_first() else {
        return write_nullable(element, cursor.sized()?, out);
    };
    out.push(b'[');
    for index in 0..*length {
        if index > 0 {
            out.push(b',');
        }
        write_dimension(element, inner, cursor, out)?;
    }
    out.push(b']');
    Ok(())
}

fn write_nullable(decoder: &Decoder, value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    match value {
        Some(bytes) => decoder.write(bytes, out),
        None => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

fn write_composite(
    fields: &[(Box<[u8]>, Decoder)],
    mut cursor: Cursor<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    if usize::try_from(cursor.i32()?) != Ok(fields.len()) {
        return Err(ValueFault::Damaged("its fields changed"));
    }
    for (key, decoder) in fields {
        cursor.u32()?;
        out.extend_from_slice(key);
        write_nullable(decoder, cursor.sized()?, out)?;
    }
    out.extend_from_slice(if fields.is_empty() { b"{}" } else { b"}" });
    Ok(())
}

/// An anonymous row: its fields are `f1`, `f2`, … and say their types themselves.
fn write_record(mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let count = usize::try_from(cursor.i32()?).map_err(|_| ValueFault::Damaged("its count is negative"))?;
    for index in 0..count {
        let oid = cursor.u32()?;
        out.extend_from_slice(&key(index, &format!("f{}", index + 1)));
        let value = cursor.sized()?;
        let pg = builtin(oid);
        let decoder = pg.map(|pg| Decoder::of(&pg, None));
        match (decoder, value) {
            (Some(decoder), value) => write_nullable(&decoder, value, out)?,
            (None, None) => out.extend_from_slice(b"null"),
            (None, Some(_)) => {
                return Err(ValueFault::Damaged(
                    "an anonymous row has a field of a type that is not built in",
                ));
            }
        }
    }
    out.extend_from_slice(if count == 0 { b"{}" } else { b"}" });
    Ok(())
}

/// A built-in type by its oid; these never change.
fn builtin(oid: u32) -> Option<PgType> {
    let other = |name: &str| PgType::Other(name.to_owned());
    let array = |element: u32| builtin(element).map(|element| PgType::Array(Box::new(element)));
    Some(match oid {
        16 => PgType::Bool,
        17 => PgType::Bytea,
        20 => PgType::Int8,
        21 => PgType::Int2,
        23 => PgType::Int4,
        18 | 19 | 25 | 142 | 705 | 1042 | 1043 => PgType::Text,
        26 => other("oid"),
        27 => other("tid"),
        28 => other("xid"),
        29 => other("cid"),
        114 => PgType::Json,
        700 => PgType::Float4,
        701 => PgType::Float8,
        600 => other("point"),
        774 => other("macaddr8"),
        829 => other("macaddr"),
        869 => other("inet"),
        650 => other("cidr"),
        1082 => PgType::Date,
        1083 => PgType::Time,
        1114 => PgType::Timestamp,
        1184 => PgType::TimestampTz,
        1186 => PgType::Interval,
        1266 => PgType::TimeTz,
        1560 => other("bit"),
        1562 => other("varbit"),
        1700 => PgType::Numeric,
        2249 => PgType::Record,
        2950 => PgType::Uuid,
        3220 => other("pg_lsn"),
        3614 => other("tsvector"),
        3615 => other("tsquery"),
        3802 => PgType::Jsonb,
        1000 => return array(16),
        1001 => return array(17),
        1005 => return array(21),
        1007 => return array(23),
        1016 => return array(20),
        1009 | 1014 | 1015 => return array(25),
        1021 => return array(700),
        1022 => return array(701),
        1182 => return array(1082),
        1115 => return array(1114),
        1185 => return array(1184),
        1231 => return array(1700),
        2287 => return array(2249),
        2951 => return array(2950),
        199 => return array(114),
        3807 => return array(3802),
        3904 => PgType::Range(Box::new(PgType::Int4)),
        3906 => PgType::Range(Box::new(PgType::Numeric)),
        3908 => PgType::Range(Box::new(PgType::Timestamp)),
        3910 => PgType::Range(Box::new(PgType::TimestampTz)),
        3912 => PgType::Range(Box::new(PgType::Date)),
        3926 => PgType::Range(Box::new(PgType::Int8)),
        _ => return None,
    })
}
