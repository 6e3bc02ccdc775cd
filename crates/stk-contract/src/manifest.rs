//! The manifest: the typed description of all logic of a release, as the files declare it.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::json_type::DeclaredType;
use crate::names::LogicPath;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub logic: BTreeMap<LogicPath, LogicSpec>,
}

/// What the header of one logic file says, defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogicSpec {
    pub description: Option<String>,
    /// The alias of the database.
    pub target: String,
    pub access: Access,
    /// In the order of the file.
    pub params: IndexMap<String, Param>,
    /// Of logic that is not SQL: `None`, or `Value` for whatever it gives, as it is.
    pub returns: Returns,
    pub cache: Option<CacheSpec>,
    /// Tags purged when this logic succeeds.
    pub invalidates: Vec<String>,
    pub timeout_ms: Option<u64>,
    pub isolate: Isolate,
    /// What `context.getSecret` may read.
    pub secrets: Vec<String>,
    /// Overrides of result types, by column.
    pub types: BTreeMap<String, String>,
    /// What logic that is not SQL answers, where it is declared.
    pub result: Option<DeclaredType>,
    pub isolation: Option<Isolation>,
}

impl Default for LogicSpec {
    fn default() -> LogicSpec {
        LogicSpec {
            description: None,
            target: "main".to_owned(),
            access: Access::Authenticated,
            params: IndexMap::new(),
            returns: Returns::Many,
            cache: None,
            invalidates: Vec::new(),
            timeout_ms: None,
            isolate: Isolate::Fresh,
            secrets: Vec::new(),
            types: BTreeMap::new(),
            result: None,
            isolation: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Public,
    Authenticated,
    /// Any one of these roles.
    Roles(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// Exactly one row, as an object.
    One,
    /// A row as an object, or `null`.
    Optional,
    /// An array of objects.
    Many,
    /// The single column's value of at most one row.
    Value,
    /// Nothing: 204.
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheSpec {
    pub ttl_ms: u64,
    /// How long past its time an answer may still be given while it is refreshed; 0: not at all.
    pub swr_ms: u64,
    pub vary: Vary,
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vary {
    /// One answer for each identity (issuer, subject, roles).
    User,
    /// One answer for everybody; the logic sees no identity.
    Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolate {
    Fresh,
    Reuse,
}

/// Isolation level of a logic with several statements; absent: the database's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Param {
    pub kind: ParamType,
    pub required: bool,
    /// The default as JSON text, already checked against the type.
    pub default: Option<String>,
    pub description: Option<String>,
    pub checks: Checks,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    String,
    /// Within ±(2^53−1).
    Int,
    /// A number or decimal text within int8.
    Bigint,
    Float,
    /// Decimal of any precision, as text or number.
    Number,
    Bool,
    Uuid,
    /// `YYYY-MM-DD`.
    Date,
    /// RFC 3339 with an offset.
    Timestamp,
    Json,
    /// Base64.
    Bytes,
    Array(Box<Items>),
    Enum(Vec<String>),
}

/// What each element of an array is; elements may be null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Items {
    pub kind: ParamType,
    pub checks: Checks,
}

/// Checks past the type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Checks {
    /// Bounds, inclusive: a decimal for numbers, the text form for dates and timestamps.
    pub min: Option<String>,
    pub max: Option<String>,
    /// Characters of a string, bytes of `bytes`, elements of an array.
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    /// A regular expression that must match somewhere in the string.
    pub pattern: Option<String>,
    pub format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Email,
    Url,
}

impl LogicSpec {
    /// Whether browsers and CDNs may fetch and keep it: public and cached for everybody.
    pub fn is_get(&self) -> bool {
        self.access == Access::Public && self.cache.as_ref().is_some_and(|cache| cache.vary == Vary::Shared)
    }
}
