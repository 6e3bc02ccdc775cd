//! Wire types of the Hub's REST API under `/api/v1`. All JSON in camelCase; errors are [`crate::Problem`].

pub mod schema;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// What a check found in the user's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable, such as `header.unknown_key`.
    pub code: String,
    /// Path inside the project, such as `logic/users/get.sql`.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: u32,
    pub column: u32,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The line of the file that it stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
    /// Nothing is wrong; something could be better.
    Info,
}

/// Files of a project: path to content. Only `schema/`, `config/` and `logic/` are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Files(pub BTreeMap<String, FileContent>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileContent {
    Text(String),
    Base64(String),
}

/// `POST /bootstrap`: the one-time token printed at the Hub's first start becomes an access token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bootstrap {
    pub token: String,
}

impl std::fmt::Debug for Bootstrap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bootstrap(…)")
    }
}

/// An access token, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    pub access_token: String,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// `GET /whoami`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Whoami {
    pub operator: String,
    pub role: String,
}

/// `POST /projects`, `GET /projects`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Project {
    pub id: String,
}

/// `POST /projects/{project}/environments`, `GET` of the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    pub name: String,
    /// The release that serves, if any.
    #[serde(default)]
    pub number: Option<u64>,
}

/// `PUT /projects/{project}/environments/{env}/secrets/{name}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecretValue {
    pub value: String,
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

/// `GET …/secrets`: never the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecretInfo {
    pub name: String,
    pub version: u64,
    /// RFC 3339.
    pub updated_at: String,
}

/// `POST …/apply`: files in, one whole, checked release out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplyRequest {
    pub scope: ApplyScope,
    /// Replaces what the scope covers; the rest stays as the newest release has it.
    pub files: Files,
    /// The number the caller last saw: 409 where another one serves now. Absent: whatever serves.
    #[serde(default)]
    pub expected_number: Option<u64>,
    /// Check only; nothing changes.
    #[serde(default)]
    pub dry_run: bool,
    /// Codes of hazards of the schema change that are allowed, such as `STK-D102`.
    #[serde(default)]
    pub allow: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApplyScope {
    /// `schema/`: the database is changed to match, then everything is checked again.
    Schema,
    /// `config/`.
    Config,
    /// `logic/`.
    Logic,
    /// All three, in that order.
    Deploy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplyResult {
    /// The number that serves now; of a dry run, the number that served.
    pub number: u64,
    pub release: Hash,
    /// False where what was sent already serves.
    pub changed: bool,
    pub logic: LogicChanges,
    /// Steps done on the databases, or that would be.
    pub schema_steps: Vec<SchemaStep>,
    /// Warnings only; errors are a `check_failed` problem.
    pub diagnostics: Vec<Diagnostic>,
}

/// Paths of logic that a release changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogicChanges {
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaStep {
    pub alias: String,
    pub summary: String,
    pub sql: String,
}

/// `GET …/releases`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReleaseInfo {
    pub number: u64,
    pub release: Hash,
    /// RFC 3339.
    pub created_at: String,
    pub operator: String,
    /// Where it came from: `deploy`, `logic apply`, `rollback to 3`, …
    pub origin: String,
    pub live: bool,
}

/// `POST …/rollback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollbackRequest {
    /// Absent: the one before the live one.
    #[serde(default)]
    pub to: Option<u64>,
    #[serde(default)]
    pub expected_number: Option<u64>,
}

/// `POST …/tokens`: a development token for a user of the app, by the environment's own keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserTokenRequest {
    pub user: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub roles: Vec<String>,
    /// Seconds; absent: `jwt.expiresIn`.
    #[serde(default)]
    pub ttl: Option<u64>,
}

/// The answer of `POST …/tokens`; shown once, never stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserToken {
    pub token: String,
    /// RFC 3339.
    pub expires_at: String,
}

impl std::fmt::Debug for UserToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserToken(until {})", self.expires_at)
    }
}

/// `GET …/key`: what a Server of its own needs to believe and open the environment's edge packages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentKey {
    /// 32 bytes as hex digits. A secret.
    pub key: String,
    /// The Hub's public signing key, to pin.
    pub signing_key: String,
}

impl std::fmt::Debug for EnvironmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnvironmentKey(signing key {})", self.signing_key)
    }
}

/// `GET …/manifest`: what `stk sync` needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ManifestResponse {
    pub number: u64,
    pub hash: Hash,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub manifest: crate::client_manifest::ClientManifest,
    pub openapi: String,
}
