//! What stands in a table beside its columns: keys, indexes, foreign keys, checks and the partition.

use hcl_edit::structure::Block;

use super::expand::{Named, expand};
use super::node::{Grammar, Node};
use super::tables::TableReader;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{
    Check, ForeignKey, Index, IndexMethod, IndexPart, Key, Partition, PartitionKey, PartitionStrategy,
    ReferenceAction, Term, check_expression, quote,
};

const PRIMARY_KEY: Grammar = Grammar {
    what: "a primary key",
    attributes: &["columns", "include", "comment"],
    blocks: &[],
    not_done: &[],
    labels: (0, 1),
};

const UNIQUE: Grammar = Grammar {
    what: "a unique constraint",
    attributes: &["columns", "include", "nulls_distinct", "comment"],
    blocks: &[],
    not_done: &["on", "where", "type", "page_per_range"],
    labels: (1, 1),
};

const INDEX: Grammar = Grammar {
    what: "an index",
    attributes: &[
        "columns",
        "unique",
        "type",
        "where",
        "include",
        "nulls_distinct",
        "page_per_range",
        "comment",
    ],
    blocks: &["on"],
    not_done: &["renamed_from", "storage_params"],
    labels: (1, 1),
};

const ON: Grammar = Grammar {
    what: "`on`",
    attributes: &["column", "expr", "desc", "ops", "nulls_first", "nulls_last"],
    blocks: &[],
    not_done: &["collate"],
    labels: (0, 0),
};

const FOREIGN_KEY: Grammar = Grammar {
    what: "a foreign key",
    attributes: &["columns", "ref_columns", "on_update", "on_delete", "comment"],
    blocks: &[],
    not_done: &["deferrable", "initially", "match"],
    labels: (1, 1),
};

const CHECK: Grammar = Grammar {
    what: "a check",
    attributes: &["expr", "comment"],
    blocks: &[],
    not_done: &["enforced", "no_inherit"],
    labels: (0, 1),
};

const PARTITION: Grammar = Grammar {
    what: "a partition",
    attributes: &["type", "columns"],
    blocks: &["by"],
    not_done: &["partition"],
    labels: (0, 0),
};

const BY: Grammar =
    Grammar { what: "`by`", attributes: &["column", "expr"], blocks: &[], not_done: &[], labels: (0, 0) };

pub(super) fn read<'a>(reader: &mut TableReader<'_, 'a>, node: &Node<'a>) {
    if let Some(block) = node.single("primary_key") {
        each(block, node, &PRIMARY_KEY, |named, node| primary_key(reader, named, node));
    }
    for block in node.blocks("unique") {
        each(block, node, &UNIQUE, |named, node| unique(reader, named, node));
    }
    for block in node.blocks("index") {
        each(block, node, &INDEX, |named, node| index(reader, named, node));
    }
    for block in node.blocks("foreign_key") {
        each(block, node, &FOREIGN_KEY, |named, node| foreign_key(reader, named, node));
    }
    for block in node.blocks("check") {
        each(block, node, &CHECK, |named, node| check(reader, named, node));
    }
    if let Some(block) = node.single("partition") {
        partition(reader, &Node::open(block, node.scope.clone(), &PARTITION));
    }
}

fn each<'a>(
    block: &'a Block,
    table: &Node<'a>,
    grammar: &Grammar,
    mut read: impl FnMut(&Named<'a>, &Node<'a>),
) {
    for named in expand(block, &table.scope, grammar) {
        let node = Node::open(named.block, named.scope.clone(), grammar);
        read(&named, &node);
    }
}

fn key(reader: &TableReader<'_, '_>, named: &Named<'_>, node: &Node<'_>) -> Key {
    node.require("columns");
    let columns = reader.own_columns(node, "columns");
    if node.has("columns") && node.list("columns").is_empty() {
        empty(node, "columns");
    }
    Key {
        name: (!named.name.is_empty()).then(|| named.name.clone()),
        columns,
        include: reader.own_columns(node, "include"),
        nulls_distinct: node.bool("nulls_distinct").unwrap_or(true),
        comment: node.string("comment"),
        origin: node.position().into(),
        ..Key::default()
    }
}

fn empty(node: &Node<'_>, name: &str) {
    let message = format!("`{name}` is empty");
    node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of(name), message));
}

fn primary_key(reader: &mut TableReader<'_, '_>, named: &Named<'_>, node: &Node<'_>) {
    if !named.name.is_empty() {
        reader.claim_relation("primary key", &named.name, &named.position);
        reader.claim_inside("constraint", &named.name, &named.position);
    }
    reader.table.primary_key = Some(key(reader, named, node));
}

fn unique(reader: &mut TableReader<'_, '_>, named: &Named<'_>, node: &Node<'_>) {
    reader.claim_relation("unique constraint", &named.name, &named.position);
    reader.claim_inside("constraint", &named.name, &named.position);
    let key = key(reader, named, node);
    reader.table.uniques.insert(named.name.clone(), key);
}

fn index(reader: &mut TableReader<'_, '_>, named: &Named<'_>, node: &Node<'_>) {
    reader.claim_relation("index", &named.name, &named.position);
    node.exclusive(&["columns", "on"]);
    let plain = |column| IndexPart::plain(Term::Column(column));
    let mut parts: Vec<IndexPart> = reader.own_columns(node, "columns").into_iter().map(plain).collect();
    for block in node.blocks("on") {
        parts.extend(index_part(reader, &Node::open(block, node.scope.clone(), &ON)));
    }
    if !node.has("columns") && !node.block.body.has_blocks("on") {
        let message = format!("the index `{}` needs `columns` or `on`", named.name);
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message));
    } else if node.has("columns") && node.list("columns").is_empty() {
        empty(node, "columns");
    }
    let methods = ["BTREE", "HASH", "GIN", "GIST", "SPGIST", "BRIN"];
    let index = Index {
        unique: node.bool("unique").unwrap_or(false),
        method: node.word("type", &methods, IndexMethod::parse).unwrap_or_default(),
        parts,
        include: reader.own_columns(node, "include"),
        predicate: node.sql("where"),
        nulls_distinct: node.bool("nulls_distinct").unwrap_or(true),
        pages_per_range: node.integer("page_per_range"),
        comment: node.string("comment"),
        origin: node.position().into(),
        ..Index::default()
    };
    if !index.nulls_distinct && !index.unique {
        let message = "`nulls_distinct` says something of unique indexes only";
        node.report(Diagnostic::new(code::CONFLICT, &node.position_of("nulls_distinct"), message));
    }
    if index.pages_per_range.is_some() && index.method != IndexMethod::Brin {
        let message = "`page_per_range` is for indexes of type BRIN";
        node.report(Diagnostic::new(code::CONFLICT, &node.position_of("page_per_range"), message));
    }
    reader.table.indexes.insert(named.name.clone(), index);
}

fn index_part(reader: &TableReader<'_, '_>, node: &Node<'_>) -> Option<IndexPart> {
    let term = term(reader, node)?;
    let desc = node.bool("desc").unwrap_or(false);
    node.exclusive(&["nulls_first", "nulls_last"]);
    // Only `true` says anything: each is false unless said.
    let (nulls_first, nulls_last) = (node.bool("nulls_first"), node.bool("nulls_last"));
    let first = nulls_first.filter(|first| *first).or(nulls_last.filter(|last| *last).map(|_| false));
    let ops = match node.value("ops") {
        None => None,
        Some(Value::Word(name) | Value::String(name)) => Some(quote(&name)),
        Some(Value::Sql(sql)) => node.checked("ops", sql, check_expression),
        Some(other) => {
            let message = format!("`ops` takes the name of an operator class, not {}", other.kind());
            node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of("ops"), message));
            None
        }
    };
    // Said or not, Postgres' default is the same index.
    Some(IndexPart { term, desc, nulls_first: first.filter(|first| *first != desc), ops, collate: None })
}

/// `column` or `expr`: exactly one of them.
fn term(reader: &TableReader<'_, '_>, node: &Node<'_>) -> Option<Term> {
    node.exclusive(&["column", "expr"]);
    if node.has("column") {
        let value = node.value("column")?;
        return reader.own_column(&value, &node.position_of("column")).map(Term::Column);
    }
    if !node.has("expr") {
        let message = "`column` or `expr` is needed here";
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message));
    }
    node.sql("expr").map(Term::Expression)
}

fn foreign_key(reader: &mut TableReader<'_, '_>, named: &Named<'_>, node: &Node<'_>) {
    reader.claim_inside("constraint", &named.name, &named.position);
    node.require("columns");
    node.require("ref_columns");
    let columns = reader.own_columns(node, "columns");
    let mut target: Option<(String, String)> = None;
    let mut ref_columns = Vec::new();
    for (value, position) in node.list("ref_columns") {
        let Some((schema, table, column)) = reader.any_column(&value, &position) else { continue };
        if let Some((_, first)) = target.as_ref().filter(|known| **known != (schema.clone(), table.clone())) {
            let message = format!("`ref_columns` are columns of one table; the first is of `{first}`");
            node.report(Diagnostic::new(code::CONFLICT, &position, message));
            continue;
        }
        target = Some((schema, table));
        ref_columns.push(column);
    }
    let counts = (node.list("columns").len(), node.list("ref_columns").len());
    if counts.0 != counts.1 && node.has("columns") && node.has("ref_columns") {
        let message = format!("`columns` has {} and `ref_columns` {}: they pair up", counts.0, counts.1);
        node.report(Diagnostic::new(code::CONFLICT, &node.position_of("ref_columns"), message));
    }
    let action = |name| node.word(name, &ReferenceAction::WORDS, ReferenceAction::parse).unwrap_or_default();
    let (on_update, on_delete) = (action("on_update"), action("on_delete"));
    let Some((ref_schema, ref_table)) = target else { return };
    let foreign_key = ForeignKey {
        columns,
        ref_schema,
        ref_table,
        ref_columns,
        on_update,
        on_delete,
        comment: node.string("comment"),
        origin: node.position().into(),
        ..ForeignKey::default()
    };
    reader.table.foreign_keys.insert(named.name.clone(), foreign_key);
}

fn check(reader: &mut TableReader<'_, '_>, named: &Named<'_>, node: &Node<'_>) {
    node.require("expr");
    if !named.name.is_empty() {
        reader.claim_inside("constraint", &named.name, &named.position);
    }
    if let Some(expr) = node.sql("expr") {
        reader.table.checks.push(Check {
            name: (!named.name.is_empty()).then(|| named.name.clone()),
            expr,
            comment: node.string("comment"),
            origin: node.position().into(),
            ..Check::default()
        });
    }
}

fn partition<'a>(reader: &mut TableReader<'_, 'a>, node: &Node<'a>) {
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
    if let Some(strategy) = strategy.filter(|_| !parts.is_empty()) {
        let parts = PartitionKey::Declared(parts);
        reader.table.partition = Some(Partition { strategy, parts, origin: origin.into() });
    }
}
