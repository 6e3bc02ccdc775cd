//! `variable` blocks: their types, their defaults, and the values given from outside as text.

use std::collections::{BTreeMap, HashMap};

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;

use super::eval::{Globals, Scope};
use super::functions::parse_number;
use super::node::{Grammar, Node};
use super::source::Source;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};

const VARIABLE: Grammar = Grammar {
    what: "a variable",
    attributes: &["type", "default", "description"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

/// The `file` of diagnostics about values given from outside.
const OUTSIDE: &str = "--var";

enum Type {
    String,
    Number,
    Int,
    Bool,
    Any,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple,
    Object,
}

/// All variables' values: the given text where there is one, else the default.
pub(super) fn variables<'a>(
    blocks: &[(&'a Block, &'a Source<'a>)],
    given: &BTreeMap<String, String>,
    globals: &'a Globals<'a>,
) -> HashMap<String, Value> {
    let mut values = HashMap::new();
    let mut names = Vec::new();
    for (block, source) in blocks {
        let node = Node::open(block, Scope::new(source, globals), &VARIABLE);
        let [label] = block.labels.as_slice() else {
            globals.report(node.scope.fault(
                code::INVALID_NAME,
                &block.ident,
                "a variable has one label, its name",
            ));
            continue;
        };
        let name = label.as_str();
        if names.contains(&name) {
            let message = format!("there is another variable `{name}`");
            globals.report(node.scope.fault(code::DUPLICATE, label, message));
            continue;
        }
        names.push(name);
        match value(name, &node, given.get(name)) {
            Ok(value) => {
                values.insert(name.to_owned(), value);
            }
            Err(fault) => globals.report(fault),
        }
    }
    for unknown in given.keys().filter(|name| !names.contains(&name.as_str())) {
        let message = format!("no variable `{unknown}` is declared");
        globals.report(
            Diagnostic::new(code::UNKNOWN_VARIABLE, &outside(), message)
                .nearest(unknown, names.iter().copied()),
        );
    }
    values
}

fn outside() -> Position {
    Position { file: OUTSIDE.to_owned(), line: 1, column: 1 }
}

fn value(name: &str, node: &Node<'_>, given: Option<&String>) -> Result<Value, Diagnostic> {
    let declared = match node.attribute("type") {
        Some(attribute) => parse_type(&attribute.value).ok_or_else(|| {
            node.scope.fault(code::UNKNOWN_TYPE, &attribute.value, "this is no variable type")
        })?,
        None => Type::Any,
    };
    if let Some(text) = given {
        let mismatch = || {
            let message = format!("the value given for the variable `{name}` does not fit its type");
            Diagnostic::new(code::INVALID_VALUE, &outside(), message)
        };
        return from_text(text, &declared, node.scope.globals).ok_or_else(mismatch);
    }
    let Some(default) = node.attribute("default") else {
        let message = format!("the variable `{name}` has no default and no value was given");
        return Err(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message)
            .hint(format!("give one with --var {name}=…")));
    };
    let value = node.scope.eval(&default.value)?;
    let found = value.kind();
    convert(value, &declared).ok_or_else(|| {
        let message = format!("the default of `{name}` does not fit its type: it is {found}");
        Diagnostic::new(code::INVALID_VALUE, &node.scope.source.at(default.value.span()), message)
    })
}

fn parse_type(expr: &Expression) -> Option<Type> {
    if let Some(word) = expr.as_variable() {
        return Some(match word.as_str() {
            "string" => Type::String,
            "number" => Type::Number,
            "int" => Type::Int,
            "bool" => Type::Bool,
            "any" => Type::Any,
            _ => return None,
        });
    }
    let call = expr.as_func_call()?;
    let inner = || call.args.get(0).and_then(parse_type).map(Box::new);
    Some(match call.name.name.as_str() {
        "list" => Type::List(inner()?),
        "set" => Type::Set(inner()?),
        "map" => Type::Map(inner()?),
        "tuple" => Type::Tuple,
        "object" => Type::Object,
        _ => return None,
    })
}

/// A value given as text: as it stands for a scalar, as an HCL expression for anything else.
fn from_text(text: &str, declared: &Type, globals: &Globals<'_>) -> Option<Value> {
    match declared {
        Type::String | Type::Any => Some(text.into()),
        Type::Number | Type::Int | Type::Bool => convert(text.into(), declared),
        _ => {
            let expr = hcl_edit::parser::parse_expr(text).ok()?;
            let source = Source::new(OUTSIDE, text);
            convert(Scope::new(&source, globals).eval(&expr).ok()?, declared)
        }
    }
}

fn convert(value: Value, declared: &Type) -> Option<Value> {
    let each = |items: Vec<Value>, inner: &Type| {
        items.into_iter().map(|item| convert(item, inner)).collect::<Option<Vec<_>>>()
    };
    Some(match (declared, value) {
        (_, Value::Null) => Value::Null,
        (Type::Any, value) => value,
        (Type::String, value) => Value::String(value.text()?),
        (Type::Bool, Value::Bool(value)) => Value::Bool(value),
        (Type::Bool, Value::String(text)) => Value::Bool(text.parse().ok()?),
        (Type::Number, Value::Number(value)) => Value::Number(value),
        (Type::Number, Value::String(text)) => parse_number(&text)?,
        (Type::Int, value) => {
            let number = if let Value::String(text) = &value { parse_number(text)? } else { value };
            number.integer().map(|integer| Value::Number(integer.into()))?
        }
        (Type::List(inner), Value::List(items)) => Value::List(each(items, inner)?),
        (Type::Set(inner), Value::List(items)) => {
            let mut distinct = Vec::new();
            for item in each(items, inner)? {
                if !distinct.contains(&item) {
                    distinct.push(item);
                }
            }
            Value::List(distinct)
        }
        (Type::Map(inner), Value::Map(entries)) => {
            let converted = entries.into_iter().map(|(key, value)| Some((key, convert(value, inner)?)));
            Value::Map(converted.collect::<Option<_>>()?)
        }
        (Type::Tuple, list @ Value::List(_)) => list,
        (Type::Object, map @ Value::Map(_)) => map,
        _ => return None,
    })
}
