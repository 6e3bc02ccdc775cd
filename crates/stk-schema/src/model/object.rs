//! Objects by kind and name: what depends on what, and what the model leaves alone.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    Schema,
    Enum,
    Domain,
    Composite,
    Sequence,
    Function,
    Table,
    Partition,
    View,
}

/// An object of a managed schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    pub kind: ObjectKind,
    pub schema: String,
    /// For a function its signature, as in [`super::Schema::functions`].
    pub name: String,
}

/// `object` can not be without `on`. Columns, constraints, indexes, triggers and policies count as their table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dependency {
    pub object: Object,
    /// The part of `object` that needs it: "default of n", "check c", "policy p"; empty for the object as such.
    pub part: String,
    pub on: Object,
    /// The column of `on`, where it is no more than that.
    pub column: Option<String>,
}

/// Something in a managed schema that plans name and never touch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmanaged {
    /// In words: "aggregate", "foreign table".
    pub kind: String,
    /// Empty for what is in no schema.
    pub schema: String,
    pub name: String,
}
