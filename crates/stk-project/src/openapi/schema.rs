//! JSON Schemas of params and results.

use serde_json::{Map, Value, json};
use stk_contract::client_manifest::ClientLogic;
use stk_contract::manifest::{Checks, Format};
use stk_contract::{Param, ParamType, PgType, ResultColumn, Returns};

const SAFE_INT: i64 = (1 << 53) - 1;

/// A param in a body: null is as good as absent where it is not required.
pub(super) fn param(param: &Param) -> Value {
    let mut schema = value(&param.kind, &param.checks);
    if !param.required {
        schema = or_null(schema);
    }
    if let Some(description) = &param.description {
        schema["description"] = description.as_str().into();
    }
    if let Some(default) = param.default.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        schema["default"] = default;
    }
    schema
}

/// A value of a type that passes its checks.
pub(super) fn value(kind: &ParamType, checks: &Checks) -> Value {
    let mut schema = match kind {
        ParamType::String => json!({ "type": "string" }),
        ParamType::Int => json!({ "type": "integer", "minimum": -SAFE_INT, "maximum": SAFE_INT }),
        ParamType::Bigint => json!({ "type": ["integer", "string"], "pattern": "^-?[0-9]+$" }),
        ParamType::Float => json!({ "type": "number" }),
        ParamType::Number => json!({ "type": ["number", "string"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" }),
        ParamType::Bool => json!({ "type": "boolean" }),
        ParamType::Uuid => json!({ "type": "string", "format": "uuid" }),
        ParamType::Date => json!({ "type": "string", "format": "date" }),
        ParamType::Timestamp => json!({ "type": "string", "format": "date-time" }),
        ParamType::Json => json!({}),
        ParamType::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        ParamType::Array(items) => {
            json!({ "type": "array", "items": or_null(value(&items.kind, &items.checks)) })
        }
        ParamType::Enum(values) => json!({ "enum": values }),
    };
    add_checks(&mut schema, kind, checks);
    schema
}

fn add_checks(schema: &mut Value, kind: &ParamType, checks: &Checks) {
    let number =
        |text: &Option<String>| text.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    if matches!(kind, ParamType::Int | ParamType::Bigint | ParamType::Float | ParamType::Number) {
        for (key, bound) in [("minimum", number(&checks.min)), ("maximum", number(&checks.max))] {
            if let Some(bound) = bound {
                schema[key] = bound;
            }
        }
    }
    let (shortest, longest) = match kind {
        ParamType::String => ("minLength", "maxLength"),
        ParamType::Array(_) => ("minItems", "maxItems"),
        // Lengths of `bytes` are those of what the text encodes.
        _ => return,
    };
    for (key, length) in [(shortest, checks.min_length), (longest, checks.max_length)] {
        if let Some(length) = length {
            schema[key] = length.into();
        }
    }
    if let Some(pattern) = &checks.pattern {
        schema["pattern"] = pattern.as_str().into();
    }
    match checks.format {
        Some(Format::Email) => schema["format"] = "email".into(),
        Some(Format::Url) => schema["format"] = "uri".into(),
        None => {}
    }
}

/// What a call answers.
pub(super) fn result(logic: &ClientLogic) -> Value {
    if let Some(result) = &logic.result {
        return super::declared::json(&result.json);
    }
    if logic.columns.is_empty() {
        return json!({});
    }
    match logic.returns {
        Returns::One => row(&logic.columns),
        Returns::Optional => or_null(row(&logic.columns)),
        Returns::Many => json!({ "type": "array", "items": row(&logic.columns) }),
        Returns::Value => or_null(column(&logic.columns[0])),
        Returns::None => json!({}),
    }
}

fn row(columns: &[ResultColumn]) -> Value {
    let properties: Map<String, Value> = columns.iter().map(|c| (c.name.clone(), column(c))).collect();
    let required: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn column(column: &ResultColumn) -> Value {
    let schema = match column.ts_type.as_deref() {
        Some("string") => json!({ "type": "string" }),
        Some("number") => json!({ "type": "number" }),
        Some("boolean") => json!({ "type": "boolean" }),
        // A type of TypeScript says more than can be told here.
        Some(_) => json!({}),
        None => pg(&column.pg_type),
    };
    if column.nullable { or_null(schema) } else { schema }
}

fn pg(pg_type: &PgType) -> Value {
    match pg_type {
        PgType::Bool => json!({ "type": "boolean" }),
        PgType::Int2 | PgType::Int4 | PgType::Int8 => json!({ "type": "integer" }),
        // NaN and infinities are strings.
        PgType::Float4 | PgType::Float8 => json!({ "type": ["number", "string"] }),
        PgType::Uuid => json!({ "type": "string", "format": "uuid" }),
        PgType::Bytea => json!({ "type": "string", "contentEncoding": "base64" }),
        PgType::Json | PgType::Jsonb => json!({}),
        PgType::Enum { labels, .. } => json!({ "enum": labels }),
        PgType::Array(element) => json!({ "type": "array", "items": or_null(pg(element)) }),
        PgType::Composite { fields, .. } => {
            let properties: Map<String, Value> =
                fields.iter().map(|field| (field.name.clone(), or_null(pg(&field.pg_type)))).collect();
            json!({ "type": "object", "properties": properties })
        }
        PgType::Record => json!({ "type": "object" }),
        PgType::Void => json!({ "type": "null" }),
        _ => json!({ "type": "string" }),
    }
}

/// The same, or null; what takes anything takes null already.
fn or_null(schema: Value) -> Value {
    if schema == json!({}) { schema } else { json!({ "anyOf": [schema, { "type": "null" }] }) }
}
