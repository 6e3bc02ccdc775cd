//! Types that a file declares, as far as they can be the type of a result.
//!
//! Deliberately absent: a type checker. What a type says is read; whether the code keeps to it, the author's editor
//! checks.

mod evaluate;
mod json;
mod known;
mod read;

use std::collections::BTreeMap;

pub(crate) use evaluate::{Declared, declared, result_of};
pub(super) use read::{read_type, table};

use super::stack;

/// A type as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TypeExpr {
    Any,
    Never,
    Null,
    Undefined,
    Boolean,
    Number,
    String,
    Bigint,
    /// Functions and symbols, which JSON leaves out.
    Left,
    /// As JSON text.
    Literal(String),
    Array(Box<TypeExpr>),
    Tuple(Vec<TypeExpr>),
    Object(Vec<Member>),
    Union(Vec<TypeExpr>),
    Intersection(Vec<TypeExpr>),
    Reference {
        name: Vec<String>,
        args: Vec<TypeExpr>,
    },
    Indexed(Box<TypeExpr>, Box<TypeExpr>),
    Keyof(Box<TypeExpr>),
    /// What is not read, as a message calls it.
    Other(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Member {
    Field {
        name: String,
        optional: bool,
        value: TypeExpr,
    },
    /// Every other key.
    Rest(TypeExpr),
}

/// Types of one file.
#[derive(Debug, Default)]
pub(crate) struct TypeTable {
    declared: BTreeMap<String, Declaration>,
    /// By the name here: where from, and the name there; `*` is the namespace.
    imported: BTreeMap<String, (String, String)>,
    /// By the name outside: the name here.
    exported: BTreeMap<String, String>,
    /// By the name outside: where from, and the name there.
    re_exported: BTreeMap<String, (String, String)>,
    stars: Vec<String>,
}

/// A type with a name.
#[derive(Debug, Clone, Default)]
struct Declaration {
    /// Names of its parameters, and their defaults.
    params: Vec<(String, Option<TypeExpr>)>,
    /// All of them together; an interface may stand several times.
    parts: Vec<TypeExpr>,
    /// A name that is a value as well.
    is_value: bool,
}

impl TypeTable {
    /// Where types may come from.
    pub(super) fn specifiers(&self) -> impl Iterator<Item = &str> {
        let imported = self.imported.values().chain(self.re_exported.values()).map(|(from, _)| from.as_str());
        imported.chain(self.stars.iter().map(String::as_str))
    }

    /// Whether a name is a type here and nothing else.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.declared.get(name).is_some_and(|declaration| !declaration.is_value)
    }
}

/// Reads the text of one type; `Err` says why it is none.
pub(crate) fn from_text(text: &str) -> Result<TypeExpr, String> {
    if let Some(at) = stack::too_deep(text).or((text.len() > 10_000).then_some(10_000)) {
        return Err(format!("it is too large at character {at}"));
    }
    stack::with_depth_for(text.len(), || read::read_text(text)).map_err(|error| error.to_string())?
}
