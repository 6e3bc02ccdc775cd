//! Tables with all that stands in them.

use indexmap::IndexMap;

use super::Writer;
use super::block::{Block, sql, string};
use super::names::{column, columns};
use super::partitions::partition_by;
use super::types::{check_block, collate};
use crate::model::{
    Column, DataType, Deferrable, Exclusion, ForeignKey, Identity, Index, IndexMethod, IndexPart, Key,
    ReferenceAction, Table, Term, Token, tokens,
};

impl Writer<'_> {
    pub(super) fn table(&self, schema: &str, name: &str, table: &Table) -> Block {
        let mut block = self.placed("table", schema, name);
        block.flag("unlogged", table.unlogged);
        block.comment(table.comment.as_ref());
        for (name, column) in &table.columns {
            block.push(self.column(name, column));
        }
        if let Some(key) = &table.primary_key {
            let chosen = key.name.as_deref().filter(|key| *key != format!("{name}_pkey"));
            block.push(key_block("primary_key", chosen.unwrap_or_default(), key));
        }
        for (name, key) in &table.uniques {
            block.push(key_block("unique", name, key));
        }
        for (name, index) in &table.indexes {
            block.push(index_block(name, index));
        }
        for (name, key) in &table.foreign_keys {
            block.push(self.foreign_key(name, key));
        }
        for check in &table.checks {
            block.push(check_block(check));
        }
        for (name, exclusion) in &table.exclusions {
            block.push(exclusion_block(name, exclusion));
        }
        if let Some(partition) = &table.partition {
            block.push(partition_by(partition));
        }
        if table.row_security.enabled || table.row_security.enforced {
            let mut inner = Block::new("row_security", &[]);
            inner.flag("enabled", table.row_security.enabled);
            inner.flag("enforced", table.row_security.enforced);
            block.push(inner);
        }
        push_params(&mut block, &table.storage_params);
        block
    }

    fn column(&self, name: &str, column: &Column) -> Block {
        let mut block = Block::new("column", &[name]);
        block.attr("type", self.names.data_type(&column.data_type));
        block.flag("null", column.null);
        if let Some(default) = &column.default {
            block.attr("default", default_value(default, &column.data_type));
        }
        if let Some(generated) = &column.generated {
            block.attr("as", string(generated));
        }
        collate(&mut block, column.collate.as_ref());
        block.comment(column.comment.as_ref());
        if let Some(identity) = &column.identity {
            block.push(identity_block(identity));
        }
        block
    }

    fn foreign_key(&self, name: &str, key: &ForeignKey) -> Block {
        let mut block = Block::new("foreign_key", &[name]);
        block.list("columns", columns(&key.columns));
        let table = self.names.relation(&key.ref_schema, &key.ref_table);
        let target = |name: &String| format!("{table}.{}", column(name));
        block.list("ref_columns", key.ref_columns.iter().map(target).collect());
        for (name, action) in [("on_update", key.on_update), ("on_delete", key.on_delete)] {
            if action != ReferenceAction::NoAction {
                block.attr(name, action.as_sql().replace(' ', "_"));
            }
        }
        block.list("on_delete_columns", columns(&key.on_delete_columns));
        if key.match_full {
            block.attr("match", "FULL");
        }
        deferrable(&mut block, key.deferrable);
        block.flag("not_valid", key.not_valid);
        block.comment(key.comment.as_ref());
        block
    }
}

/// A default as a plain value where that says the same, else as SQL.
fn default_value(default: &str, data_type: &DataType) -> String {
    let plain = match (tokens(default).as_slice(), data_type) {
        ([Token::Literal(number)], _) if number.starts_with(|c: char| c.is_ascii_digit()) => {
            // HCL reads numbers of its own kind only.
            let fits = number.parse::<i64>().is_ok_and(|value| value.to_string() == *number);
            fits.then(|| (*number).to_owned())
        }
        ([Token::Name("true")], _) => Some("true".to_owned()),
        ([Token::Name("false")], _) => Some("false".to_owned()),
        (
            [Token::Literal(text), Token::Other(':'), Token::Other(':'), Token::Name("text")],
            DataType::Sql(printed),
        ) if printed == "text" => {
            let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            inner.filter(|inner| !inner.contains(['\'', '\\'])).map(string)
        }
        _ => None,
    };
    plain.unwrap_or_else(|| sql(default))
}

fn identity_block(identity: &Identity) -> Block {
    let mut block = Block::new("identity", &[]);
    block.attr("generated", if identity.always { "ALWAYS" } else { "BY_DEFAULT" });
    let default = if identity.increment < 0 { -1 } else { 1 };
    let first = if identity.increment < 0 { identity.max } else { identity.min }.unwrap_or(default);
    let numbers = [
        ("start", Some(identity.start).filter(|start| *start != first)),
        ("increment", Some(identity.increment).filter(|increment| *increment != 1)),
        ("min_value", identity.min),
        ("max_value", identity.max),
        ("cache", identity.cache),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            block.attr(name, value.to_string());
        }
    }
    block.flag("cycle", identity.cycle);
    block
}

fn key_block(kind: &'static str, label: &str, key: &Key) -> Block {
    let mut block = Block::new(kind, &[label]);
    block.list("columns", columns(&key.columns));
    block.list("include", columns(&key.include));
    if !key.nulls_distinct && kind == "unique" {
        block.attr("nulls_distinct", "false");
    }
    deferrable(&mut block, key.deferrable);
    block.comment(key.comment.as_ref());
    push_params(&mut block, &key.storage_params);
    block
}

fn deferrable(block: &mut Block, deferrable: Deferrable) {
    match deferrable {
        Deferrable::Never => {}
        Deferrable::Immediate => block.attr("deferrable", "true"),
        Deferrable::Deferred => block.attr("initially", "DEFERRED"),
    }
}

pub(super) fn index_block(name: &str, index: &Index) -> Block {
    let mut block = Block::new("index", &[name]);
    block.flag("unique", index.unique);
    if index.method != IndexMethod::Btree {
        block.attr("type", index.method.as_str().to_uppercase());
    }
    let plain = |part: &IndexPart| {
        matches!(part.term, Term::Column(_)) && *part == IndexPart::plain(part.term.clone())
    };
    let is_plain = index.parts.iter().all(plain);
    if is_plain {
        let column_of =
            |part: &IndexPart| if let Term::Column(name) = &part.term { column(name) } else { String::new() };
        block.list("columns", index.parts.iter().map(column_of).collect());
    }
    block.list("include", columns(&index.include));
    if let Some(predicate) = &index.predicate {
        block.attr("where", string(predicate));
    }
    if !index.nulls_distinct {
        block.attr("nulls_distinct", "false");
    }
    if let Some(pages) = index.pages_per_range {
        block.attr("page_per_range", pages.to_string());
    }
    block.comment(index.comment.as_ref());
    if !is_plain {
        for part in &index.parts {
            block.push(part_block(part));
        }
    }
    push_params(&mut block, &index.storage_params);
    block
}

fn part_block(part: &IndexPart) -> Block {
    let mut block = Block::new("on", &[]);
    match &part.term {
        Term::Column(name) => block.attr("column", column(name)),
        Term::Expression(expr) => block.attr("expr", string(expr)),
    }
    block.flag("desc", part.desc);
    if let Some(ops) = &part.ops {
        block.attr("ops", sql(ops));
    }
    match part.nulls_first {
        Some(true) => block.attr("nulls_first", "true"),
        Some(false) => block.attr("nulls_last", "true"),
        None => {}
    }
    collate(&mut block, part.collate.as_ref());
    block
}

fn exclusion_block(name: &str, exclusion: &Exclusion) -> Block {
    let mut block = Block::new("exclude", &[name]);
    block.attr("type", exclusion.method.as_str().to_uppercase());
    block.list("include", columns(&exclusion.include));
    if let Some(predicate) = &exclusion.predicate {
        block.attr("where", string(predicate));
    }
    deferrable(&mut block, exclusion.deferrable);
    block.comment(exclusion.comment.as_ref());
    for part in &exclusion.parts {
        let mut on = part_block(&part.part);
        on.attr("op", string(&part.operator));
        block.push(on);
    }
    push_params(&mut block, &exclusion.storage_params);
    block
}

pub(super) fn push_params(block: &mut Block, params: &IndexMap<String, String>) {
    let mut inner = Block::new("storage_params", &[]);
    let mut toast = Block::new("toast", &[]);
    for (name, value) in params {
        match name.strip_prefix("toast.") {
            Some(name) => toast.attr(name, param(value)),
            None => inner.attr(name, param(value)),
        }
    }
    if !toast.is_empty() {
        inner.push(toast);
    }
    if !inner.is_empty() {
        block.push(inner);
    }
}

/// The value of a parameter as it is read again.
fn param(value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    if is_number || ["true", "false"].contains(&value) { value.to_owned() } else { string(value) }
}
