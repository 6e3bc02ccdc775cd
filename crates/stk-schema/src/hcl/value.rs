//! What an HCL expression evaluates to.

use std::fmt;

use hcl_edit::Number;
use indexmap::IndexMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Value>),
    Map(IndexMap<String, Value>),
    /// A bare word: a type (`text`) or a key word (`CASCADE`).
    Word(String),
    /// A type with arguments: `varchar(255)`.
    Call(String, Vec<Value>),
    /// `sql("…")`
    Sql(String),
    /// `table.users.column.id` as its segments.
    Reference(Vec<String>),
}

impl Value {
    /// What it is, for "… expected, not …".
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a bool",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Word(_) => "a key word",
            Value::Call(..) => "a type",
            Value::Sql(_) => "sql(…)",
            Value::Reference(_) => "a reference",
        }
    }

    /// The text of a scalar, as templates and string functions see it.
    pub fn text(&self) -> Option<String> {
        match self {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// About how much memory it takes: bytes of text, and one for each value.
    pub fn weight(&self) -> usize {
        1 + match self {
            Value::String(text) | Value::Word(text) | Value::Sql(text) => text.len(),
            Value::List(items) | Value::Call(_, items) => items.iter().map(Value::weight).sum(),
            Value::Map(entries) => entries.iter().map(|(key, value)| key.len() + value.weight()).sum(),
            Value::Reference(segments) => segments.iter().map(String::len).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
    }

    pub fn integer(&self) -> Option<i64> {
        match self {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

/// JSON, which `jsonencode` gives; what JSON has not is shown as its HCL text.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json_string = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::String(text) | Value::Word(text) | Value::Sql(text) => f.write_str(&json_string(text)),
            Value::Call(name, _) => f.write_str(&json_string(name)),
            Value::Reference(segments) => f.write_str(&json_string(&segments.join("."))),
            Value::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{}:{value}", if index > 0 { "," } else { "" }, json_string(key))?;
                }
                f.write_str("}")
            }
        }
    }
}
