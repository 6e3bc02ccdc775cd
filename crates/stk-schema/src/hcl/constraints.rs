//! Foreign keys, checks and exclusion constraints.

use super::builder::Builder;
use super::expand::Named;
use super::keys::{METHODS, index_part};
use super::node::{Grammar, Node};
use super::params::{INDEX_PARAMS, storage_params};
use super::tables::TableReader;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{
    Check, Deferrable, Exclusion, ExclusionPart, ForeignKey, IndexMethod, ReferenceAction, check_expression,
};

pub(super) const FOREIGN_KEY: Grammar = Grammar {
    what: "a foreign key",
    attributes: &[
        "columns",
        "ref_columns",
        "on_update",
        "on_delete",
        "on_delete_columns",
        "match",
        "deferrable",
        "initially",
        "not_valid",
        "comment",
        "renamed_from",
    ],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

pub(super) const CHECK: Grammar = Grammar {
    what: "a check",
    attributes: &["expr", "no_inherit", "not_valid", "comment", "renamed_from"],
    blocks: &[],
    not_done: &["enforced"],
    labels: (0, 1),
};

pub(super) const EXCLUDE: Grammar = Grammar {
    what: "an exclusion constraint",
    attributes: &["type", "where", "include", "deferrable", "initially", "comment", "renamed_from"],
    blocks: &["on", "storage_params"],
    not_done: &[],
    labels: (1, 1),
};

const EXCLUDE_ON: Grammar = Grammar {
    what: "`on`",
    attributes: &["column", "expr", "op", "desc", "ops", "nulls_first", "nulls_last", "collate"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

pub(super) fn foreign_key<'a>(reader: &mut TableReader<'_, 'a>, named: &Named<'a>, node: &Node<'a>) {
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
        on_delete_columns: reader.own_columns(node, "on_delete_columns"),
        match_full: node.word("match", &["SIMPLE", "FULL"], is_full).unwrap_or(false),
        deferrable: deferrable(node),
        not_valid: node.bool("not_valid").unwrap_or(false),
        comment: node.string("comment"),
        beyond: Vec::new(),
        renamed_from: reader.renamed_inside("constraint", node, &named.name),
        origin: node.position().into(),
    };
    reader.table.foreign_keys.insert(named.name.clone(), foreign_key);
}

fn is_full(word: &str) -> Option<bool> {
    match word.to_ascii_uppercase().as_str() {
        "FULL" => Some(true),
        "SIMPLE" => Some(false),
        _ => None,
    }
}

/// A check of a table or domain whose constraints have their names in `space`.
pub(super) fn check<'a>(
    builder: &mut Builder<'a>,
    named: &Named<'a>,
    node: &Node<'a>,
    space: &str,
) -> Option<Check> {
    node.require("expr");
    Some(Check {
        name: (!named.name.is_empty()).then(|| named.name.clone()),
        expr: node.sql("expr")?,
        no_inherit: node.bool("no_inherit").unwrap_or(false),
        not_valid: node.bool("not_valid").unwrap_or(false),
        comment: node.string("comment"),
        beyond: Vec::new(),
        renamed_from: builder.renamed_from(node, space, &named.name),
        origin: node.position().into(),
    })
}

pub(super) fn exclusion<'a>(reader: &mut TableReader<'_, 'a>, named: &Named<'a>, node: &Node<'a>) {
    reader.claim_relation("exclusion constraint", &named.name, &named.position);
    reader.claim_inside("constraint", &named.name, &named.position);
    let mut parts = Vec::new();
    for block in node.blocks("on") {
        let on = Node::open(block, node.scope.clone(), &EXCLUDE_ON);
        on.require("op");
        if let (Some(part), Some(operator)) = (index_part(reader, &on), operator(&on)) {
            parts.push(ExclusionPart { part, operator });
        }
    }
    if !node.block.body.has_blocks("on") {
        let message = format!("the exclusion constraint `{}` needs `on`", named.name);
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message));
    }
    let exclusion = Exclusion {
        method: node.word("type", &METHODS, IndexMethod::parse).unwrap_or(IndexMethod::Gist),
        parts,
        include: reader.own_columns(node, "include"),
        predicate: node.sql("where"),
        deferrable: deferrable(node),
        storage_params: storage_params(node, &INDEX_PARAMS),
        comment: node.string("comment"),
        renamed_from: reader.renamed_inside("constraint", node, &named.name),
        origin: node.position().into(),
    };
    reader.table.exclusions.insert(named.name.clone(), exclusion);
}

/// `=`, `&&`, or with its schema, `OPERATOR(s.=)`.
fn operator(node: &Node<'_>) -> Option<String> {
    const CHARACTERS: &str = "+-*/<>=~!@#%^&|`?";
    let text = node.string("op")?;
    let bare = |text: &str| !text.is_empty() && text.chars().all(|c| CHARACTERS.contains(c));
    let qualified = text.strip_prefix("OPERATOR(").and_then(|rest| rest.strip_suffix(')'));
    let fits = match qualified.and_then(|inner| inner.rsplit_once('.')) {
        Some((schema, operator)) => check_expression(schema).is_ok() && bare(operator),
        None => bare(&text) && !text.contains("--") && !text.contains("/*"),
    };
    if !fits {
        let message = format!("`{text}` is no operator");
        node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of("op"), message));
    }
    fits.then_some(text)
}

/// `deferrable` and `initially`; the second implies the first.
pub(super) fn deferrable(node: &Node<'_>) -> Deferrable {
    let deferred =
        node.word("initially", &["IMMEDIATE", "DEFERRED"], |word| match word.to_ascii_uppercase().as_str() {
            "IMMEDIATE" => Some(false),
            "DEFERRED" => Some(true),
            _ => None,
        });
    match (node.bool("deferrable"), deferred) {
        (Some(false), Some(true)) => {
            let message = "what is not deferrable can not be deferred initially";
            node.report(Diagnostic::new(code::CONFLICT, &node.position_of("initially"), message));
            Deferrable::Never
        }
        (_, Some(true)) => Deferrable::Deferred,
        (Some(true), _) => Deferrable::Immediate,
        (_, _) => Deferrable::Never,
    }
}
