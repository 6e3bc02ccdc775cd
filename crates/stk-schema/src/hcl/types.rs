//! `enum`, `domain` and `composite` blocks, and the reading of a type wherever one may stand.

use super::builder::Builder;
use super::columns::default;
use super::constraints::{CHECK, check};
use super::expand::{Named, expand, name_fault};
use super::node::{Grammar, Node};
use super::registry::Kind;
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{
    Composite, DataType, Domain, Enum, Field, TypeFault, check_type, parse_type, quote, type_words,
};

pub(super) const ENUM: Grammar = Grammar {
    what: "an enum",
    attributes: &["schema", "values", "comment", "renamed_from"],
    blocks: &[],
    not_done: &[],
    labels: (1, 2),
};

pub(super) const DOMAIN: Grammar = Grammar {
    what: "a domain",
    attributes: &["schema", "type", "null", "default", "collate", "comment", "renamed_from"],
    blocks: &["check"],
    not_done: &[],
    labels: (1, 2),
};

pub(super) const COMPOSITE: Grammar = Grammar {
    what: "a composite",
    attributes: &["schema", "comment", "renamed_from"],
    blocks: &["field"],
    not_done: &[],
    labels: (1, 2),
};

const FIELD: Grammar = Grammar {
    what: "a field",
    attributes: &["type", "collate", "comment", "renamed_from"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

pub(super) fn enumeration<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &ENUM);
    node.require("values");
    let mut values: Vec<String> = Vec::new();
    for (value, position) in node.list("values") {
        let Value::String(value) = value else {
            let message = format!("a value of an enum is a string, not {}", value.kind());
            node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
            continue;
        };
        if let Some(fault) = name_fault(&value, &position) {
            node.report(fault);
        }
        if values.contains(&value) {
            let message = format!("`{value}` is in the enum twice");
            node.report(Diagnostic::new(code::DUPLICATE, &position, message));
        } else {
            values.push(value);
        }
    }
    let Some(schema) = schema else { return };
    let renamed_from = builder.renamed_from(&node, &format!("type {schema}"), &named.name);
    let declared =
        Enum { values, comment: node.string("comment"), renamed_from, origin: node.position().into() };
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.enums.insert(named.name.clone(), declared);
    }
}

pub(super) fn domain<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &DOMAIN);
    node.require("type");
    let mut checks = Vec::new();
    for block in node.blocks("check") {
        for inner in expand(block, &node.scope, &CHECK) {
            if !inner.name.is_empty() {
                let space = format!("constraint of domain {schema:?} {:?}", named.name);
                builder.claim(space, &inner.name, &inner.position, "constraint");
            }
            let node = Node::open(inner.block, inner.scope.clone(), &CHECK);
            let space = format!("constraint of domain {schema:?} {:?}", named.name);
            checks.extend(check(builder, &inner, &node, &space));
        }
    }
    let data_type = data_type(builder, &node, "type");
    let Some(schema) = schema else { return };
    let declared = Domain {
        data_type: data_type.unwrap_or_else(|| DataType::Sql("text".into())),
        null: node.bool("null").unwrap_or(false),
        default: default(&node),
        collate: node.collation("collate"),
        checks,
        comment: node.string("comment"),
        renamed_from: builder.renamed_from(&node, &format!("type {schema}"), &named.name),
        origin: node.position().into(),
    };
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.domains.insert(named.name.clone(), declared);
    }
}

pub(super) fn composite<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &COMPOSITE);
    let space = format!("field of {schema:?} {:?}", named.name);
    let mut composite =
        Composite { comment: node.string("comment"), origin: node.position().into(), ..Composite::default() };
    for block in node.blocks("field") {
        for inner in expand(block, &node.scope, &FIELD) {
            let node = Node::open(inner.block, inner.scope.clone(), &FIELD);
            builder.claim(space.clone(), &inner.name, &inner.position, "field");
            node.require("type");
            let Some(data_type) = data_type(builder, &node, "type") else { continue };
            let field = Field {
                data_type,
                collate: node.collation("collate"),
                comment: node.string("comment"),
                renamed_from: builder.renamed_from(&node, &space, &inner.name),
                origin: node.position().into(),
            };
            composite.fields.insert(inner.name.clone(), field);
        }
    }
    let Some(schema) = schema else { return };
    composite.renamed_from = builder.renamed_from(&node, &format!("type {schema}"), &named.name);
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.composites.insert(named.name.clone(), composite);
    }
}

/// The type that the attribute `name` says: a word, a word with numbers, `sql("…")` or a reference.
pub(super) fn data_type(builder: &Builder<'_>, node: &Node<'_>, name: &str) -> Option<DataType> {
    let value = node.value(name)?;
    type_of(builder, node, name, value)
}

fn type_of(builder: &Builder<'_>, node: &Node<'_>, name: &str, value: Value) -> Option<DataType> {
    let position = node.position_of(name);
    let (word, arguments) = match value {
        Value::Word(word) => (word, Vec::new()),
        Value::Call(word, arguments) => (word, arguments),
        Value::Sql(sql) => return node.checked(name, sql, check_type).map(DataType::Sql),
        reference @ Value::Reference(_) => {
            let entry = builder.resolve_any(&Kind::TYPES, &reference, &position)?;
            let (schema, name) = (entry.schema, entry.name);
            return Some(match entry.kind {
                Kind::Enum => DataType::Enum { schema, name },
                Kind::Domain => DataType::Domain { schema, name },
                Kind::Composite => DataType::Composite { schema, name },
                _ => DataType::Sql(format!("{}.{}", quote(&schema), quote(&name))),
            });
        }
        other => {
            let message = format!(
                "`{name}` takes a type such as text, varchar(255) or enum.name, not {}",
                other.kind()
            );
            let mut diagnostic = Diagnostic::new(code::INVALID_VALUE, &position, message);
            if let Value::String(text) = &other {
                diagnostic = diagnostic.hint(format!("write sql(\"{text}\")"));
            }
            node.report(diagnostic);
            return None;
        }
    };
    let Some(arguments) = arguments.iter().map(Value::integer).collect::<Option<Vec<_>>>() else {
        let message = format!("`{word}` takes whole numbers");
        node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
        return None;
    };
    match parse_type(&word, &arguments) {
        Ok(data_type) => Some(data_type),
        Err(TypeFault::Unknown) => {
            let message = format!("there is no type `{word}`");
            node.report(
                Diagnostic::new(code::UNKNOWN_TYPE, &position, message)
                    .nearest(&word, type_words())
                    .hint_unless_any(|| format!("any type of Postgres can be written sql(\"{word}\")")),
            );
            None
        }
        Err(TypeFault::Arguments(most)) => {
            let message = match most {
                0 => format!("`{word}` takes no arguments"),
                1 => format!("`{word}` takes at most one argument"),
                _ => format!("`{word}` takes at most {most} arguments"),
            };
            node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
            None
        }
    }
}
