//! Enums, domains, composites and sequences.

use super::block::{Block, sql, string};
use super::{Writer, names};
use crate::model::{Check, Composite, Domain, Enum, Sequence};

impl Writer<'_> {
    pub(super) fn enumeration(&self, schema: &str, name: &str, it: &Enum) -> Block {
        let mut block = self.placed("enum", schema, name);
        let values = it.values.iter().map(|value| string(value)).collect::<Vec<_>>().join(", ");
        block.attr("values", format!("[{values}]"));
        block.comment(it.comment.as_ref());
        block
    }

    pub(super) fn composite(&self, schema: &str, name: &str, it: &Composite) -> Block {
        let mut block = self.placed("composite", schema, name);
        block.comment(it.comment.as_ref());
        for (name, field) in &it.fields {
            let mut inner = Block::new("field", &[name]);
            inner.attr("type", self.names.data_type(&field.data_type));
            collate(&mut inner, field.collate.as_ref());
            inner.comment(field.comment.as_ref());
            block.push(inner);
        }
        block
    }

    pub(super) fn domain(&self, schema: &str, name: &str, it: &Domain) -> Block {
        let mut block = self.placed("domain", schema, name);
        block.attr("type", self.names.data_type(&it.data_type));
        block.flag("null", it.null);
        if let Some(default) = &it.default {
            block.attr("default", sql(default));
        }
        collate(&mut block, it.collate.as_ref());
        block.comment(it.comment.as_ref());
        for check in &it.checks {
            block.push(check_block(check));
        }
        block
    }

    pub(super) fn sequence(&self, schema: &str, name: &str, it: &Sequence) -> Block {
        let mut block = self.placed("sequence", schema, name);
        let defaults = Sequence::defaults(&it.data_type, it.increment);
        if it.data_type != "bigint" {
            block.attr("type", it.data_type.clone());
        }
        let first = if it.increment < 0 { it.max } else { it.min };
        for (name, value, default) in [
            ("start", it.start, first),
            ("increment", it.increment, 1),
            ("min_value", it.min, defaults.min),
            ("max_value", it.max, defaults.max),
            ("cache", it.cache, defaults.cache),
        ] {
            if value != default {
                block.attr(name, value.to_string());
            }
        }
        block.flag("cycle", it.cycle);
        block.flag("unlogged", it.unlogged);
        if let Some((schema, table, column)) = &it.owner {
            let table = self.names.relation(schema, table);
            // The column's part of a reference always follows a name.
            let column = names::column(column);
            block.attr("owner", format!("{table}.{column}"));
        }
        block.comment(it.comment.as_ref());
        block
    }
}

/// A collation, which is SQL in the model.
pub(super) fn collate(block: &mut Block, collate: Option<&String>) {
    if let Some(collate) = collate {
        let name = collate.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let simple = name.filter(|name| !name.contains('"'));
        block.attr("collate", simple.map_or_else(|| sql(collate), string));
    }
}

pub(super) fn check_block(check: &Check) -> Block {
    let mut block = Block::new("check", &[check.name.as_deref().unwrap_or_default()]);
    block.attr("expr", string(&check.expr));
    block.flag("no_inherit", check.no_inherit);
    block.flag("not_valid", check.not_valid);
    block.comment(check.comment.as_ref());
    block
}
