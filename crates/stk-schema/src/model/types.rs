//! Types that users make: enums, domains, composites.

use indexmap::IndexMap;

use super::{Check, DataType};
use crate::diagnostic::Origin;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enum {
    pub values: Vec<String>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub data_type: DataType,
    pub null: bool,
    /// An SQL expression.
    pub default: Option<String>,
    /// A collation other than the type's own, as SQL.
    pub collate: Option<String>,
    pub checks: Vec<Check>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composite {
    pub fields: IndexMap<String, Field>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

/// A field of a composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub data_type: DataType,
    /// A collation other than the type's own, as SQL.
    pub collate: Option<String>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}
