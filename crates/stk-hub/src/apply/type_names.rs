//! Types as messages call them.

use stk_contract::{ParamType, PgType};

/// As the header writes it.
pub fn of_param(kind: &ParamType) -> String {
    match kind {
        ParamType::String => "string".to_owned(),
        ParamType::Int => "int".to_owned(),
        ParamType::Bigint => "bigint".to_owned(),
        ParamType::Float => "float".to_owned(),
        ParamType::Number => "number".to_owned(),
        ParamType::Bool => "bool".to_owned(),
        ParamType::Uuid => "uuid".to_owned(),
        ParamType::Date => "date".to_owned(),
        ParamType::Timestamp => "timestamp".to_owned(),
        ParamType::Json => "json".to_owned(),
        ParamType::Bytes => "bytes".to_owned(),
        ParamType::Array(items) => format!("array of {}", of_param(&items.kind)),
        ParamType::Enum(values) => format!("enum of {}", values.join(", ")),
    }
}

/// As Postgres writes it.
pub fn of_postgres(kind: &PgType) -> String {
    match kind {
        PgType::Bool => "boolean".to_owned(),
        PgType::Int2 => "smallint".to_owned(),
        PgType::Int4 => "integer".to_owned(),
        PgType::Int8 => "bigint".to_owned(),
        PgType::Float4 => "real".to_owned(),
        PgType::Float8 => "double precision".to_owned(),
        PgType::Numeric => "numeric".to_owned(),
        PgType::Text => "text".to_owned(),
        PgType::Uuid => "uuid".to_owned(),
        PgType::Bytea => "bytea".to_owned(),
        PgType::Date => "date".to_owned(),
        PgType::Time => "time".to_owned(),
        PgType::TimeTz => "timetz".to_owned(),
        PgType::Timestamp => "timestamp".to_owned(),
        PgType::TimestampTz => "timestamptz".to_owned(),
        PgType::Interval => "interval".to_owned(),
        PgType::Json => "json".to_owned(),
        PgType::Jsonb => "jsonb".to_owned(),
        PgType::Other(name) => name.clone(),
        PgType::Enum { name, labels } => format!("enum {name} ({})", labels.join(", ")),
        PgType::Array(element) => format!("{}[]", of_postgres(element)),
        PgType::Composite { name, .. } => name.clone(),
        PgType::Record => "record".to_owned(),
        PgType::Range(element) => format!("range of {}", of_postgres(element)),
        PgType::Multirange(element) => format!("multirange of {}", of_postgres(element)),
        PgType::Void => "void".to_owned(),
    }
}

/// Declared types that fit a Postgres type, for a hint; empty where none does.
pub fn that_fit(pg: &PgType) -> Vec<String> {
    let simple = [
        ParamType::String,
        ParamType::Int,
        ParamType::Bigint,
        ParamType::Float,
        ParamType::Number,
        ParamType::Bool,
        ParamType::Uuid,
        ParamType::Date,
        ParamType::Timestamp,
        ParamType::Json,
        ParamType::Bytes,
    ];
    let fitting = simple.iter().filter(|kind| stk_contract::fit::fits(kind, pg)).map(of_param);
    let array = match pg {
        PgType::Array(_) => Some("array".to_owned()),
        _ => None,
    };
    fitting.chain(array).collect()
}
