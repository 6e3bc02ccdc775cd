//! Types of Postgres values, as both ends of a call need to know them.

use serde::{Deserialize, Serialize};

/// The type of a param or of a result column. Domains stand as their base type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PgType {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    /// `text`, `varchar`, `bpchar`, `name`, `"char"`, `citext`, `xml` and unknown literals: text on the wire.
    Text,
    Uuid,
    Bytea,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Json,
    Jsonb,
    /// A built-in type by its catalog name (`inet`, `bit`, `oid`, …), whose JSON form is Postgres' text.
    Other(String),
    Enum {
        name: String,
        labels: Vec<String>,
    },
    Array(Box<PgType>),
    Composite {
        name: String,
        fields: Vec<PgField>,
    },
    /// An anonymous row: its fields are known from the value only.
    Record,
    Range(Box<PgType>),
    Multirange(Box<PgType>),
    Void,
}

/// A field of a composite type; it may always be null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PgField {
    pub name: String,
    pub pg_type: PgType,
}
