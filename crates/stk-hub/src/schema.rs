//! The schema part of an apply: HCL to a plan for each database, and the plans run.
//!
//! All databases are planned before any is changed. Two databases are not one transaction: where the second fails, the
//! first stays as it is, and applying again does what is left.

use std::collections::BTreeMap;

use stk_contract::config::SchemaEngine;
use stk_contract::hub::{Diagnostic, SchemaStep, Severity};
use stk_contract::{ErrorCode, Problem};
use stk_project::{Project, SchemaFile, SourceText};
use stk_schema::{ApplyOptions, Plan, PlanError};

use crate::apply::{ApplyError, Place};
use crate::databases::Session;
use crate::failpoint;
use crate::state::State;
use crate::store::audit::Entry;

/// Makes every database what its file says, or, in a dry run, only says how. Errors of the files are diagnostics.
pub async fn change(
    state: &State,
    place: Place<'_>,
    project: &Project,
    sessions: &mut BTreeMap<String, Session>,
    diagnostics: &mut Vec<Diagnostic>,
    dry_run: bool,
) -> Result<Vec<SchemaStep>, ApplyError> {
    let before = diagnostics.len();
    let mut plans = Vec::new();
    for (alias, file) in &project.schema {
        // The project's own check has told of an alias without a database.
        let Some(session) = sessions.get_mut(alias) else { continue };
        match plan(project, alias, file, session).await {
            Ok(plan) => plans.push((alias, file, plan)),
            Err(found) => diagnostics.extend(found),
        }
    }
    let mut steps = Vec::new();
    for (alias, _, plan) in &plans {
        let step = |step: &stk_schema::Step| SchemaStep {
            alias: (*alias).clone(),
            summary: step.summary.clone(),
            sql: step.sql.clone(),
        };
        steps.extend(plan.steps.iter().map(step));
    }
    if dry_run || diagnostics.len() > before || steps.is_empty() {
        return Ok(steps);
    }
    let Place { project: id, env, operator } = place;
    let detail =
        steps.iter().map(|step| format!("{}: {}", step.alias, step.summary)).collect::<Vec<_>>().join("\n");
    state.store.audit(&Entry { operator, action: "schema.apply", project: id, env, detail: &detail }).await?;
    failpoint::hit("schema_audited");
    for (alias, file, plan) in plans.iter().filter(|(_, _, plan)| !plan.is_empty()) {
        let session = sessions.get_mut(*alias).expect("planned over this session");
        let client = &mut session.warm().client;
        if let Err(error) = stk_schema::apply(client, plan, &ApplyOptions::default()).await {
            diagnostics.push(failed(alias, file, error)?);
            break;
        }
    }
    Ok(steps)
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
    match stk_schema::plan(&mut session.warm().client, &model).await {
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
fn failed(alias: &str, file: &SchemaFile, error: stk_schema::ApplyError) -> Result<Diagnostic, Problem> {
    match error {
        stk_schema::ApplyError::Busy | stk_schema::ApplyError::Drift { .. } => {
            Err(Problem::new(ErrorCode::Conflict)
                .detail(format!("The schema of the database `{alias}` could not be changed: {error}."))
                .hint("apply again"))
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
