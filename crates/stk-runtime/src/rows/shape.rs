//! The columns of a result, compiled once: the key of each and how its bytes become JSON.

use stk_contract::types::PgField;
use stk_contract::{PgType, ResultColumn, Returns, fit};

use super::scalar::TextForm;
use super::{RowFault, ValueFault};
use crate::json;

#[derive(Debug, PartialEq)]
pub(crate) struct RowsShape {
    pub(super) columns: Box<[Column]>,
    pub(super) returns: Returns,
}

#[derive(Debug, PartialEq)]
pub(super) struct Column {
    name: Box<str>,
    /// What stands before the value: `{"id":` or `,"name":`.
    pub(super) key: Box<[u8]>,
    decoder: Decoder,
}

/// How the bytes of a type become JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decoder {
    Bool,
    Int2,
    Int4,
    Int8,
    /// `types: { id: string }`.
    Int8Text,
    Float4,
    Float8,
    /// `types: { price: number }`.
    NumericNumber,
    Text,
    Bytea,
    Timestamp,
    TimestampTz,
    Interval,
    Json,
    Jsonb,
    /// A string that holds Postgres' own text.
    Form(TextForm),
    Array(Box<Decoder>),
    /// Keys as in [`Column`].
    Composite(Box<[(Box<[u8]>, Decoder)]>),
    Record,
    Void,
}

impl RowsShape {
    /// Fails with a reason where the columns do not suit `returns`.
    pub(crate) fn compile(columns: &[ResultColumn], returns: Returns) -> Result<RowsShape, String> {
        if returns == Returns::Value && columns.len() != 1 {
            return Err(format!("it returns a value and has {} columns", columns.len()));
        }
        let compile = |(index, column): (usize, &ResultColumn)| Column {
            name: column.name.as_str().into(),
            key: key(index, &column.name),
            decoder: Decoder::of(&column.pg_type, column.ts_type.as_deref()),
        };
        Ok(RowsShape { columns: columns.iter().enumerate().map(compile).collect(), returns })
    }
}

impl Column {
    pub(super) fn write(&self, value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), RowFault> {
        match value {
            None => out.extend_from_slice(b"null"),
            Some(bytes) => self.decoder.write(bytes, out).map_err(|fault| match fault {
                ValueFault::UnsafeInteger => RowFault::UnsafeInteger(self.name.to_string()),
                ValueFault::Damaged(reason) => self.damaged(reason),
            })?,
        }
        Ok(())
    }

    pub(super) fn damaged(&self, reason: &'static str) -> RowFault {
        RowFault::Damaged { column: self.name.to_string(), reason }
    }
}

/// The key of the field at `index`, with what stands before it.
pub(super) fn key(index: usize, name: &str) -> Box<[u8]> {
    let mut key = vec![if index == 0 { b'{' } else { b',' }];
    json::write_string(name, &mut key);
    key.push(b':');
    key.into()
}

impl Decoder {
    pub(super) fn of(pg: &PgType, ts_type: Option<&str>) -> Decoder {
        // What is not read in binary comes as text: arrays as arrays of text.
        if !fit::has_binary_form(pg) {
            let is_array = matches!(pg, PgType::Array(_));
            return if is_array { Decoder::Array(Box::new(Decoder::Text)) } else { Decoder::Text };
        }
        match pg {
            PgType::Bool => Decoder::Bool,
            PgType::Int2 => Decoder::Int2,
            PgType::Int4 => Decoder::Int4,
            PgType::Int8 if names_only(ts_type, "string") => Decoder::Int8Text,
            PgType::Int8 => Decoder::Int8,
            PgType::Float4 => Decoder::Float4,
            PgType::Float8 => Decoder::Float8,
            PgType::Numeric if names_only(ts_type, "number") => Decoder::NumericNumber,
            PgType::Text | PgType::Enum { .. } => Decoder::Text,
            PgType::Bytea => Decoder::Bytea,
            PgType::Timestamp => Decoder::Timestamp,
            PgType::TimestampTz => Decoder::TimestampTz,
            PgType::Interval => Decoder::Interval,
            PgType::Json => Decoder::Json,
            PgType::Jsonb => Decoder::Jsonb,
            PgType::Array(element) => Decoder::Array(Box::new(Decoder::of(element, ts_type))),
            PgType::Composite { fields, .. } => {
                let field = |(index, field): (usize, &PgField)| {
                    (key(index, &field.name), Decoder::of(&field.pg_type, None))
                };
                Decoder::Composite(fields.iter().enumerate().map(field).collect())
            }
            PgType::Record => Decoder::Record,
            PgType::Void => Decoder::Void,
            PgType::Numeric
            | PgType::Uuid
            | PgType::Date
            | PgType::Time
            | PgType::TimeTz
            | PgType::Other(_)
            | PgType::Range(_)
            | PgType::Multirange(_) => TextForm::of(pg).map_or(Decoder::Text, Decoder::Form),
        }
    }
}

/// Whether a TypeScript type such as `string | null` or `(number | null)[]` names this of the two, not the other.
fn names_only(ts_type: Option<&str>, name: &str) -> bool {
    let words = |word: &str| {
        ts_type.is_some_and(|text| text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word))
    };
    let other = if name == "string" { "number" } else { "string" };
    words(name) && !words(other)
}
