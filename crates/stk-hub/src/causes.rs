//! Errors for logs and operators: with every cause, on one line.

use std::error::Error;

/// An error and its sources, as `what: why: why`.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
