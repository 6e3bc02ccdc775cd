//! Primary keys, unique constraints and indexes.

use super::constraints::deferrable;
use super::expand::Named;
use super::node::{Grammar, Node};
use super::params::{INDEX_PARAMS, storage_params};
use super::tables::TableReader;
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{Index, IndexMethod, IndexPart, Key, Term, check_expression, quote};

pub(super) const METHODS: [&str; 6] = ["BTREE", "HASH", "GIN", "GIST", "SPGIST", "BRIN"];

pub(super) const PRIMARY_KEY: Grammar = Grammar {
    what: "a primary key",
    attributes: &["columns", "include", "deferrable", "initially", "comment", "renamed_from"],
    blocks: &["storage_params"],
    not_done: &[],
    labels: (0, 1),
};

pub(super) const UNIQUE: Grammar = Grammar {
    what: "a unique constraint",
    attributes: &[
        "columns",
        "include",
        "nulls_distinct",
        "deferrable",
        "initially",
        "comment",
        "renamed_from",
    ],
    blocks: &["storage_params"],
    not_done: &["on", "where", "type", "page_per_range"],
    labels: (1, 1),
};

pub(super) const INDEX: Grammar = Grammar {
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
        "renamed_from",
    ],
    blocks: &["on", "storage_params"],
    not_done: &[],
    labels: (1, 1),
};

const ON: Grammar = Grammar {
    what: "`on`",
    attributes: &["column", "expr", "desc", "ops", "nulls_first", "nulls_last", "collate"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

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
        deferrable: deferrable(node),
        storage_params: storage_params(node, &INDEX_PARAMS),
        comment: node.string("comment"),
        beyond: Vec::new(),
        renamed_from: None,
        origin: node.position().into(),
    }
}

pub(super) fn empty(node: &Node<'_>, name: &str) {
    let message = format!("`{name}` is empty");
    node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of(name), message));
}

pub(super) fn primary_key<'a>(reader: &mut TableReader<'_, 'a>, named: &Named<'a>, node: &Node<'a>) {
    if !named.name.is_empty() {
        reader.claim_relation("primary key", &named.name, &named.position);
        reader.claim_inside("constraint", &named.name, &named.position);
    }
    let mut key = key(reader, named, node);
    key.renamed_from = reader.renamed_inside("constraint", node, &named.name);
    reader.table.primary_key = Some(key);
}

pub(super) fn unique<'a>(reader: &mut TableReader<'_, 'a>, named: &Named<'a>, node: &Node<'a>) {
    reader.claim_relation("unique constraint", &named.name, &named.position);
    reader.claim_inside("constraint", &named.name, &named.position);
    let mut key = key(reader, named, node);
    key.renamed_from = reader.renamed_inside("constraint", node, &named.name);
    reader.table.uniques.insert(named.name.clone(), key);
}

pub(super) fn index<'a>(reader: &mut TableReader<'_, 'a>, named: &Named<'a>, node: &Node<'a>) {
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
    let index = Index {
        unique: node.bool("unique").unwrap_or(false),
        method: node.word("type", &METHODS, IndexMethod::parse).unwrap_or_default(),
        parts,
        include: reader.own_columns(node, "include"),
        predicate: node.sql("where"),
        nulls_distinct: node.bool("nulls_distinct").unwrap_or(true),
        pages_per_range: node.integer("page_per_range"),
        storage_params: storage_params(node, &INDEX_PARAMS),
        comment: node.string("comment"),
        invalid: false,
        beyond: Vec::new(),
        renamed_from: reader.renamed_relation(node, &named.name),
        origin: node.position().into(),
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

/// `column` or `expr` and how it is indexed, also in the `on` of an exclusion.
pub(super) fn index_part(reader: &TableReader<'_, '_>, node: &Node<'_>) -> Option<IndexPart> {
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
    Some(IndexPart {
        term,
        desc,
        nulls_first: first.filter(|first| *first != desc),
        ops,
        collate: node.collation("collate"),
    })
}

/// `column` or `expr`: exactly one of them.
pub(super) fn term(reader: &TableReader<'_, '_>, node: &Node<'_>) -> Option<Term> {
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
