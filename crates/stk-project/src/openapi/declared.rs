//! Declared types of results as JSON Schema.

use serde_json::{Map, Value, json};
use stk_contract::{JsonField, JsonType};

pub(super) fn json(of: &JsonType) -> Value {
    match of {
        JsonType::Unknown => json!({}),
        JsonType::Null => json!({ "type": "null" }),
        JsonType::Boolean => json!({ "type": "boolean" }),
        JsonType::Number => json!({ "type": "number" }),
        JsonType::String => json!({ "type": "string" }),
        JsonType::Literal(text) => json!({ "const": value(text) }),
        JsonType::Array(element) => json!({ "type": "array", "items": json(element) }),
        JsonType::Tuple(elements) => {
            let (items, length) = (elements.iter().map(json).collect::<Value>(), elements.len());
            json!({ "type": "array", "prefixItems": items, "minItems": length, "maxItems": length })
        }
        JsonType::Object { fields, rest } => object(fields, rest.as_deref()),
        JsonType::Union(members) => union(members),
        JsonType::Named(name) => json!({ "$ref": format!("#/components/schemas/{}", component(name)) }),
    }
}

/// The name of a component, which takes letters, digits, `.`, `-` and `_` only.
pub(super) fn component(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.chars().map(|c| if allowed(c) { c } else { '.' }).collect()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// Several literals are an enum.
fn union(members: &[JsonType]) -> Value {
    let literal = |of: &JsonType| match of {
        JsonType::Literal(text) => Some(value(text)),
        _ => None,
    };
    match members.iter().map(literal).collect::<Option<Vec<Value>>>() {
        Some(values) => json!({ "enum": values }),
        None => json!({ "anyOf": members.iter().map(json).collect::<Value>() }),
    }
}

fn object(fields: &[JsonField], rest: Option<&JsonType>) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), json(&field.json))).collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| !field.optional).map(|field| field.name.as_str()).collect();
    let mut schema = json!({ "type": "object" });
    if !properties.is_empty() {
        schema["properties"] = Value::Object(properties);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some(rest) = rest {
        schema["additionalProperties"] = json(rest);
    }
    schema
}
