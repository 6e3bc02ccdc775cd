//! The schema part of an apply: HCL to a plan for each database, and the plans run.
//!
//! All databases are planned before any is changed. Two databases are not one transaction: where the second fails, the
//! first stays as it is, and applying again does what is left.

use std::collections::BTreeMap;

use stk_contract::config::SchemaEngine;
use stk_contract::hub::{Diagnostic, SchemaStep, Severity};
use stk_contract::{ErrorCode, Hash, Problem};
use stk_project::{Project, SchemaFile, SourceText};
use stk_schema::{ApplyOptions, Plan, PlanError};

use crate::apply::{ApplyError, Place, Sessions};
use crate::databases::Session;
use crate::failpoint;
use crate::state::State;
use crate::store::audit::Entry;

/// A change of every database of a project to what its file says; in a dry run, only how.
pub struct Change<'a> {
    pub place: Place<'a>,
    pub project: &'a Project,
    pub dry_run: bool,
}

/// A database that is to be changed.
struct Planned<'a> {
    alias: &'a String,
    file: &'a SchemaFile,
    plan: Plan,
}

impl<'a> Change<'a> {
    /// Gives the steps, and brings `fingerprints` up to date. Errors of the files are diagnostics.
    pub async fn run(
        &self,
        state: &State,
        sessions: &mut Sessions,
        fingerprints: &mut BTreeMap<String, String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<SchemaStep>, ApplyError> {
        let Some(plans) = self.plan(sessions, fingerprints, diagnostics).await else { return Ok(Vec::new()) };
        let steps: Vec<SchemaStep> = plans.iter().flat_map(Planned::steps).collect();
        if self.dry_run {
            return Ok(steps);
        }
        if !steps.is_empty() {
            self.audit(state, &steps).await?;
            failpoint::hit("schema_audited");
        }
        for Planned { alias, file, plan } in plans {
            // Every plan was made over the session of its alias.
            let Some(session) = sessions.get_mut(alias) else { continue };
            if !plan.is_empty() {
                if let Err(error) = stk_schema::apply(session.client(), &plan, &ApplyOptions::default()).await
                {
                    diagnostics.push(failed(alias, file, error)?);
                    break;
                }
                match session.fingerprint().await {
                    Ok(fingerprint) => drop(fingerprints.insert(alias.clone(), fingerprint)),
                    Err(error) => diagnostics.push(error.diagnostic(alias)),
                }
            }
            if let Some(fingerprint) = fingerprints.get(alias) {
                session.settle(hash(file), fingerprint.clone());
            }
        }
        Ok(steps)
    }

    /// A plan for each database that may need one; none where a file has errors.
    async fn plan(
        &self,
        sessions: &mut Sessions,
        fingerprints: &BTreeMap<String, String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Planned<'a>>> {
        let mut plans = Vec::new();
        let mut whole = true;
        for (alias, file) in &self.project.schema {
            // The project's own check has told of an alias without a database.
            let Some(session) = sessions.get_mut(alias) else { continue };
            let fingerprint = fingerprints.get(alias).map_or("", String::as_str);
            if session.is_settled(&hash(file), fingerprint) {
                continue;
            }
            match plan(self.project, alias, file, session).await {
                Ok(plan) => plans.push(Planned { alias, file, plan }),
                Err(found) => {
                    whole = false;
                    diagnostics.extend(found);
                }
            }
        }
        whole.then_some(plans)
    }

    async fn audit(&self, state: &State, steps: &[SchemaStep]) -> Result<(), ApplyError> {
        let Place { project, env, operator } = self.place;
        let lines: Vec<String> =
            steps.iter().map(|step| format!("{}: {}", step.alias, step.summary)).collect();
        let detail = lines.join("\n");
        Ok(state
            .store
            .audit(&Entry { operator, action: "schema.apply", project, env, detail: &detail })
            .await?)
    }
}

impl Planned<'_> {
    fn steps(&self) -> impl Iterator<Item = SchemaStep> {
        self.plan.steps.iter().map(|step| SchemaStep {
            alias: self.alias.clone(),
            summary: step.summary.clone(),
            sql: step.sql.clone(),
        })
    }
}

fn hash(file: &SchemaFile) -> Hash {
    Hash::of(file.text.as_bytes())
}

/// For a dry run whose schema is not there yet: its logic can not be described.
pub fn unchecked_warning() -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: "schema.unchecked_logic".to_owned(),
        file: "schema".to_owned(),
        line: 0,
        column: 0,
        message: "logic was not checked: the schema would change first".to_owned(),
        hint: None,
        source: None,
    }
}

async fn plan(
    project: &Project,
    alias: &str,
    file: &SchemaFile,
    session: &mut Session,
) -> Result<Plan, Vec<Diagnostic>> {
    if project.config.databases.get(alias).is_some_and(|database| database.engine == SchemaEngine::Atlas) {
        let message =
            format!("the database `{alias}` asks for `engine: atlas`, which this version does not run");
        return Err(vec![whole_file(file, "schema.engine", message)]);
    }
    let (model, found) = stk_schema::parse(&[(file.file.clone(), file.text.as_str())], &BTreeMap::new());
    if !found.is_empty() {
        return Err(found.into_iter().map(|diagnostic| translate(diagnostic, file)).collect());
    }
    match stk_schema::plan(session.client(), &model).await {
        Ok(plan) => Ok(plan),
        Err(PlanError::Diagnostics(found)) => {
            Err(found.into_iter().map(|diagnostic| translate(diagnostic, file)).collect())
        }
        Err(PlanError::Database(error)) => {
            let message = format!("the database `{alias}` could not be compared with the file: {error}");
            Err(vec![whole_file(file, "schema.database", message)])
        }
    }
}

/// A failed step is the file's error; a lost race is the caller's.
fn failed(alias: &str, file: &SchemaFile, error: stk_schema::ApplyError) -> Result<Diagnostic, ApplyError> {
    match error {
        stk_schema::ApplyError::Busy(_) | stk_schema::ApplyError::Drift { .. } => {
            Err(Problem::new(ErrorCode::Conflict)
                .detail(format!("The schema of the database `{alias}` could not be changed: {error}."))
                .hint("apply again")
                .into())
        }
        error => {
            let message = format!("the schema of the database `{alias}` could not be changed: {error}");
            Ok(whole_file(file, "schema.step_failed", message))
        }
    }
}

fn translate(found: stk_schema::Diagnostic, file: &SchemaFile) -> Diagnostic {
    let in_file = !found.file.is_empty();
    Diagnostic {
        severity: Severity::Error,
        code: format!("schema.{}", found.code),
        file: if in_file { found.file } else { file.file.clone() },
        line: found.line,
        column: found.column,
        message: found.message,
        hint: found.hint,
        source: SourceText::new(&file.text).line(found.line).map(str::to_owned),
    }
}

fn whole_file(file: &SchemaFile, code: &str, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: code.to_owned(),
        file: file.file.clone(),
        line: 0,
        column: 0,
        message,
        hint: None,
        source: None,
    }
}
