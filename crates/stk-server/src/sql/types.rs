//! From the driver's types to the contract's, for statements that were not known at deploy.

use postgres_types::{Kind, Type};
use stk_contract::PgType;
use stk_contract::types::PgField;

pub(super) fn pg_type(of: &Type) -> PgType {
    match of.kind() {
        Kind::Enum(labels) => PgType::Enum { name: of.name().to_owned(), labels: labels.clone() },
        Kind::Array(element) => PgType::Array(Box::new(pg_type(element))),
        Kind::Range(element) => PgType::Range(Box::new(pg_type(element))),
        Kind::Multirange(element) => PgType::Multirange(Box::new(pg_type(element))),
        Kind::Domain(base) => pg_type(base),
        Kind::Composite(fields) => {
            let field = |field: &postgres_types::Field| PgField {
                name: field.name().to_owned(),
                pg_type: pg_type(field.type_()),
            };
            PgType::Composite { name: of.name().to_owned(), fields: fields.iter().map(field).collect() }
        }
        _ => simple(of),
    }
}

fn simple(of: &Type) -> PgType {
    match *of {
        Type::BOOL => PgType::Bool,
        Type::INT2 => PgType::Int2,
        Type::INT4 => PgType::Int4,
        Type::INT8 => PgType::Int8,
        Type::FLOAT4 => PgType::Float4,
        Type::FLOAT8 => PgType::Float8,
        Type::NUMERIC => PgType::Numeric,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::XML | Type::UNKNOWN => {
            PgType::Text
        }
        Type::UUID => PgType::Uuid,
        Type::BYTEA => PgType::Bytea,
        Type::DATE => PgType::Date,
        Type::TIME => PgType::Time,
        Type::TIMETZ => PgType::TimeTz,
        Type::TIMESTAMP => PgType::Timestamp,
        Type::TIMESTAMPTZ => PgType::TimestampTz,
        Type::INTERVAL => PgType::Interval,
        Type::JSON => PgType::Json,
        Type::JSONB => PgType::Jsonb,
        Type::RECORD => PgType::Record,
        // To the driver it is a pseudo-type like others, and no array.
        Type::RECORD_ARRAY => PgType::Array(Box::new(PgType::Record)),
        Type::VOID => PgType::Void,
        _ if of.name() == "citext" => PgType::Text,
        _ => PgType::Other(of.name().to_owned()),
    }
}
