//! Faults of a fetch, as the logic sees them.

use stk_contract::ErrorCode;
use stk_runtime::OperationFault;

use super::resolver::PrivateAddress;

/// The logic asked in a wrong way.
pub(super) fn misuse(detail: impl Into<String>) -> OperationFault {
    OperationFault::new(ErrorCode::LogicFailed, detail)
}

/// The address is not to be fetched.
pub(super) fn refused(detail: impl Into<String>) -> OperationFault {
    OperationFault::new(ErrorCode::EgressRefused, detail)
}

/// The address gave no whole answer.
pub(super) fn failed(detail: impl Into<String>) -> OperationFault {
    OperationFault::new(ErrorCode::FetchFailed, detail)
}

/// What the client says, with its causes; a refused address is told apart.
pub(super) fn of_client(error: reqwest::Error) -> OperationFault {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        if let Some(private) = inner.downcast_ref::<PrivateAddress>() {
            return refused(private.to_string());
        }
        let cause = inner.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
        source = inner.source();
    }
    failed(text)
}
