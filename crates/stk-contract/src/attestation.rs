//! The attestation: that a release was checked whole against one environment, and what Postgres said there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::names::LogicPath;
use crate::types::PgType;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attestation {
    pub project: String,
    pub env: String,
    /// Ever upward; a rollback is a new number.
    pub number: u64,
    pub release: Hash,
    /// Of the client manifest that was made with it.
    pub manifest: Hash,
    /// By alias.
    pub schema_fingerprints: BTreeMap<String, String>,
    pub logic: BTreeMap<LogicPath, LogicProof>,
}

/// What was proved of one logic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogicProof {
    pub statements: Vec<StatementProof>,
    /// No statement writes, so a caller may safely repeat it. Of logic that is not SQL: its answers are cached.
    pub read_only: bool,
    /// Constant statements that JavaScript gives to `db.query`, by alias and by text exactly as it gives them. What is
    /// not here was not known at deploy.
    pub queries: BTreeMap<String, BTreeMap<String, StatementProof>>,
}

impl LogicProof {
    /// The columns of the result: those of the last statement.
    pub fn columns(&self) -> &[ResultColumn] {
        self.statements.last().map_or(&[], |statement| &statement.columns)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StatementProof {
    /// What the Server runs where it differs from the release's text: columns whose type has no binary form here
    /// are cast to text.
    pub text: Option<String>,
    /// Types of `$1`, `$2`, … as Postgres infers them.
    pub params: Vec<PgType>,
    pub columns: Vec<ResultColumn>,
    /// Read-only, free of volatile functions and of row locks: it may ride a shared connection.
    pub shareable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultColumn {
    pub name: String,
    pub pg_type: PgType,
    pub nullable: bool,
    /// The header's `types:` override, as a TypeScript type.
    pub ts_type: Option<String>,
}
