//! The release: an immutable, content-addressed snapshot of a project, free of any environment.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::hash::Hash;
use crate::manifest::Manifest;
use crate::names::LogicPath;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub project: String,
    pub manifest: Manifest,
    pub code: BTreeMap<LogicPath, Code>,
    /// JavaScript modules, by their path in the project, such as `logic/users/update.ts`.
    pub modules: BTreeMap<String, Module>,
    /// WebAssembly modules, by the hash of their bytes.
    pub binaries: BTreeMap<Hash, Vec<u8>>,
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
    /// A handler in JavaScript; TypeScript was stripped.
    Js(JsCode),
    /// A WASI preview 1 command, one of the release's binaries.
    Wasm(Hash),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsCode {
    /// The module whose default export is the handler, a key of the release's modules.
    pub entry: String,
    /// All modules that it needs: itself and its imports, theirs included; sorted.
    pub modules: Vec<String>,
    /// Of the sources of all of them: equal code has an equal hash.
    pub content: Hash,
}

/// One module, ready for an engine: plain JavaScript with ES imports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    pub source: String,
    /// From the import specifiers of the source to keys of the release's modules.
    pub imports: BTreeMap<String, String>,
    /// Source map (version 3, JSON) back to the user's file, for stack traces in logs. Empty where every line and
    /// column of the source is that of the user's file.
    pub source_map: String,
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
