//! The model of a schema: what the HCL asks for and what the database has, in one shape.
//!
//! No I/O, and no opinion on how one state becomes another. Two forms share these types. *Declared*: as parsed,
//! expressions in the user's own words. *Normal*: as Postgres prints it, every name qualified; only normal models
//! are compared. Views, functions, sequences of their own, policies and triggers are not part of it yet.

mod data_type;
mod sql_text;

use indexmap::IndexMap;

pub use data_type::{DataType, SerialSize};
pub(crate) use data_type::{TypeFault, parse_type, type_words};
pub(crate) use sql_text::{TextFault, check_expression, check_type, quote, quote_literal, requalify};

use crate::diagnostic::Origin;

/// All managed schemas of one database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    pub schemas: IndexMap<String, Schema>,
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
    pub tables: IndexMap<String, Table>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enum {
    pub values: Vec<String>,
    pub comment: Option<String>,
    pub origin: Origin,
}

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
    /// Exclusion constraints by name, as Postgres defines them; only inspection fills this.
    pub exclusions: IndexMap<String, String>,
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
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `GENERATED ALWAYS`; otherwise `BY DEFAULT`.
    pub always: bool,
    pub start: i64,
    pub increment: i64,
}

/// A primary key or a unique constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// The constraint's name; `None` in a declared primary key without a label.
    pub name: Option<String>,
    pub columns: Vec<String>,
    pub include: Vec<String>,
    pub nulls_distinct: bool,
    pub comment: Option<String>,
    /// What Postgres has and the dialect can not say, such as `DEFERRABLE`; only inspection fills this.
    pub beyond: Vec<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub unique: bool,
    pub method: IndexMethod,
    pub parts: Vec<IndexPart>,
    pub include: Vec<String>,
    /// The SQL predicate of a partial index.
    pub predicate: Option<String>,
    pub nulls_distinct: bool,
    /// BRIN's `pages_per_range`.
    pub pages_per_range: Option<i64>,
    pub comment: Option<String>,
    /// A leftover of a failed `CREATE INDEX CONCURRENTLY`; only inspection sets this.
    pub invalid: bool,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IndexMethod {
    #[default]
    Btree,
    Hash,
    Gin,
    Gist,
    Spgist,
    Brin,
}

impl IndexMethod {
    /// By any of the dialect's spellings (`BTREE`, `GiST`, …) or Postgres' own name.
    pub fn parse(name: &str) -> Option<IndexMethod> {
        Some(match name.to_ascii_lowercase().as_str() {
            "btree" => IndexMethod::Btree,
            "hash" => IndexMethod::Hash,
            "gin" => IndexMethod::Gin,
            "gist" => IndexMethod::Gist,
            "spgist" => IndexMethod::Spgist,
            "brin" => IndexMethod::Brin,
            _ => return None,
        })
    }

    pub fn as_str(self) -> &'static str {
        match self {
            IndexMethod::Btree => "btree",
            IndexMethod::Hash => "hash",
            IndexMethod::Gin => "gin",
            IndexMethod::Gist => "gist",
            IndexMethod::Spgist => "spgist",
            IndexMethod::Brin => "brin",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    pub term: Term,
    pub desc: bool,
    /// `None` is Postgres' default: nulls last ascending, first descending.
    pub nulls_first: Option<bool>,
    /// An operator class other than the type's default, as SQL.
    pub ops: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    Column(String),
    /// An SQL expression.
    Expression(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignKey {
    pub columns: Vec<String>,
    pub ref_schema: String,
    pub ref_table: String,
    pub ref_columns: Vec<String>,
    pub on_update: ReferenceAction,
    pub on_delete: ReferenceAction,
    pub comment: Option<String>,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReferenceAction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl ReferenceAction {
    pub const WORDS: [&'static str; 5] = ["NO_ACTION", "RESTRICT", "CASCADE", "SET_NULL", "SET_DEFAULT"];

    /// By the dialect's word, `SET_NULL`, or SQL's, `SET NULL`.
    pub fn parse(word: &str) -> Option<ReferenceAction> {
        Some(match word.to_ascii_uppercase().replace(' ', "_").as_str() {
            "NO_ACTION" => ReferenceAction::NoAction,
            "RESTRICT" => ReferenceAction::Restrict,
            "CASCADE" => ReferenceAction::Cascade,
            "SET_NULL" => ReferenceAction::SetNull,
            "SET_DEFAULT" => ReferenceAction::SetDefault,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            ReferenceAction::NoAction => "NO ACTION",
            ReferenceAction::Restrict => "RESTRICT",
            ReferenceAction::Cascade => "CASCADE",
            ReferenceAction::SetNull => "SET NULL",
            ReferenceAction::SetDefault => "SET DEFAULT",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// `None` in a declared check without a label: Postgres names it.
    pub name: Option<String>,
    /// An SQL expression.
    pub expr: String,
    pub comment: Option<String>,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub origin: Origin,
}

/// How a table is partitioned. The partitions themselves are not part of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    pub strategy: PartitionStrategy,
    pub parts: PartitionKey,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionKey {
    Declared(Vec<Term>),
    /// As Postgres prints it.
    Normal(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionStrategy {
    Range,
    List,
    Hash,
}

impl PartitionStrategy {
    pub const WORDS: [&'static str; 3] = ["RANGE", "LIST", "HASH"];

    pub fn parse(word: &str) -> Option<PartitionStrategy> {
        Some(match word.to_ascii_uppercase().as_str() {
            "RANGE" => PartitionStrategy::Range,
            "LIST" => PartitionStrategy::List,
            "HASH" => PartitionStrategy::Hash,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            PartitionStrategy::Range => "RANGE",
            PartitionStrategy::List => "LIST",
            PartitionStrategy::Hash => "HASH",
        }
    }
}
