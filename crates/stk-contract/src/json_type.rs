//! Types of JSON: what a call of logic that is not SQL answers, as its author declared it.
//!
//! Deliberately absent: anything that JSON can not carry. A `Date` of the author's is a string here already.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A declared type, with the types that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredType {
    pub json: JsonType,
    /// What [`JsonType::Named`] stands for: types that hold themselves, by `file#Name`.
    pub named: BTreeMap<String, JsonType>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonType {
    /// Any JSON.
    Unknown,
    Null,
    Boolean,
    Number,
    String,
    /// One value, as its JSON text: `"a"`, `1`, `true`.
    Literal(String),
    Array(Box<JsonType>),
    Tuple(Vec<JsonType>),
    Object {
        fields: Vec<JsonField>,
        /// What every other key holds; absent: there are no others.
        rest: Option<Box<JsonType>>,
    },
    Union(Vec<JsonType>),
    Named(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonField {
    pub name: String,
    /// It may be left out.
    pub optional: bool,
    pub json: JsonType,
}
