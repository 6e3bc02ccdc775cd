//! The model of a schema: what the HCL asks for and what the database has, in one shape.
//!
//! No I/O, and no opinion on how one state becomes another. Two forms share these types. *Declared*: as parsed,
//! expressions in the user's own words. *Normal*: as Postgres prints it, every name qualified; only normal models
//! are compared. What a database has beyond these types is listed by name in [`Model::unmanaged`].

mod data_type;
pub(crate) mod ddl;
mod key;
mod object;
mod partition;
mod routine;
mod security;
mod sequence;
mod sql_text;
mod table;
mod types;
mod view;

use indexmap::IndexMap;

pub use data_type::{DataType, SerialSize};
pub(crate) use data_type::{TypeFault, parse_type, type_words};
pub(crate) use ddl::roles;
pub use key::{
    Check, Deferrable, Exclusion, ExclusionPart, ForeignKey, Index, IndexMethod, IndexPart, Key,
    ReferenceAction, Term,
};
pub use object::{Dependency, Object, ObjectKind, Unmanaged};
pub use partition::{Bound, Partition, PartitionKey, PartitionStrategy, PartitionTable};
pub use routine::{
    Argument, ArgumentMode, Body, Function, Parallel, Returns, RoutineKind, Trigger, TriggerEnabled,
    TriggerEvents, TriggerTiming, Volatility,
};
pub use security::{Permission, PermissionTarget, Policy, PolicyCommand, Privilege, RowSecurity};
pub use sequence::Sequence;
pub(crate) use sql_text::{
    TextFault, Token, bracketed, check_atomic, check_expression, check_type, quote, quote_literal, requalify,
    split_name, tokens, unquote,
};
pub use table::{Column, Identity, Table};
pub use types::{Composite, Domain, Enum, Field};
pub use view::{CheckOption, View, ViewColumn};

use crate::diagnostic::Origin;

/// All managed schemas of one database, and what they need of the database itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    pub schemas: IndexMap<String, Schema>,
    /// A declared model that names none leaves those of the database alone.
    pub extensions: IndexMap<String, Extension>,
    /// Sorted, one for each target, role and grantability in a normal model. An object's privileges are managed
    /// when the declared model has a permission for it; those of all others are left alone.
    pub permissions: Vec<Permission>,
    /// Which object needs which; only inspection and normalisation fill this.
    pub dependencies: Vec<Dependency>,
    /// What the managed schemas have and this model can not say; only inspection fills this.
    pub unmanaged: Vec<Unmanaged>,
}

impl Model {
    /// The schemas the engine looks at and changes; it never touches any other.
    pub fn managed_schemas(&self) -> Vec<String> {
        self.schemas.keys().cloned().collect()
    }

    pub fn table(&self, schema: &str, table: &str) -> Option<&Table> {
        self.schemas.get(schema)?.tables.get(table)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    pub comment: Option<String>,
    pub enums: IndexMap<String, Enum>,
    pub domains: IndexMap<String, Domain>,
    pub composites: IndexMap<String, Composite>,
    pub sequences: IndexMap<String, Sequence>,
    /// By signature: the name and the types of the arguments that tell overloads apart, `f(integer, text)`.
    pub functions: IndexMap<String, Function>,
    pub tables: IndexMap<String, Table>,
    /// The partitions of tables, by name. They share the schema's name space with tables.
    pub partitions: IndexMap<String, PartitionTable>,
    /// Views and materialized views.
    pub views: IndexMap<String, View>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

impl Schema {
    /// Whether a relation, type or routine of this schema has the name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
            || self.enums.contains_key(name)
            || self.views.contains_key(name)
            || self.domains.contains_key(name)
            || self.composites.contains_key(name)
            || self.sequences.contains_key(name)
            || self.partitions.contains_key(name)
            || self.functions.values().any(|function| function.name == name)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extension {
    /// Where its objects are; in a declared model `None` leaves that to the extension.
    pub schema: Option<String>,
    /// In a declared model `None` takes any.
    pub version: Option<String>,
    pub comment: Option<String>,
    pub origin: Origin,
}
