//! A run of an engine: what JavaScript and WebAssembly logic is given, and how it can fail.
//!
//! The host starts the engine for [`crate::Effect::Run`] and answers with [`crate::Event::Ran`]. While it runs, the
//! logic asks for operations (`context.db.query`, `context.invoke`, …).

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::{ErrorCode, Problem};

use crate::scope::Scope;

/// One run as a host starts it.
#[derive(Debug)]
pub struct RunWork {
    pub engine: Engine,
    /// The params as the logic gets them: a JSON object, defaults filled in; an absent optional param is no key of it.
    pub params: Bytes,
    /// Bytes of memory that it may have.
    pub memory_bytes: u64,
    /// Bytes of the result's JSON.
    pub result_bytes_max: u64,
    /// What its operations are performed in.
    pub scope: Arc<Scope>,
}

impl RunWork {
    /// The logic's path: the host keeps its code by it.
    pub fn logic(&self) -> &Arc<str> {
        &self.scope.logic.path
    }

    /// `context.request` as JSON: `{ "id", "path", "headers": {…}, "user": { "id", "email", "roles" } | null }`.
    pub fn request(&self) -> &Bytes {
        &self.scope.request
    }

    /// What `context.getSecret` may read.
    pub fn secrets(&self) -> &Secrets {
        &self.scope.program().secrets
    }
}

/// What runs the logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Js,
    Wasm,
}

impl Engine {
    /// A label for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Engine::Js => "js",
            Engine::Wasm => "wasm",
        }
    }
}

/// Secrets that a logic's header names, each with its value. `Debug` shows the names.
#[derive(Clone, Default)]
pub struct Secrets(pub(crate) Arc<[(Box<str>, Box<str>)]>);

impl Secrets {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    pub fn pairs(&self) -> &Arc<[(Box<str>, Box<str>)]> {
        &self.0
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a run gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunFault {
    /// The logic threw, trapped, or left with a code other than 0. For the log: message and stack, by the user's lines.
    #[error("{0}")]
    Failed(String),
    /// `throw new StkError(status, code, message)`, or the like of a WASM logic: passed on to the caller where `status`
    /// is 4xx.
    #[error("the logic refused with {status} `{code}`: {message}")]
    Refused { status: u16, code: String, message: String },
    /// The result is not JSON: circular, a bigint, a getter that threw, no output, broken JSON.
    #[error("the result is not JSON: {0}")]
    BadResult(String),
    #[error("the result is larger than {bytes_max} bytes")]
    ResultTooLarge { bytes_max: u64 },
    #[error("the logic needed more than {bytes_max} bytes of memory")]
    Memory { bytes_max: u64 },
    #[error("the logic ran into its timeout")]
    Timeout,
    /// No engine came free in time, or the one that ran it was lost after the logic had an effect.
    #[error("the engine is not available: {0}")]
    Unavailable(String),
}

impl RunFault {
    /// The answer, and what only the log may say.
    pub(crate) fn problem(&self) -> (Problem, Option<String>) {
        let code = match self {
            RunFault::Refused { status: status @ 400..=499, code, message } => {
                return (Problem::thrown(*status, code, message), None);
            }
            // A fault of an operation that the logic did not catch keeps its code; its text is for the log.
            RunFault::Refused { status, code, .. } => ErrorCode::from_code(code)
                .filter(|known| known.status() == *status)
                .unwrap_or(ErrorCode::LogicFailed),
            RunFault::Failed(_) => ErrorCode::LogicFailed,
            RunFault::BadResult(_) => ErrorCode::BadResult,
            RunFault::ResultTooLarge { .. } => ErrorCode::ResultTooLarge,
            RunFault::Memory { .. } => ErrorCode::MemoryExceeded,
            RunFault::Timeout => ErrorCode::Timeout,
            RunFault::Unavailable(_) => ErrorCode::Unavailable,
        };
        (Problem::new(code), Some(self.to_string()))
    }
}

/// What an operation of a run answers: JSON, or why not. A fault is thrown into the logic, which may catch it.
pub type OperationResult = Result<Bytes, OperationFault>;

/// An operation that failed: what a caller would be told if the logic does not catch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFault {
    pub problem: Box<Problem>,
    /// What only the log may say.
    pub cause: Option<Box<str>>,
}

impl OperationFault {
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> OperationFault {
        OperationFault { problem: Box::new(Problem::new(code).detail(detail)), cause: None }
    }

    /// The logic asked for what there is not, or in a wrong way: its author reads the detail, a caller does not.
    pub(crate) fn misuse(detail: impl Into<String>) -> OperationFault {
        OperationFault::new(ErrorCode::LogicFailed, detail)
    }
}
