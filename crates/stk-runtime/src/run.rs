//! A run of an engine: what JavaScript and WebAssembly logic is given, and how it can fail.
//!
//! The host starts the engine for [`crate::Effect::Run`] and answers with [`crate::Event::Ran`]. While it runs, the
//! logic asks for operations (`context.db.query`, `context.invoke`, …).

use bytes::Bytes;
use stk_contract::{ErrorCode, Problem};

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
}
