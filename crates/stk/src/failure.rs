//! Why a command failed: what, why, what to do, and the exit code that says which kind.

use std::fmt::Display;

use stk_contract::hub::Diagnostic;
use stk_contract::{ErrorCode, Problem};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Failed = 1,
    Usage = 2,
    /// A check, a hazard or drift refused.
    Refused = 3,
    NotLoggedIn = 4,
    Unreachable = 5,
}

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
    pub diagnostics: Vec<Diagnostic>,
    pub request_id: Option<String>,
    /// The command's result says it all: under `--json` nothing more is printed.
    pub is_told: bool,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::Failed,
            message: message.into(),
            hint: None,
            diagnostics: Vec::new(),
            request_id: None,
            is_told: false,
        }
    }

    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Failure {
        self.exit = exit;
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// The check found errors in the user's files.
    pub fn check(mut diagnostics: Vec<Diagnostic>) -> Failure {
        // Errors first, each kind in the order of the files.
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        let errors = diagnostics.iter().filter(|d| d.severity == stk_contract::hub::Severity::Error).count();
        let plural = if errors == 1 { "error" } else { "errors" };
        Failure {
            exit: Exit::Refused,
            diagnostics,
            ..Failure::new(format!("the check found {errors} {plural}"))
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        if problem.code == ErrorCode::CheckFailed && !problem.diagnostics.is_empty() {
            return Failure::check(problem.diagnostics);
        }
        let exit = match problem.code.known() {
            Some(ErrorCode::Unauthorized) => Exit::NotLoggedIn,
            Some(ErrorCode::CheckFailed | ErrorCode::Conflict) => Exit::Refused,
            Some(ErrorCode::Unavailable) => Exit::Unreachable,
            _ => Exit::Failed,
        };
        let hint = problem
            .hint
            .or_else(|| (exit == Exit::NotLoggedIn).then(|| "run `stk login`, or set STK_TOKEN".to_owned()));
        Failure {
            exit,
            message: problem.detail.unwrap_or(problem.title),
            hint,
            diagnostics: problem.diagnostics,
            request_id: problem.request_id,
            is_told: false,
        }
    }
}

/// Says what was being done when an error came.
pub trait Doing<T> {
    /// `message` reads as a sentence's start: `can not read FILE`.
    fn doing(self, message: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Display> Doing<T> for Result<T, E> {
    fn doing(self, message: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("{}: {error}", message())))
    }
}
