//! `partition` blocks: within a table how it is partitioned, at the top level a partition of a table.

use super::builder::Builder;
use super::expand::Named;
use super::keys::term;
use super::node::{Grammar, Node};
use super::params::{TABLE_PARAMS, storage_params};
use super::registry::Kind;
use super::tables::TableReader;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{
    Bound, Partition, PartitionKey, PartitionStrategy, PartitionTable, Table, Term, check_expression,
    quote_literal,
};

pub(super) const PARTITION_BY: Grammar = Grammar {
    what: "a partition",
    attributes: &["type", "columns"],
    blocks: &["by"],
    not_done: &["partition"],
    labels: (0, 0),
};

const BY: Grammar =
    Grammar { what: "`by`", attributes: &["column", "expr"], blocks: &[], not_done: &[], labels: (0, 0) };

pub(super) const PARTITION: Grammar = Grammar {
    what: "a partition",
    attributes: &["schema", "of", "default", "unlogged", "comment", "depends_on", "renamed_from"],
    blocks: &["range", "list", "hash", "partition", "storage_params"],
    not_done: &["column", "index", "primary_key", "unique", "check", "foreign_key"],
    labels: (1, 2),
};

const RANGE: Grammar =
    Grammar { what: "`range`", attributes: &["from", "to"], blocks: &[], not_done: &[], labels: (0, 0) };

const LIST: Grammar =
    Grammar { what: "`list`", attributes: &["values"], blocks: &[], not_done: &[], labels: (0, 0) };

const HASH: Grammar = Grammar {
    what: "`hash`",
    attributes: &["modulus", "remainder"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

pub(super) fn partition_by<'a>(reader: &mut TableReader<'_, 'a>, node: &Node<'a>) -> Option<Partition> {
    node.require("type");
    node.exclusive(&["columns", "by"]);
    let mut parts: Vec<Term> = reader.own_columns(node, "columns").into_iter().map(Term::Column).collect();
    for block in node.blocks("by") {
        parts.extend(term(reader, &Node::open(block, node.scope.clone(), &BY)));
    }
    let origin: Position = node.position();
    if !node.has("columns") && !node.block.body.has_blocks("by") {
        let message = "a partition needs `columns` or `by`";
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &origin, message));
    }
    let strategy = node.word("type", &PartitionStrategy::WORDS, PartitionStrategy::parse);
    let strategy = strategy.filter(|_| !parts.is_empty())?;
    Some(Partition { strategy, parts: PartitionKey::Declared(parts), origin: origin.into() })
}

pub(super) fn partition<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &PARTITION);
    node.require("of");
    builder.depends_on(&node);
    let position = node.position_of("of");
    let parent = node
        .value("of")
        .and_then(|value| builder.resolve_any(&[Kind::Table, Kind::Partition], &value, &position));
    let bound = bound(&node);
    let (Some(schema), Some(parent), Some(bound)) = (schema, parent, bound) else { return };
    if (parent.schema.as_str(), &parent.name) == (schema, &named.name) {
        let message = format!("`{}` can not be a partition of itself", named.name);
        node.report(Diagnostic::new(code::UNKNOWN_REFERENCE, &position, message));
        return;
    }
    let mut reader = TableReader {
        builder,
        table: Table::default(),
        name: named.name.clone(),
        schema: Some(schema.to_owned()),
        columns_known: false,
    };
    let by = node
        .single("partition")
        .and_then(|block| partition_by(&mut reader, &Node::open(block, node.scope.clone(), &PARTITION_BY)));
    let renamed_from = reader.renamed_relation(&node, &named.name);
    let declared = PartitionTable {
        parent_schema: parent.schema,
        parent: parent.name,
        bound,
        partition: by,
        unlogged: node.bool("unlogged").unwrap_or(false),
        storage_params: storage_params(&node, &TABLE_PARAMS),
        comment: node.string("comment"),
        beyond: Vec::new(),
        renamed_from,
        origin: node.position().into(),
    };
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.partitions.insert(named.name.clone(), declared);
    }
}

/// Exactly one of `range`, `list`, `hash` and `default = true`.
fn bound(node: &Node<'_>) -> Option<Bound> {
    node.exclusive(&["default", "range", "list", "hash"]);
    if node.bool("default") == Some(true) {
        return Some(Bound::Default);
    }
    let open = |name, grammar| node.single(name).map(|block| Node::open(block, node.scope.clone(), grammar));
    let values = if let Some(range) = open("range", &RANGE) {
        range.require("from");
        range.require("to");
        format!("FOR VALUES FROM ({}) TO ({})", values(&range, "from")?, values(&range, "to")?)
    } else if let Some(list) = open("list", &LIST) {
        list.require("values");
        format!("FOR VALUES IN ({})", values(&list, "values")?)
    } else if let Some(hash) = open("hash", &HASH) {
        hash.require("modulus");
        hash.require("remainder");
        let (modulus, remainder) = (hash.integer("modulus")?, hash.integer("remainder")?);
        format!("FOR VALUES WITH (modulus {modulus}, remainder {remainder})")
    } else {
        let message = "a partition needs `range`, `list`, `hash` or `default = true`";
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message));
        return None;
    };
    Some(Bound::Values(values))
}

/// The values of a bound as SQL; `None` if one of them is none.
fn values(node: &Node<'_>, name: &str) -> Option<String> {
    let mut all = Vec::new();
    let items = node.list(name);
    for (value, position) in &items {
        let sql = match value {
            Value::String(text) => Some(quote_literal(text)),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null => Some("NULL".to_owned()),
            Value::Word(word) if ["MINVALUE", "MAXVALUE"].contains(&word.as_str()) => Some(word.clone()),
            Value::Sql(sql) if check_expression(sql).is_ok() => Some(sql.clone()),
            _ => None,
        };
        match sql {
            Some(sql) => all.push(sql),
            None => {
                let message = "a bound is a string, a number, a bool, null, MINVALUE, MAXVALUE or sql(…)";
                node.report(Diagnostic::new(code::INVALID_VALUE, position, message));
            }
        }
    }
    if node.has(name) && items.is_empty() {
        super::keys::empty(node, name);
    }
    (!all.is_empty() && all.len() == items.len()).then(|| all.join(", "))
}
