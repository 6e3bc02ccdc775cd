//! Names: of projects, environments, aliases, params, and paths of logic.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bytes of the longest param name or path segment; Postgres' own limit for identifiers.
pub const NAME_BYTES_MAX: usize = 63;

/// Names that JavaScript gives a meaning of its own, so that a client could never call them.
const REFUSED: [&str; 5] = ["then", "toJSON", "constructor", "prototype", "__proto__"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("`{0}` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes")]
    Shape(String),
    #[error("`{0}` is refused as a name, because JavaScript gives it a meaning of its own")]
    Refused(String),
    #[error(
        "`{0}` is not a slug: lower-case letters, digits and `-`, starting with a letter, at most 40 bytes"
    )]
    Slug(String),
}

/// Checks the name of a param or of one segment of a logic path.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !starts_well || name.len() > NAME_BYTES_MAX || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(NameError::Shape(name.to_owned()));
    }
    if REFUSED.contains(&name) {
        return Err(NameError::Refused(name.to_owned()));
    }
    Ok(())
}

/// Checks the id of a project or the name of an environment; both stand in URLs, KV keys and role names.
pub fn check_slug(slug: &str) -> Result<(), NameError> {
    let starts_well = slug.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let rest_well = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if starts_well && rest_well && slug.len() <= 40 { Ok(()) } else { Err(NameError::Slug(slug.to_owned())) }
}

/// The path of a logic, such as `users/get`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogicPath(String);

impl LogicPath {
    /// Checks every segment.
    pub fn parse(path: &str) -> Result<LogicPath, NameError> {
        path.split('/').try_for_each(check_name)?;
        Ok(LogicPath(path.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only `context.invoke` reaches it: a segment starts with `_`.
    pub fn is_private(&self) -> bool {
        self.segments().any(|segment| segment.starts_with('_'))
    }

    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl fmt::Display for LogicPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for LogicPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_checked_segment_by_segment() {
        assert!(LogicPath::parse("users/get").is_ok());
        for bad in ["", "/users", "users//get", "users/then", "users/2fa", "users/a-b", "users/__proto__"] {
            assert!(LogicPath::parse(bad).is_err(), "{bad}");
        }
        assert!(LogicPath::parse(&"a".repeat(64)).is_err());
    }

    #[test]
    fn an_underscore_in_any_segment_makes_a_path_private() {
        assert!(LogicPath::parse("_audit/log").is_ok_and(|path| path.is_private()));
        assert!(LogicPath::parse("users/_get").is_ok_and(|path| path.is_private()));
        assert!(LogicPath::parse("users/get_all").is_ok_and(|path| !path.is_private()));
    }
}
