//! How tables are partitioned, and the partitions themselves.

use indexmap::IndexMap;

use super::Term;
use crate::diagnostic::Origin;

/// How a table, or a partition, is itself partitioned.
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

/// A partition of a table.
///
/// A table's partitions are managed when the declared model has at least one of them; otherwise whoever makes them
/// by the clock keeps doing so, and they are listed as unmanaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionTable {
    pub parent_schema: String,
    /// A table, or a partition that is partitioned again.
    pub parent: String,
    pub bound: Bound,
    pub partition: Option<Partition>,
    pub unlogged: bool,
    pub storage_params: IndexMap<String, String>,
    pub comment: Option<String>,
    /// What it has of its own and the dialect can not say, such as an index that its parent lacks; only inspection
    /// fills this.
    pub beyond: Vec<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

/// The rows that a partition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    Default,
    /// SQL after the partition's name: `FOR VALUES FROM (1) TO (2)`.
    Values(String),
}
