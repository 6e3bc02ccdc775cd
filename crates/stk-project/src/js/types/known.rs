//! Types that TypeScript itself gives, as JSON writes their values.

use stk_contract::{JsonField, JsonType};

use super::json::{members, texts, union};

/// What a name that the project does not declare stands for.
pub(super) enum Known {
    /// The same as its first argument.
    First,
    List,
    Text,
    /// It is left out of JSON.
    Left,
    /// `Record<K, V>` and the others that change a type.
    Change(Change),
    /// Its JSON says nothing of what it holds; why.
    Lost(&'static str),
}

#[derive(Clone, Copy)]
pub(super) enum Change {
    Record,
    Partial,
    Required,
    Pick,
    Omit,
    NonNullable,
    Exclude,
    Extract,
}

pub(super) fn known(name: &str) -> Option<Known> {
    Some(match name {
        "Promise" | "PromiseLike" | "Awaited" | "Readonly" | "NoInfer" => Known::First,
        "Array" | "ReadonlyArray" => Known::List,
        "Date" | "URL" | "String" | "Uppercase" | "Lowercase" | "Capitalize" | "Uncapitalize" => Known::Text,
        "Function" => Known::Left,
        "Record" => Known::Change(Change::Record),
        "Partial" => Known::Change(Change::Partial),
        "Required" => Known::Change(Change::Required),
        "Pick" => Known::Change(Change::Pick),
        "Omit" => Known::Change(Change::Omit),
        "NonNullable" => Known::Change(Change::NonNullable),
        "Exclude" => Known::Change(Change::Exclude),
        "Extract" => Known::Change(Change::Extract),
        "Map" | "ReadonlyMap" | "WeakMap" => {
            Known::Lost("a `Map` is written as `{}`: use `Object.fromEntries`")
        }
        "Set" | "ReadonlySet" | "WeakSet" => Known::Lost("a `Set` is written as `{}`: use an array"),
        "RegExp" | "Error" | "Response" | "Request" | "Headers" | "URLSearchParams" | "Blob" | "FormData" => {
            Known::Lost("it is written as `{}`")
        }
        "Uint8Array" | "Int8Array" | "Uint16Array" | "Int16Array" | "Uint32Array" | "Int32Array"
        | "Float32Array" | "Float64Array" | "Uint8ClampedArray" | "BigInt64Array" | "BigUint64Array"
        | "ArrayBuffer" | "DataView" => {
            Known::Lost("bytes are not written as text by themselves: use base64")
        }
        "Iterable" | "Iterator" | "Generator" | "AsyncGenerator" | "AsyncIterable" | "ReadableStream" => {
            Known::Lost("it is not walked through: use an array")
        }
        _ => return None,
    })
}

/// A type changed; `None` where it can not be told.
pub(super) fn change(change: Change, args: Vec<JsonType>) -> Option<JsonType> {
    let mut args = args.into_iter();
    let (first, second) = (args.next()?, args.next());
    match change {
        Change::Record => record(&first, second?),
        Change::Partial => each_field(first, |field| JsonField { optional: true, ..field }),
        Change::Required => each_field(first, |field| JsonField { optional: false, ..field }),
        Change::Pick => {
            let names = texts(&second?)?;
            keep_fields(first, |name| names.iter().any(|known| known == name))
        }
        Change::Omit => {
            let names = texts(&second?)?;
            keep_fields(first, |name| !names.iter().any(|known| known == name))
        }
        Change::NonNullable => union(members(first).into_iter().filter(|json| *json != JsonType::Null)),
        Change::Exclude => {
            let out = members(second?);
            union(members(first).into_iter().filter(|json| !out.iter().any(|of| is_of(json, of))))
        }
        Change::Extract => {
            let kept = members(second?);
            union(members(first).into_iter().filter(|json| kept.iter().any(|of| is_of(json, of))))
        }
    }
}

fn record(keys: &JsonType, value: JsonType) -> Option<JsonType> {
    if matches!(keys, JsonType::String | JsonType::Number) {
        return Some(JsonType::Object { fields: Vec::new(), rest: Some(Box::new(value)) });
    }
    let field = |name| JsonField { name, optional: false, json: value.clone() };
    Some(JsonType::Object { fields: texts(keys)?.into_iter().map(field).collect(), rest: None })
}

fn each_field(json: JsonType, change: impl Fn(JsonField) -> JsonField) -> Option<JsonType> {
    let JsonType::Object { fields, rest } = json else { return None };
    Some(JsonType::Object { fields: fields.into_iter().map(change).collect(), rest })
}

fn keep_fields(json: JsonType, keep: impl Fn(&str) -> bool) -> Option<JsonType> {
    let JsonType::Object { fields, rest } = json else { return None };
    Some(JsonType::Object { fields: fields.into_iter().filter(|field| keep(&field.name)).collect(), rest })
}

/// Whether every value of the one is a value of the other, as far as that is plain to see.
fn is_of(json: &JsonType, of: &JsonType) -> bool {
    let literal = |json: &JsonType, quote: bool| matches!(json, JsonType::Literal(text) if text.starts_with('"') == quote);
    json == of
        || match of {
            JsonType::Unknown => true,
            JsonType::String => literal(json, true),
            JsonType::Number => {
                literal(json, false)
                    && !matches!(json, JsonType::Literal(text) if text == "true" || text == "false")
            }
            JsonType::Boolean => matches!(json, JsonType::Literal(text) if text == "true" || text == "false"),
            _ => false,
        }
}
