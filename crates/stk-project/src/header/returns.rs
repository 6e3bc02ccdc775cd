//! `returns:` of a header: rows for SQL, a type for everything else.

use stk_contract::Returns;

use super::table::RETURNS;
use crate::code::Code;
use crate::findings::Findings;
use crate::js::{Member, TypeExpr, from_text};
use crate::text::Position;
use crate::yaml::{Kind, Node};

const MEANINGS: [(&str, Returns); 5] = [
    ("one", Returns::One),
    ("optional", Returns::Optional),
    ("many", Returns::Many),
    ("value", Returns::Value),
    ("none", Returns::None),
];

/// What `returns:` says of logic that is not SQL.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub none: bool,
    pub written: Option<(TypeExpr, Position)>,
}

/// What an SQL logic answers.
pub(super) fn of_sql(node: Option<&Node>, findings: &mut Findings) -> Returns {
    let Some(node) = node else { return Returns::Many };
    if let Some(text) = node.text() {
        if let Some((_, returns)) = MEANINGS.iter().find(|(word, _)| *word == text) {
            return *returns;
        }
        let words: Vec<String> = RETURNS.iter().map(|word| format!("`{word}`")).collect();
        let message = format!("`returns` must be one of {}, not `{text}`", words.join(", "));
        findings.add(Code::HeaderInvalidValue, node.at, message).nearest(text, RETURNS);
    } else if matches!(node.kind(), Kind::List | Kind::Map) {
        findings
            .add(
                Code::HeaderWrongType,
                node.at,
                "`returns` is a word for SQL: its columns are known from the database",
            )
            .hint("use `types:` where a column's own type is not what is meant");
    }
    Returns::Many
}

/// What other logic answers.
pub(super) fn of_code(node: Option<&Node>, findings: &mut Findings) -> Given {
    let Some(node) = node else { return Given::default() };
    match node.text() {
        Some("none") => return Given { none: true, written: None },
        Some("value") => return Given::default(),
        Some(word) if RETURNS.contains(&word) => {
            let message = format!("`{word}` speaks of rows, which only SQL has");
            findings
                .add(Code::HeaderInvalidValue, node.at, message)
                .hint("write a type, such as `{ id: string }` or `\"string[]\"`, or `none`");
            return Given::default();
        }
        _ => {}
    }
    if !matches!(node.kind(), Kind::Text | Kind::List | Kind::Map) {
        // The check of its shape has told.
        return Given::default();
    }
    Given { none: false, written: read(node, findings).map(|written| (written, node.at)) }
}

/// Text is a type of TypeScript, a mapping an object, a list of one type an array of it.
fn read(node: &Node, findings: &mut Findings) -> Option<TypeExpr> {
    match node.kind() {
        Kind::Text => {
            let text = node.text()?;
            let read = from_text(text);
            if let Err(why) = &read {
                let message = format!("`{text}` is not a TypeScript type: {why}");
                findings.add(Code::HeaderInvalidValue, node.at, message);
            }
            read.ok()
        }
        Kind::Map => {
            let mut members = Vec::new();
            for entry in node.map()?.entries() {
                let (name, optional) = match entry.key.strip_suffix('?') {
                    Some(name) => (name, true),
                    None => (entry.key.as_str(), false),
                };
                let value = read(&entry.value, findings)?;
                members.push(Member::Field { name: name.to_owned(), optional, value });
            }
            Some(TypeExpr::Object(members))
        }
        Kind::List => match node.list()? {
            [element] => Some(TypeExpr::Array(Box::new(read(element, findings)?))),
            _ => {
                findings
                    .add(Code::HeaderInvalidValue, node.at, "a list here holds the one type of its elements")
                    .hint("as in `returns: [{ id: string }]`");
                None
            }
        },
        Kind::Null => Some(TypeExpr::Null),
        Kind::Refused => None,
        Kind::Bool | Kind::Int | Kind::Float => {
            findings
                .add(
                    Code::HeaderWrongType,
                    node.at,
                    format!("a type must be text, not {}", node.kind().name()),
                )
                .hint("put it in quotes");
            None
        }
    }
}
