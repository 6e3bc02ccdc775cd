//! Why the Server ends a run from inside one of the functions that it gives to the guest.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("exit code {0}")]
    Exit(i32),
    #[error("out of memory")]
    Memory,
    #[error("the result is too large")]
    Output,
    /// A pointer outside memory and the like, given to `santokit`.
    #[error("{0}")]
    Misuse(&'static str),
}
