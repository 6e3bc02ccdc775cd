//! `column` blocks: type, null, default, generated, identity, collation.

use super::expand::Named;
use super::node::{Grammar, Node};
use super::tables::TableReader;
use super::types::data_type;
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{Column, DataType, Identity, check_expression, quote_literal};

pub(super) const COLUMN: Grammar = Grammar {
    what: "a column",
    attributes: &["type", "null", "default", "as", "comment", "collate", "renamed_from"],
    blocks: &["as", "identity"],
    not_done: &["unsigned"],
    labels: (1, 1),
};

const AS: Grammar = Grammar {
    what: "a generated column",
    attributes: &["expr", "type"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

const IDENTITY: Grammar = Grammar {
    what: "an identity",
    attributes: &["generated", "start", "increment", "min_value", "max_value", "cache", "cycle"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

pub(super) fn column<'a>(reader: &mut TableReader<'_, 'a>, named: &Named<'a>) {
    let node = Node::open(named.block, named.scope.clone(), &COLUMN);
    reader.claim_inside("column", &named.name, &named.position);
    node.require("type");
    node.exclusive(&["default", "as", "identity"]);
    if node.has("as") && node.block.body.has_blocks("as") {
        let message = "a column has one `as`, an attribute or a block";
        node.report(Diagnostic::new(code::CONFLICT, &node.position_of("as"), message));
    }
    let data_type = data_type(reader.builder, &node, "type");
    let identity =
        node.single("identity").map(|block| identity(&Node::open(block, node.scope.clone(), &IDENTITY)));
    if let Some(DataType::Serial(_)) = &data_type {
        for name in ["default", "as"].into_iter().filter(|name| node.has(name)) {
            let message = format!("a serial column has its own default and takes no `{name}`");
            node.report(Diagnostic::new(code::CONFLICT, &node.position_of(name), message));
        }
    }
    let null = node.bool("null").unwrap_or(false);
    if null && (identity.is_some() || matches!(data_type, Some(DataType::Serial(_)))) {
        let message = "an identity or serial column is never null";
        node.report(Diagnostic::new(code::CONFLICT, &node.position_of("null"), message));
    }
    let column = Column {
        // The diagnostic about the type is enough; whatever refers to the column still finds it.
        data_type: data_type.unwrap_or_else(|| DataType::Sql("text".into())),
        null,
        default: default(&node),
        generated: generated(&node),
        identity,
        collate: node.collation("collate"),
        comment: node.string("comment"),
        renamed_from: reader.renamed_inside("column", &node, &named.name),
        origin: node.position().into(),
    };
    reader.table.columns.insert(named.name.clone(), column);
}

/// The default as an SQL expression.
pub(super) fn default(node: &Node<'_>) -> Option<String> {
    if let Some(number) = node.number_text("default") {
        return Some(number);
    }
    match node.value("default")? {
        Value::String(text) => Some(quote_literal(&text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Sql(sql) => node.checked("default", sql, check_expression),
        other => {
            let message =
                format!("`default` takes a string, a number, a bool or sql(…), not {}", other.kind());
            let mut diagnostic = Diagnostic::new(code::INVALID_VALUE, &node.position_of("default"), message);
            if let Value::Word(word) = &other {
                diagnostic = diagnostic.hint(format!("write sql(\"{word}\")"));
            }
            node.report(diagnostic);
            None
        }
    }
}

fn generated(node: &Node<'_>) -> Option<String> {
    let Some(block) = node.single("as") else { return node.sql("as") };
    let block = Node::open(block, node.scope.clone(), &AS);
    block.require("expr");
    let virtual_column = |word: &str| match word.to_ascii_uppercase().as_str() {
        "STORED" => Some(false),
        "VIRTUAL" => Some(true),
        _ => None,
    };
    if block.word("type", &["STORED"], virtual_column) == Some(true) {
        let message = "a virtual generated column can not be applied yet";
        block.report(Diagnostic::new(code::NOT_DONE, &block.position_of("type"), message));
    }
    block.sql("expr")
}

fn identity(node: &Node<'_>) -> Identity {
    let always = |word: &str| match word.to_ascii_uppercase().replace(' ', "_").as_str() {
        "ALWAYS" => Some(true),
        "BY_DEFAULT" => Some(false),
        _ => None,
    };
    let increment = node.integer("increment").unwrap_or(1);
    if increment == 0 {
        let message = "`increment` can not be 0";
        node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of("increment"), message));
    }
    Identity {
        always: node.word("generated", &["ALWAYS", "BY_DEFAULT"], always).unwrap_or(false),
        start: node.integer("start").unwrap_or_else(|| {
            let first = node.integer(if increment < 0 { "max_value" } else { "min_value" });
            first.unwrap_or(if increment < 0 { -1 } else { 1 })
        }),
        increment,
        min: node.integer("min_value"),
        max: node.integer("max_value"),
        cache: node.integer("cache").filter(|cache| *cache != 1),
        cycle: node.bool("cycle").unwrap_or(false),
    }
}
