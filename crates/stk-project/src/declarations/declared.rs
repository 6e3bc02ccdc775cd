//! Declared types of results as TypeScript.

use stk_contract::{JsonField, JsonType};

use super::types::{Prec, TsType, property, quote};

/// A type of JSON.
pub(super) fn json_type(json: &JsonType) -> TsType {
    match json {
        JsonType::Unknown => TsType::simple("unknown"),
        JsonType::Null => TsType::simple("null"),
        JsonType::Boolean => TsType::simple("boolean"),
        JsonType::Number => TsType::simple("number"),
        JsonType::String => TsType::simple("string"),
        JsonType::Literal(text) => TsType::simple(literal(text)),
        JsonType::Array(element) => json_type(element).array(),
        JsonType::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(|json| json_type(json).at(Prec::Union)).collect();
            TsType::simple(format!("[{}]", elements.join(", ")))
        }
        JsonType::Object { fields, rest } => object(fields, rest.as_deref()),
        JsonType::Union(members) => {
            TsType::union(members.iter().map(|json| json_type(json).at(Prec::Element)))
        }
        JsonType::Named(name) => TsType::simple(format!("SantokitTypes[{}]", quote(name))),
    }
}

/// JSON text is TypeScript, but for separators of lines that older readers do not take in text.
fn literal(text: &str) -> String {
    match serde_json::from_str::<String>(text) {
        Ok(string) => quote(&string),
        Err(_) => text.to_owned(),
    }
}

fn object(fields: &[JsonField], rest: Option<&JsonType>) -> TsType {
    let field = |field: &JsonField| {
        let mark = if field.optional { "?" } else { "" };
        format!("{}{mark}: {}", property(&field.name), json_type(&field.json).at(Prec::Union))
    };
    let members: Vec<String> = fields.iter().map(field).collect();
    let known = (!members.is_empty()).then(|| format!("{{ {} }}", members.join("; ")));
    let others = rest.map(|json| format!("{{ [key: string]: {} }}", json_type(json).at(Prec::Union)));
    match (known, others) {
        (Some(known), None) => TsType::simple(known),
        (None, Some(others)) => TsType::simple(others),
        (None, None) => TsType::simple("{}"),
        // Known keys need not be of the type of the others.
        (Some(known), Some(others)) => TsType::intersection(&known, &others),
    }
}
