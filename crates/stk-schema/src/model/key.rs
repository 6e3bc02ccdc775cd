//! Keys, indexes and constraints of a table.

use indexmap::IndexMap;

use crate::diagnostic::Origin;

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Deferrable {
    /// `NOT DEFERRABLE`
    #[default]
    Never,
    /// `DEFERRABLE INITIALLY IMMEDIATE`
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`
    Deferred,
}

impl Deferrable {
    /// With a leading space; empty where it is Postgres' default.
    pub fn as_sql(self) -> &'static str {
        match self {
            Deferrable::Never => "",
            Deferrable::Immediate => " DEFERRABLE",
            Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
        }
    }
}

/// A primary key or a unique constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// The constraint's name; `None` in a declared primary key without a label.
    pub name: Option<String>,
    pub columns: Vec<String>,
    pub include: Vec<String>,
    pub nulls_distinct: bool,
    pub deferrable: Deferrable,
    /// Of the index that the constraint stands on.
    pub storage_params: IndexMap<String, String>,
    pub comment: Option<String>,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// By name, without `pages_per_range`.
    pub storage_params: IndexMap<String, String>,
    pub comment: Option<String>,
    /// A leftover of a failed `CREATE INDEX CONCURRENTLY`; only inspection sets this.
    pub invalid: bool,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub renamed_from: Option<String>,
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
    /// A collation other than the column's, as SQL.
    pub collate: Option<String>,
}

impl IndexPart {
    pub fn plain(term: Term) -> IndexPart {
        IndexPart { term, desc: false, nulls_first: None, ops: None, collate: None }
    }
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
    /// The columns that `SET NULL` or `SET DEFAULT` sets; empty for all.
    pub on_delete_columns: Vec<String>,
    /// `MATCH FULL`
    pub match_full: bool,
    pub deferrable: Deferrable,
    /// Rows that were there when it was added are not checked.
    pub not_valid: bool,
    pub comment: Option<String>,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub renamed_from: Option<String>,
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
    pub no_inherit: bool,
    /// Rows that were there when it was added are not checked.
    pub not_valid: bool,
    pub comment: Option<String>,
    /// What Postgres has and the dialect can not say; only inspection fills this.
    pub beyond: Vec<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

/// An exclusion constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclusion {
    pub method: IndexMethod,
    pub parts: Vec<ExclusionPart>,
    pub include: Vec<String>,
    /// The SQL predicate of a partial constraint.
    pub predicate: Option<String>,
    pub deferrable: Deferrable,
    pub storage_params: IndexMap<String, String>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExclusionPart {
    pub part: IndexPart,
    /// As SQL: `=`, `&&`, `OPERATOR(s.=)` in a normal model where it is not one of Postgres' own.
    pub operator: String,
}
