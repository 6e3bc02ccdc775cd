//! What is wrong with a schema and where: positions in the user's HCL and the diagnostics that point at them.
//!
//! Printing them (colours, the source line) is the caller's business.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with the desired schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable, one of [`code`].
    pub code: &'static str,
    /// The file as it was named to [`crate::parse`]; empty where the object stands in no file (only in the database).
    pub file: String,
    /// From 1; 0 where `file` is empty.
    pub line: u32,
    /// In characters, from 1; 0 where `file` is empty.
    pub column: u32,
    pub message: String,
    pub hint: Option<String>,
}

/// The codes of [`Diagnostic`].
pub mod code {
    pub const SYNTAX: &str = "schema_syntax";
    pub const UNKNOWN_BLOCK: &str = "unknown_block";
    pub const UNKNOWN_ATTRIBUTE: &str = "unknown_attribute";
    pub const MISSING_ATTRIBUTE: &str = "missing_attribute";
    pub const INVALID_VALUE: &str = "invalid_schema_value";
    pub const INVALID_NAME: &str = "invalid_schema_name";
    pub const UNKNOWN_TYPE: &str = "unknown_type";
    pub const UNKNOWN_REFERENCE: &str = "unknown_reference";
    pub const UNKNOWN_FUNCTION: &str = "unknown_function";
    pub const UNKNOWN_VARIABLE: &str = "unknown_variable";
    pub const DUPLICATE: &str = "duplicate_name";
    pub const CONFLICT: &str = "conflicting_attributes";
    pub const TOO_LARGE: &str = "schema_too_large";
    /// Postgres itself refuses the object.
    pub const REFUSED: &str = "schema_refused";
    /// A NOT NULL column without a default on a table that has rows.
    pub const NOT_NULL_ON_ROWS: &str = "not_null_on_rows";
    /// Postgres has no way to make the change.
    pub const IMPOSSIBLE: &str = "schema_impossible";
    /// The dialect or the change is known, and this version can not apply it.
    pub const NOT_DONE: &str = "schema_not_done";
}

impl Diagnostic {
    pub(crate) fn new(code: &'static str, position: &Position, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            file: position.file.clone(),
            line: position.line,
            column: position.column,
            message: message.into(),
            hint: None,
        }
    }

    /// Something that stands in no file, or at `origin` if it is known.
    pub(crate) fn at(code: &'static str, origin: &Origin, message: impl Into<String>) -> Diagnostic {
        let nowhere = Position { file: String::new(), line: 0, column: 0 };
        Diagnostic::new(code, origin.0.as_ref().unwrap_or(&nowhere), message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint if there is none yet.
    pub(crate) fn hint_unless_any(self, hint: impl FnOnce() -> String) -> Diagnostic {
        if self.hint.is_some() { self } else { self.hint(hint()) }
    }

    /// Adds the nearest of `known` as the hint, if one is near enough to be meant.
    pub(crate) fn nearest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        self.hint = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        }
        write!(f, "{} [{}]", self.message, self.code)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A place in an HCL file; line and column from 1, the column in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// Where an object of the model stands, if it came from a file.
///
/// All origins are equal, so that two models compare by what they say and not by where they say it.
#[derive(Debug, Clone, Default)]
pub struct Origin(pub Option<Position>);

impl PartialEq for Origin {
    fn eq(&self, _: &Origin) -> bool {
        true
    }
}

impl Eq for Origin {}

impl From<Position> for Origin {
    fn from(position: Position) -> Origin {
        Origin(Some(position))
    }
}

fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let known = ["columns", "comment", "unique"];
        assert_eq!(nearest("colums", known), Some("columns"));
        assert_eq!(nearest("zzz", known), None);
    }
}
