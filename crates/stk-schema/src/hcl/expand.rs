//! From a labelled block to the objects it stands for: one, or one for each element of `for_each`.

use hcl_edit::structure::Block;

use super::eval::{Scope, entries};
use super::node::Grammar;
use super::registry::Kind;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};

/// One object that a block stands for.
pub(super) struct Named<'a> {
    pub block: &'a Block,
    /// Knows `each` under `for_each`.
    pub scope: Scope<'a>,
    /// The last label, or the attribute `name` where there is one; empty without a label.
    pub name: String,
    pub label: String,
    /// The first of two labels.
    pub qualifier: Option<String>,
    pub key: Option<String>,
    pub position: Position,
}

/// Identifiers are cut off by Postgres past this many bytes.
const NAME_BYTES_MAX: usize = 63;

pub(super) fn expand<'a>(block: &'a Block, scope: &Scope<'a>, grammar: &Grammar) -> Vec<Named<'a>> {
    let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
    let (least, most) = grammar.labels;
    if labels.len() < least || labels.len() > most {
        let message = match (least, most) {
            (1, 1) => format!("{} has one label, its name", grammar.what),
            (_, 2) => format!("{} has one label, its name, or two, its schema and name", grammar.what),
            _ => format!("{} has at most one label, its name", grammar.what),
        };
        scope.globals.report(scope.fault(code::INVALID_NAME, &block.ident, message));
        return Vec::new();
    }
    let instances = match block.body.get_attribute("for_each") {
        None => vec![(None, scope.clone())],
        Some(attribute) => {
            match scope.eval(&attribute.value).and_then(|value| instances(&value, scope, attribute)) {
                Ok(instances) => instances,
                Err(fault) => {
                    scope.globals.report(fault);
                    return Vec::new();
                }
            }
        }
    };
    let label = labels.last().copied().unwrap_or_default().to_owned();
    let qualifier = (labels.len() == 2).then(|| labels[0].to_owned());
    let mut named = Vec::with_capacity(instances.len());
    for (key, scope) in instances {
        let (name, position) = match name(block, &scope, &label) {
            Ok(found) => found,
            Err(fault) => {
                scope.globals.report(fault);
                continue;
            }
        };
        if !(name.is_empty() && least == 0)
            && let Some(fault) = name_fault(&name, &position)
        {
            scope.globals.report(fault);
        }
        named.push(Named {
            block,
            scope,
            name,
            label: label.clone(),
            qualifier: qualifier.clone(),
            key,
            position,
        });
    }
    named
}

/// The object's name and where it is given.
fn name(block: &Block, scope: &Scope<'_>, label: &str) -> Result<(String, Position), Diagnostic> {
    use hcl_edit::Span as _;
    match block.body.get_attribute("name") {
        Some(attribute) => Ok((scope.text(&attribute.value)?, scope.source.at(attribute.value.span()))),
        None => {
            let span = block.labels.last().map_or_else(|| block.ident.span(), |label| label.span());
            Ok((label.to_owned(), scope.source.at(span)))
        }
    }
}

/// What is wrong with an identifier.
pub(super) fn name_fault(name: &str, position: &Position) -> Option<Diagnostic> {
    let message = if name.is_empty() {
        "a name can not be empty".to_owned()
    } else if name.len() > NAME_BYTES_MAX {
        format!("`{name}` has {} bytes; Postgres keeps {NAME_BYTES_MAX}", name.len())
    } else if name.contains('\0') {
        "a name can not have a zero byte".to_owned()
    } else {
        return None;
    };
    Some(Diagnostic::new(code::INVALID_NAME, position, message))
}

type Instance<'a> = (Option<String>, Scope<'a>);

/// A scope with `each` for every element of a list of strings, a map, or a block that itself has `for_each`.
fn instances<'a>(
    collection: &Value,
    scope: &Scope<'a>,
    attribute: &hcl_edit::structure::Attribute,
) -> Result<Vec<Instance<'a>>, Diagnostic> {
    let collection = match collection {
        Value::Reference(segments) => referenced(segments, scope)
            .ok_or_else(|| scope.expected(&attribute.value, "a set or a map", collection))?,
        other => other.clone(),
    };
    let Some(entries) = entries(&collection) else {
        return Err(scope.expected(&attribute.value, "a set or a map", &collection));
    };
    let is_list = matches!(collection, Value::List(_));
    let bind = |(key, value): (Value, Value)| {
        let key = match (&value, is_list) {
            (Value::Reference(segments), true) => Some(segments.join(".")),
            (value, true) => value.text(),
            (_, false) => key.text(),
        };
        let what = "a set of strings or references";
        let key = key.ok_or_else(|| scope.expected(&attribute.value, what, &value))?;
        let each = Value::Map([("key".to_owned(), key.clone().into()), ("value".to_owned(), value)].into());
        Ok((Some(key), scope.bind("each", each)))
    };
    entries.into_iter().map(bind).collect()
}

/// `schema.tenant`, where that block has `for_each`, as a map from its keys to references.
fn referenced(segments: &[String], scope: &Scope<'_>) -> Option<Value> {
    let [kind, label] = segments else { return None };
    let kind = Kind::parse(kind)?;
    let keys = scope.globals.registry.borrow().keys(kind, label);
    let reference = |key: &String| Value::Reference([segments, std::slice::from_ref(key)].concat());
    (!keys.is_empty()).then(|| Value::Map(keys.iter().map(|key| (key.clone(), reference(key))).collect()))
}
