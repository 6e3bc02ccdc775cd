//! Tables and their columns.

use indexmap::IndexMap;

use super::{Check, DataType, Exclusion, ForeignKey, Index, Key, Partition, Policy, RowSecurity, Trigger};
use crate::diagnostic::Origin;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub comment: Option<String>,
    pub columns: IndexMap<String, Column>,
    pub primary_key: Option<Key>,
    pub uniques: IndexMap<String, Key>,
    pub indexes: IndexMap<String, Index>,
    pub foreign_keys: IndexMap<String, ForeignKey>,
    pub checks: Vec<Check>,
    pub partition: Option<Partition>,
    pub exclusions: IndexMap<String, Exclusion>,
    pub triggers: IndexMap<String, Trigger>,
    pub policies: IndexMap<String, Policy>,
    pub row_security: RowSecurity,
    pub unlogged: bool,
    /// By name: `fillfactor`, `toast.autovacuum_enabled`.
    pub storage_params: IndexMap<String, String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub data_type: DataType,
    pub null: bool,
    /// An SQL expression.
    pub default: Option<String>,
    /// The SQL expression of a stored generated column.
    pub generated: Option<String>,
    pub identity: Option<Identity>,
    /// A collation other than the type's own, as SQL (quoted, qualified where it must be).
    pub collate: Option<String>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

impl Column {
    /// A column of `data_type` that can be null and has nothing else.
    pub fn of(data_type: DataType) -> Column {
        Column {
            data_type,
            null: true,
            default: None,
            generated: None,
            identity: None,
            collate: None,
            comment: None,
            renamed_from: None,
            origin: Origin::default(),
        }
    }
}

/// `None` of a limit or of the cache is Postgres' default for the column's type, in normal models too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `GENERATED ALWAYS`; otherwise `BY DEFAULT`.
    pub always: bool,
    pub start: i64,
    pub increment: i64,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub cache: Option<i64>,
    pub cycle: bool,
}
