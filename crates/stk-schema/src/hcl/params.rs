//! `storage_params` blocks: a closed list of names, so that a mistyped one is found here.

use indexmap::IndexMap;

use super::node::{Grammar, Node};
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};

pub(super) const INDEX_PARAMS: Grammar = Grammar {
    what: "`storage_params` of an index",
    attributes: &[
        "autosummarize",
        "buffering",
        "deduplicate_items",
        "fastupdate",
        "fillfactor",
        "gin_pending_list_limit",
    ],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

pub(super) const TABLE_PARAMS: Grammar = Grammar {
    what: "`storage_params` of a table",
    attributes: &[
        "autovacuum_analyze_scale_factor",
        "autovacuum_analyze_threshold",
        "autovacuum_enabled",
        "autovacuum_freeze_max_age",
        "autovacuum_freeze_min_age",
        "autovacuum_freeze_table_age",
        "autovacuum_multixact_freeze_max_age",
        "autovacuum_multixact_freeze_min_age",
        "autovacuum_multixact_freeze_table_age",
        "autovacuum_vacuum_cost_delay",
        "autovacuum_vacuum_cost_limit",
        "autovacuum_vacuum_insert_scale_factor",
        "autovacuum_vacuum_insert_threshold",
        "autovacuum_vacuum_max_threshold",
        "autovacuum_vacuum_scale_factor",
        "autovacuum_vacuum_threshold",
        "fillfactor",
        "log_autovacuum_min_duration",
        "parallel_workers",
        "toast_tuple_target",
        "user_catalog_table",
        "vacuum_index_cleanup",
        "vacuum_truncate",
    ],
    blocks: &["toast"],
    not_done: &[],
    labels: (0, 0),
};

const TOAST_PARAMS: Grammar = Grammar {
    what: "`toast` of a table",
    attributes: &[
        "autovacuum_enabled",
        "autovacuum_freeze_max_age",
        "autovacuum_freeze_min_age",
        "autovacuum_freeze_table_age",
        "autovacuum_multixact_freeze_max_age",
        "autovacuum_multixact_freeze_min_age",
        "autovacuum_multixact_freeze_table_age",
        "autovacuum_vacuum_cost_delay",
        "autovacuum_vacuum_cost_limit",
        "autovacuum_vacuum_insert_scale_factor",
        "autovacuum_vacuum_insert_threshold",
        "autovacuum_vacuum_scale_factor",
        "autovacuum_vacuum_threshold",
        "log_autovacuum_min_duration",
        "vacuum_index_cleanup",
        "vacuum_truncate",
    ],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

/// The parameters of `node`, sorted by name; those of its TOAST table as `toast.name`.
pub(super) fn storage_params(node: &Node<'_>, grammar: &Grammar) -> IndexMap<String, String> {
    let mut params = IndexMap::new();
    if let Some(block) = node.single("storage_params") {
        let inner = Node::open(block, node.scope.clone(), grammar);
        values(&inner, grammar, "", &mut params);
        if let Some(block) = inner.single("toast") {
            let inner = Node::open(block, node.scope.clone(), &TOAST_PARAMS);
            values(&inner, &TOAST_PARAMS, "toast.", &mut params);
        }
    }
    params.sort_keys();
    params
}

fn values(node: &Node<'_>, grammar: &Grammar, prefix: &str, params: &mut IndexMap<String, String>) {
    for name in grammar.attributes.iter().filter(|name| node.has(name)) {
        let value = match node.value(name) {
            Some(Value::Number(_)) => node.number_text(name),
            Some(Value::Bool(value)) => Some(value.to_string()),
            Some(Value::String(text) | Value::Word(text)) => Some(text.to_lowercase()),
            Some(other) => {
                let message = format!("`{name}` takes a number, a bool or a word, not {}", other.kind());
                node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of(name), message));
                None
            }
            None => None,
        };
        params.extend(value.map(|value| (format!("{prefix}{name}"), canonical_param(value))));
    }
}

/// Postgres keeps the words as they were given; `on` and `true` are one value.
pub(crate) fn canonical_param(value: String) -> String {
    match value.as_str() {
        "on" | "yes" => "true".to_owned(),
        "off" | "no" => "false".to_owned(),
        _ => value,
    }
}
