//! A shape as JSON Schema 2020-12.

use serde_json::{Map, Value, json};

use crate::shape::{Object, Shape};
use crate::units::{DURATION_PATTERN, SIZE_PATTERN};

/// The whole schema of a file.
pub(crate) fn json_schema(title: &str, shape: &Shape) -> Value {
    let mut shared = Map::new();
    let mut schema = schema(shape, &mut shared);
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), title.into());
    if !shared.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(shared));
    }
    Value::Object(schema)
}

fn schema(shape: &Shape, shared: &mut Map<String, Value>) -> Map<String, Value> {
    let schema = match shape {
        Shape::Text | Shape::Template | Shape::HubTemplate => json!({ "type": "string" }),
        Shape::Name(rule) => json!({ "type": "string", "pattern": rule.pattern() }),
        Shape::Secret => json!({ "type": "string", "pattern": "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Int { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Duration => json!({ "type": "string", "pattern": DURATION_PATTERN }),
        Shape::Size => json!({ "type": "string", "pattern": SIZE_PATTERN }),
        Shape::Bound => json!({ "type": ["number", "string"] }),
        Shape::Any => json!({}),
        Shape::Choice(choices) => json!({ "enum": choices }),
        Shape::Words(words) => json!({ "anyOf": [{ "enum": words }, { "type": "string" }] }),
        Shape::List(item) => json!({ "type": "array", "items": schema(item, shared) }),
        Shape::Map { keys, values } => json!({
            "type": "object",
            "propertyNames": { "pattern": keys.pattern() },
            "additionalProperties": schema(values, shared),
        }),
        Shape::Object(of) => object(of, shared),
        Shape::Shared(name, of) => {
            if !shared.contains_key(*name) {
                // Its own mention inside it finds the name taken.
                shared.insert((*name).to_owned(), Value::Null);
                let definition = object(of, shared);
                shared.insert((*name).to_owned(), definition);
            }
            json!({ "$ref": format!("#/$defs/{name}") })
        }
        Shape::Either(one, other) => json!({ "anyOf": [schema(one, shared), schema(other, shared)] }),
    };
    match schema {
        Value::Object(schema) => schema,
        // Each arm above is an object.
        _ => Map::new(),
    }
}

fn object(object: &Object, shared: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for key in object.keys {
        let mut property = schema(&key.shape, shared);
        property.insert("description".to_owned(), key.doc.into());
        properties.insert(key.name.to_owned(), Value::Object(property));
    }
    let required: Vec<&str> = object.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
