//! The shape of what the user writes in YAML: which keys there are and what each takes.
//!
//! One table serves two readers: the check of a file, and the JSON Schema that editors check it with. What a table
//! can not say (a role that must exist, checks that fit a type) stands with the code that reads the values.

use stk_contract::names::check_name;

mod check;
mod fields;
mod json_schema;

pub(crate) use check::{ShapeCheck, ShapeCodes};
pub(crate) use fields::Fields;
pub(crate) use json_schema::json_schema;

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Object {
    pub keys: &'static [Key],
}

#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// For editors.
    pub doc: &'static str,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    /// Text that names something.
    Name(NameRule),
    /// Text with placeholders, resolved for the Server.
    Template,
    /// Text with placeholders, resolved for the Hub alone.
    HubTemplate,
    /// A credential: never literal.
    Secret,
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Duration,
    Size,
    /// A number or text, as the type of a param asks.
    Bound,
    /// Anything.
    Any,
    Choice(&'static [&'static str]),
    /// Text, of which these are known to all.
    Words(&'static [&'static str]),
    List(&'static Shape),
    /// A mapping whose keys are the user's own.
    Map {
        keys: NameRule,
        values: &'static Shape,
    },
    Object(&'static Object),
    /// A mapping that may hold itself, with its name in a JSON Schema.
    Shared(&'static str, &'static Object),
    /// A short form and a long one, told apart by whether they are scalars, lists or mappings.
    Either(&'static Shape, &'static Shape),
}

/// Which names are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameRule {
    /// Identifiers of a client, an alias, a provider: `[A-Za-z_][A-Za-z0-9_]{0,62}`, and not one that JavaScript
    /// gives a meaning.
    Identifier,
    /// Names in the vault.
    Secret,
    /// Names of roles, which foreign issuers may have chosen.
    Role,
    /// Names of S3 buckets.
    Bucket,
    /// Columns of a result: anything that Postgres can name.
    Column,
}

impl Object {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl NameRule {
    /// What is wrong with a name, if anything.
    pub(crate) fn check(self, name: &str) -> Result<(), String> {
        let all = |good: fn(u8) -> bool| name.bytes().all(good);
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let first = name.bytes().next().unwrap_or_default();
        let last = name.bytes().last().unwrap_or_default();
        let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let good = match self {
            NameRule::Identifier => return check_name(name).map_err(|error| error.to_string()),
            NameRule::Secret => word(first) && !first.is_ascii_digit() && name.len() <= 63 && all(word),
            NameRule::Role => {
                word(first) && name.len() <= 63 && all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
            }
            NameRule::Bucket => {
                let characters = all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
                lower(first) && lower(last) && (3..=63).contains(&name.len()) && characters
            }
            NameRule::Column => !name.is_empty() && name.chars().count() <= 63 && !name.contains('\0'),
        };
        if good { Ok(()) } else { Err(format!("`{name}` is not {}", self.description())) }
    }

    pub(crate) const fn pattern(self) -> &'static str {
        match self {
            NameRule::Identifier | NameRule::Secret => "^[A-Za-z_][A-Za-z0-9_]{0,62}$",
            NameRule::Role => "^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,62}$",
            NameRule::Bucket => "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            NameRule::Column => "^[^\\x00]{1,63}$",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            NameRule::Identifier => "a name",
            NameRule::Secret => "the name of a secret: letters, digits and `_`, not starting with a digit",
            NameRule::Role => "the name of a role: letters, digits, `_`, `-`, `.` and `:`, at most 63",
            NameRule::Bucket => "the name of a bucket: 3 to 63 lower-case letters, digits, `-` and `.`",
            NameRule::Column => "the name of a column: at most 63 characters",
        }
    }
}

impl Shape {
    /// As a diagnostic says it, after "must be".
    pub(crate) fn description(&self) -> String {
        match self {
            Shape::Text | Shape::Words(_) => "text".to_owned(),
            Shape::Name(_) => "a name".to_owned(),
            Shape::Template | Shape::HubTemplate => "text, such as `${NAME}`".to_owned(),
            Shape::Secret => "a placeholder, such as `${NAME}`".to_owned(),
            Shape::Bool => "true or false".to_owned(),
            Shape::Int { min, max } => format!("a whole number from {min} to {max}"),
            Shape::Duration => "a duration, such as `500ms`, `10s`, `5m`, `2h` or `30d`".to_owned(),
            Shape::Size => "a size, such as `100KB` or `5MiB`".to_owned(),
            Shape::Bound => "a number or text".to_owned(),
            Shape::Any => "anything".to_owned(),
            Shape::Choice([only]) => format!("`{only}`"),
            Shape::Choice(choices) => {
                let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                format!("one of {}", choices.join(", "))
            }
            Shape::List(_) => "a list".to_owned(),
            Shape::Map { .. } | Shape::Object(_) | Shape::Shared(..) => "a mapping".to_owned(),
            Shape::Either(one, other) => format!("{}, or {}", one.description(), other.description()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_to_the_pattern_that_editors_get() {
        let rules =
            [NameRule::Identifier, NameRule::Secret, NameRule::Role, NameRule::Bucket, NameRule::Column];
        let long = "a".repeat(64);
        let names =
            ["main", "_a1", "DATABASE_URL", "2FA", "org:admin", "a b", "a-b", "", "x", "user-files", "AB"];
        for rule in rules {
            let pattern = regex_lite::Regex::new(rule.pattern()).unwrap();
            for name in names.into_iter().chain(["abc-", ".abc", "a.b", "ä", "a\0", &long]) {
                assert_eq!(rule.check(name).is_ok(), pattern.is_match(name), "{rule:?} {name:?}");
            }
        }
        assert!(NameRule::Identifier.check("then").is_err(), "and some names are refused for what they are");
    }
}
