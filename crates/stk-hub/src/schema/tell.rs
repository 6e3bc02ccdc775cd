//! What is told of a schema: diagnostics of its file, and problems that are the caller's.

use stk_contract::hub::{Diagnostic, Severity};
use stk_contract::{ErrorCode, Problem};
use stk_project::{SchemaFile, SourceText};
use stk_schema::{Hazard, RehearsalError, Step};

use super::atlas::AtlasError;
use crate::apply::ApplyError;
use crate::databases::SessionError;

/// Why a plan was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Apply(stk_schema::ApplyError),
    #[error(transparent)]
    Session(SessionError),
    #[error(transparent)]
    Atlas(#[from] AtlasError),
}

/// A failed step is the file's error; a lost race is the caller's.
pub fn failed(alias: &str, file: &SchemaFile, failure: Failure) -> Result<Diagnostic, ApplyError> {
    use stk_schema::ApplyError as Error;
    let message = format!("the schema of the database `{alias}` could not be changed: {failure}");
    match failure {
        Failure::Session(error) => Ok(error.diagnostic(alias)),
        Failure::Apply(Error::Busy(_) | Error::Drift { .. }) => {
            Err(Problem::new(ErrorCode::Conflict).detail(message).hint("plan and apply again").into())
        }
        Failure::Apply(Error::Stopped { .. }) => {
            Err(Problem::new(ErrorCode::Conflict).detail(message).hint("applying again goes on").into())
        }
        Failure::Apply(Error::Probe { code, hint, .. }) => {
            Ok(Diagnostic { hint, ..whole_file(file, code.as_str(), message) })
        }
        Failure::Apply(Error::Step { .. } | Error::Database(_)) => {
            Ok(whole_file(file, "schema.step_failed", message))
        }
        Failure::Atlas(error) => Ok(error.diagnostic(file)),
    }
}

/// A hazard that must be allowed first.
pub fn hazard(file: &SchemaFile, alias: &str, step: &Step, hazard: &Hazard) -> Diagnostic {
    let message = format!("{alias}: {}: {} ({})", step.summary, hazard.message, hazard.code.title());
    let hint = hazard.hint.as_ref().map(|hint| format!("; or {hint}")).unwrap_or_default();
    let hint = format!("allow it with `--allow {}`{hint}", hazard.code);
    Diagnostic { hint: Some(hint), ..whole_file(file, hazard.code.as_str(), message) }
}

pub fn as_warning(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}

pub fn rehearsal(alias: &str, file: &SchemaFile, error: &RehearsalError) -> Diagnostic {
    let hint = match error {
        RehearsalError::Copy { .. } => {
            "look at the plan with `stk schema plan --no-rehearsal`, apply it with --plan"
        }
        _ => "nothing was changed; `stk schema plan --no-rehearsal` shows the plan all the same",
    };
    let message = format!("the database `{alias}`: {error}");
    Diagnostic { hint: Some(hint.to_owned()), ..whole_file(file, "schema.rehearsal", message) }
}

/// For a dry run whose schema is not there yet, and could not be copied: its logic can not be described.
pub fn unchecked_warning() -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: "schema.unchecked_logic".to_owned(),
        file: "schema".to_owned(),
        line: 0,
        column: 0,
        message: "logic was not checked: the schema would change first, and no copy of it could be made"
            .to_owned(),
        hint: Some("give the role of `migrate` the right to create databases (CREATEDB)".to_owned()),
        source: None,
    }
}

pub fn translate(found: stk_schema::Diagnostic, file: &SchemaFile) -> Diagnostic {
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

pub fn whole_file(file: &SchemaFile, code: &str, message: String) -> Diagnostic {
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
