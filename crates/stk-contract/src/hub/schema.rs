//! Wire types of schema plans: what would change, what it may break, and how far an apply is.

use serde::{Deserialize, Serialize};

use super::{ApplyResult, Diagnostic, Files};
use crate::{Hash, Problem};

/// `POST …/schema/plan`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaPlanRequest {
    /// Only `schema/` is looked at; the rest is as the newest release has it.
    pub files: Files,
    /// Without one, a plan may fail half-way where a rehearsal would have told so.
    #[serde(default = "yes")]
    pub rehearsal: bool,
}

fn yes() -> bool {
    true
}

/// A plan, kept by the Hub under its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaPlan {
    /// A hash over the project, the environment, the files and every database's steps.
    pub id: Hash,
    pub project: String,
    pub env: String,
    pub databases: Vec<DatabasePlan>,
    /// Deployed logic that stops working.
    pub breaks: Vec<BrokenLogic>,
    /// Codes of the hazards that must be allowed before it is applied, each once.
    pub open_hazards: Vec<String>,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl SchemaPlan {
    /// Whether the databases are already as the files say.
    pub fn is_empty(&self) -> bool {
        self.databases.iter().all(|database| database.steps.is_empty())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DatabasePlan {
    pub alias: String,
    /// Which engine made it: `santokit` or `atlas`.
    pub engine: String,
    pub steps: Vec<PlannedStep>,
    /// What stands in the managed schemas and is never touched: `aggregate public.total(integer)`.
    pub unmanaged: Vec<String>,
    /// Whether the steps ran on a copy, after which nothing was left to do.
    pub rehearsed: bool,
    /// Where this goes on with an apply that was cut short: who began it, when, and how many steps are done.
    pub resumes: Option<Resumes>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Resumes {
    pub operator: String,
    /// RFC 3339.
    pub started_at: String,
    pub done: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedStep {
    pub summary: String,
    pub sql: String,
    /// Whether it shares a transaction with the step before it.
    pub joins_previous: bool,
    pub in_transaction: bool,
    /// Such as `ACCESS EXCLUSIVE on public.users`.
    pub locks: Vec<String>,
    /// About how many rows are read or written.
    pub rows: Option<u64>,
    pub hazards: Vec<PlannedHazard>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedHazard {
    /// Stable: `STK-D102`.
    pub code: String,
    pub subject: String,
    pub message: String,
    pub hint: Option<String>,
    /// How many rows are concerned, where that was counted.
    pub rows: Option<u64>,
    /// Whether it must be allowed by its code.
    pub needs_approval: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BrokenLogic {
    /// `logic/users/get.sql`
    pub path: String,
    /// The number of the release that serves it.
    pub release: u64,
    /// What Postgres says.
    pub message: String,
}

/// `POST …/schema/applies`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaApplyRequest {
    /// The id of a plan that this environment's Hub made.
    pub plan: Hash,
    /// Codes of the hazards that are allowed.
    #[serde(default)]
    pub allow: Vec<String>,
    #[serde(default)]
    pub expected_number: Option<u64>,
    /// The plan as the approver has it before them: refused where it is not the one that is kept.
    #[serde(default)]
    pub shown: Option<SchemaPlan>,
}

/// `GET …/schema/applies/{id}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaApply {
    pub id: u64,
    pub plan: Hash,
    pub operator: String,
    pub state: SchemaApplyState,
    pub steps: Vec<AppliedStep>,
    /// Whom or what it waits for, while it does.
    pub waits_for: Option<String>,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// The release that it led to.
    pub result: Option<ApplyResult>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SchemaApplyState {
    Running,
    Done,
    Failed,
    /// The Hub that ran it is gone; applying again goes on.
    Interrupted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AppliedStep {
    pub alias: String,
    pub summary: String,
    /// `waiting`, `running` or `done`.
    pub state: String,
    /// Of a build or a backfill: what Postgres is doing, and how far it is.
    pub phase: Option<String>,
    pub done: u64,
    pub total: Option<u64>,
}

/// `POST …/schema/inspect`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaInspectRequest {
    /// The database's name in `config/databases.yaml`.
    pub alias: String,
    /// Absent: those that the newest release manages, else `public`.
    #[serde(default)]
    pub schemas: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaInspection {
    pub hcl: String,
    pub unmanaged: Vec<String>,
}

/// `POST …/schema/diff`: what makes the first into the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaDiffRequest {
    /// The database whose server reads the two; of a release or files with several, the one that is compared.
    pub alias: String,
    pub from: SchemaSource,
    pub to: SchemaSource,
}

/// One side of a comparison.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SchemaSource {
    /// HCL files: name to text.
    Files(std::collections::BTreeMap<String, String>),
    /// The environment's database of this alias, as it is.
    Database(String),
    /// Any database by its URL. A secret: never kept, never logged.
    Url(String),
    /// The files of a release of this environment.
    Release(u64),
}

impl std::fmt::Debug for SchemaSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SchemaSource::Files(files) => f.debug_tuple("Files").field(&files.keys()).finish(),
            SchemaSource::Database(alias) => f.debug_tuple("Database").field(alias).finish(),
            SchemaSource::Url(_) => f.write_str("Url(…)"),
            SchemaSource::Release(number) => f.debug_tuple("Release").field(number).finish(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaDiff {
    pub steps: Vec<PlannedStep>,
}
