//! `function` and `procedure` blocks.

use indexmap::IndexMap;

use super::builder::Builder;
use super::columns::default;
use super::expand::{Named, expand};
use super::node::{Grammar, Node};
use super::registry::Kind;
use super::types::data_type;
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{
    Argument, ArgumentMode, Body, DataType, Function, Parallel, Returns, RoutineKind, Volatility,
    check_atomic, check_expression,
};
use crate::plan::render::Renderer;

pub(super) const FUNCTION: Grammar = Grammar {
    what: "a function",
    attributes: &[
        "schema",
        "lang",
        "return",
        "return_set",
        "as",
        "volatility",
        "strict",
        "leakproof",
        "security",
        "parallel",
        "cost",
        "rows",
        "window",
        "set",
        "comment",
        "depends_on",
        "renamed_from",
    ],
    blocks: &["arg", "return_table"],
    not_done: &["support", "transform"],
    labels: (1, 2),
};

pub(super) const PROCEDURE: Grammar = Grammar {
    what: "a procedure",
    attributes: &["schema", "lang", "as", "security", "set", "comment", "depends_on", "renamed_from"],
    blocks: &["arg"],
    not_done: &["transform"],
    labels: (1, 2),
};

const ARG: Grammar = Grammar {
    what: "an argument",
    attributes: &["type", "mode", "default"],
    blocks: &[],
    not_done: &[],
    labels: (0, 1),
};

const RETURN_TABLE: Grammar =
    Grammar { what: "`return_table`", attributes: &[], blocks: &["column"], not_done: &[], labels: (0, 0) };

const RETURN_COLUMN: Grammar = Grammar {
    what: "a column of `return_table`",
    attributes: &["type"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

pub(super) fn routine<'a>(builder: &mut Builder<'a>, kind: Kind, named: &Named<'a>, schema: Option<&str>) {
    let is_function = kind == Kind::Function;
    let node = Node::open(named.block, named.scope.clone(), if is_function { &FUNCTION } else { &PROCEDURE });
    node.require("as");
    builder.depends_on(&node);
    let arguments = arguments(builder, &node);
    let returns = if is_function { returns(builder, &node, &arguments) } else { Returns::Nothing };
    let language = language(&node);
    let body = body(&node, &language);
    let settings = settings(&node);
    if named.name.contains('(') {
        let message = format!("`{}`: a bracket in the name of a routine can not be applied", named.name);
        node.report(Diagnostic::new(code::INVALID_NAME, &named.position, message));
    }
    let Some(schema) = schema else { return };
    let signature = signature(&named.name, &arguments);
    builder.claim(format!("routine {schema}"), &signature, &named.position, kind.as_str());
    builder.register(kind, named, schema, signature.clone());
    let old = builder.renamed_from(&node, &format!("routine name {schema}"), &named.name);
    let Some(body) = body else { return };
    let declared = Function {
        name: named.name.clone(),
        kind: if is_function { RoutineKind::Function } else { RoutineKind::Procedure },
        arguments,
        returns,
        language,
        body,
        volatility: node.word("volatility", &Volatility::WORDS, Volatility::parse).unwrap_or_default(),
        strict: node.bool("strict").unwrap_or(false),
        leakproof: node.bool("leakproof").unwrap_or(false),
        security_definer: node.word("security", &["INVOKER", "DEFINER"], is_definer).unwrap_or(false),
        parallel: node.word("parallel", &Parallel::WORDS, Parallel::parse).unwrap_or_default(),
        cost: node.number("cost"),
        rows: node.number("rows"),
        window: node.bool("window").unwrap_or(false),
        settings,
        comment: node.string("comment"),
        renamed_from: old,
        origin: node.position().into(),
    };
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.functions.insert(signature, declared);
    }
}

/// The signature in the user's own words; Postgres' own comes with normalisation.
fn signature(name: &str, arguments: &[Argument]) -> String {
    let inputs = arguments.iter().filter(|argument| argument.mode != ArgumentMode::Out);
    let types: Vec<String> = inputs.map(|argument| Renderer::Normal.data_type(&argument.data_type)).collect();
    format!("{name}({})", types.join(", "))
}

fn arguments<'a>(builder: &mut Builder<'a>, node: &Node<'a>) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    for block in node.blocks("arg") {
        for inner in expand(block, &node.scope, &ARG) {
            let node = Node::open(inner.block, inner.scope.clone(), &ARG);
            node.require("type");
            let Some(data_type) = data_type(builder, &node, "type") else { continue };
            let name = (!inner.name.is_empty()).then(|| inner.name.clone());
            let mode = node.word("mode", &ArgumentMode::WORDS, ArgumentMode::parse).unwrap_or_default();
            let same = |other: &Argument| {
                let both = [other.mode, mode];
                let apart = both.contains(&ArgumentMode::In) && both.contains(&ArgumentMode::Out);
                other.name.is_some() && other.name == name && !apart
            };
            if arguments.iter().any(same) {
                let message = format!("there is another argument `{}`", inner.name);
                node.report(Diagnostic::new(code::DUPLICATE, &inner.position, message));
            }
            arguments.push(Argument { name, mode, data_type, default: default(&node) });
        }
    }
    arguments
}

/// `return`, `return_set` or `return_table`; without them, the `OUT` arguments.
fn returns<'a>(builder: &mut Builder<'a>, node: &Node<'a>, arguments: &[Argument]) -> Returns {
    node.exclusive(&["return", "return_set", "return_table"]);
    if let Some(block) = node.single("return_table") {
        let table = Node::open(block, node.scope.clone(), &RETURN_TABLE);
        return Returns::Table(return_columns(builder, &table));
    }
    if node.has("return_set") {
        return data_type(builder, node, "return_set").map_or(Returns::Nothing, Returns::Set);
    }
    if node.has("return") {
        return data_type(builder, node, "return").map_or(Returns::Nothing, Returns::Type);
    }
    let outputs = [ArgumentMode::Out, ArgumentMode::InOut];
    if !arguments.iter().any(|argument| outputs.contains(&argument.mode)) {
        let message = "a function needs `return`, `return_set`, `return_table` or an argument of mode OUT";
        node.report(
            Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message)
                .hint("write `return = void` for one that gives nothing"),
        );
    }
    Returns::Nothing
}

fn return_columns<'a>(builder: &mut Builder<'a>, table: &Node<'a>) -> IndexMap<String, DataType> {
    let mut columns = IndexMap::new();
    for block in table.blocks("column") {
        for inner in expand(block, &table.scope, &RETURN_COLUMN) {
            let node = Node::open(inner.block, inner.scope.clone(), &RETURN_COLUMN);
            node.require("type");
            let Some(data_type) = data_type(builder, &node, "type") else { continue };
            if columns.insert(inner.name.clone(), data_type).is_some() {
                let message = format!("there is another column `{}`", inner.name);
                node.report(Diagnostic::new(code::DUPLICATE, &inner.position, message));
            }
        }
    }
    if columns.is_empty() {
        let message = "`return_table` needs a `column`";
        table.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &table.position(), message));
    }
    columns
}

/// The language as the catalog spells it; its names are in lower case unless quoted.
fn language(node: &Node<'_>) -> String {
    match node.value("lang") {
        None if node.has("lang") => String::new(),
        None => "sql".to_owned(),
        Some(Value::Word(word)) => word.to_lowercase(),
        Some(Value::String(name)) => name,
        Some(other) => {
            node.expected("lang", "a language such as SQL or PLpgSQL", &other);
            String::new()
        }
    }
}

/// `RETURN …` and `BEGIN ATOMIC … END` are SQL; anything else is a text for the language.
fn body(node: &Node<'_>, language: &str) -> Option<Body> {
    let text = match node.value("as")? {
        Value::String(text) | Value::Sql(text) => text,
        other => {
            node.expected("as", "the body as a string", &other);
            return None;
        }
    };
    let sql = text.trim().trim_end_matches(';').trim_end();
    let words: Vec<String> = sql.split_whitespace().take(2).map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["return", ..] if language == "sql" => {
            node.checked("as", sql.to_owned(), check_expression).map(Body::Sql)
        }
        ["begin", "atomic", ..] if language == "sql" => {
            node.checked("as", sql.to_owned(), check_atomic).map(Body::Sql)
        }
        _ => Some(Body::Text(text)),
    }
}

fn is_definer(word: &str) -> Option<bool> {
    match word.to_ascii_uppercase().as_str() {
        "DEFINER" => Some(true),
        "INVOKER" => Some(false),
        _ => None,
    }
}

/// `set = { search_path = "app", "app.tenant" = "x" }`
fn settings(node: &Node<'_>) -> IndexMap<String, String> {
    let entries = match node.value("set") {
        None => return IndexMap::new(),
        Some(Value::Map(entries)) => entries,
        Some(other) => {
            node.expected("set", "a map of settings", &other);
            return IndexMap::new();
        }
    };
    let mut settings = IndexMap::new();
    for (name, value) in entries {
        match value.text() {
            Some(text) => {
                settings.insert(name, text);
            }
            None => node.expected("set", "a map of strings", &value),
        }
    }
    settings.sort_keys();
    settings
}
