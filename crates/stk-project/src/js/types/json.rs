//! What is done with types of JSON: unions without what is there twice, objects laid over each other.

use stk_contract::{JsonField, JsonType};

/// One type of several: unions within it opened, nothing twice; `never` for none.
pub(super) fn union(types: impl IntoIterator<Item = JsonType>) -> Option<JsonType> {
    let mut members: Vec<JsonType> = Vec::new();
    for json in types {
        let opened = match json {
            JsonType::Union(inner) => inner,
            other => vec![other],
        };
        for json in opened {
            if json == JsonType::Unknown {
                return Some(JsonType::Unknown);
            }
            if !members.contains(&json) {
                members.push(json);
            }
        }
    }
    let holds = |members: &[JsonType], text: &str| members.contains(&JsonType::Literal(text.to_owned()));
    if holds(&members, "true") && holds(&members, "false") {
        let is_other =
            |json: &JsonType| !matches!(json, JsonType::Literal(text) if text == "true" || text == "false");
        members.retain(is_other);
        members.push(JsonType::Boolean);
    }
    match members.len() {
        0 => None,
        1 => members.pop(),
        _ => Some(JsonType::Union(members)),
    }
}

/// The members of a union, or the one type that it is.
pub(super) fn members(json: JsonType) -> Vec<JsonType> {
    match json {
        JsonType::Union(members) => members,
        other => vec![other],
    }
}

/// What has the keys of both; `None` where they are not objects.
pub(super) fn both(one: JsonType, other: JsonType) -> Option<JsonType> {
    match (one, other) {
        (JsonType::Object { fields: mut all, rest }, JsonType::Object { fields: more, rest: more_rest }) => {
            for field in more {
                match all.iter_mut().find(|known| known.name == field.name) {
                    Some(known) => {
                        // What stands further down is the narrower one, as an interface narrows what it extends.
                        let optional = known.optional && field.optional;
                        *known = JsonField { optional, ..field };
                    }
                    None => all.push(field),
                }
            }
            Some(JsonType::Object { fields: all, rest: rest.or(more_rest) })
        }
        (JsonType::Unknown, other) | (other, JsonType::Unknown) => Some(other),
        (one, other) if one == other => Some(one),
        // A branded text or number: `string & { __brand: "Id" }`.
        (JsonType::String, JsonType::Object { .. }) | (JsonType::Object { .. }, JsonType::String) => {
            Some(JsonType::String)
        }
        (JsonType::Number, JsonType::Object { .. }) | (JsonType::Object { .. }, JsonType::Number) => {
            Some(JsonType::Number)
        }
        _ => None,
    }
}

/// The texts of a type that is made of literal texts.
pub(super) fn texts(json: &JsonType) -> Option<Vec<String>> {
    let text = |json: &JsonType| match json {
        JsonType::Literal(literal) => serde_json::from_str::<String>(literal).ok(),
        _ => None,
    };
    match json {
        JsonType::Union(members) => members.iter().map(text).collect(),
        json => text(json).map(|text| vec![text]),
    }
}
