//! The release: an immutable, content-addressed snapshot of a project, free of any environment.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::manifest::Manifest;
use crate::names::LogicPath;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub project: String,
    pub manifest: Manifest,
    pub code: BTreeMap<LogicPath, Code>,
    /// Placeholders unresolved.
    pub config: Config,
    /// Names of the secrets that a Server needs to serve it. What only the Hub uses is not among them.
    pub secrets: BTreeSet<String>,
    /// OpenAPI 3.1 of the callable logic, as JSON text.
    pub openapi: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Statements of one SQL file; several run in one transaction.
    Sql(Vec<SqlStatement>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlStatement {
    /// With `$1`, `$2`, … where the file has names.
    pub text: String,
    /// `binds[0]` is `$1`.
    pub binds: Vec<Bind>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bind {
    Param(String),
    UserId,
    UserEmail,
    UserRoles,
}

impl Bind {
    /// Whether the value comes from the verified token.
    pub fn is_identity(&self) -> bool {
        !matches!(self, Bind::Param(_))
    }
}
