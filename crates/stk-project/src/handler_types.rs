//! What editors need to check handlers: the types of `context`, and of each logic's params as its header declares them.
//!
//! The params here are those that a handler gets, defaults filled in, and not those that a client may send.

use stk_contract::{Manifest, Param, ParamType};

use crate::declarations::quoted;

const HANDLER: &str = include_str!("handler.d.ts");

/// The text of a declaration file for `logic/`.
pub fn handler_types(manifest: &Manifest) -> String {
    let mut text =
        String::from("// Written by `stk`: what handlers under `logic/` are given. Do not edit.\n\n");
    text.push_str(HANDLER);
    text.push_str("\n/** What each logic is called with, by its path. */\ninterface SantokitParams {\n");
    for (path, spec) in &manifest.logic {
        let fields: Vec<String> = spec.params.iter().map(|(name, param)| field(name, param)).collect();
        let params = if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join("; ")) };
        text.push_str(&format!("  {}: {params};\n", quoted(path.as_str())));
    }
    text.push_str("}\n");
    text
}

fn field(name: &str, param: &Param) -> String {
    let kind = kind(&param.kind);
    match (param.required, &param.default) {
        (true, _) => format!("{name}: {kind}"),
        // Null is what a caller may still say.
        (false, Some(_)) => format!("{name}: {kind} | null"),
        (false, None) => format!("{name}?: {kind} | null"),
    }
}

fn kind(kind: &ParamType) -> String {
    match kind {
        ParamType::String | ParamType::Uuid | ParamType::Date | ParamType::Timestamp | ParamType::Bytes => {
            "string".to_owned()
        }
        ParamType::Int | ParamType::Float => "number".to_owned(),
        ParamType::Bigint | ParamType::Number => "number | string".to_owned(),
        ParamType::Bool => "boolean".to_owned(),
        ParamType::Json => "any".to_owned(),
        ParamType::Array(items) => format!("({} | null)[]", self::kind(&items.kind)),
        ParamType::Enum(values) if values.is_empty() => "never".to_owned(),
        ParamType::Enum(values) => values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(" | "),
    }
}
