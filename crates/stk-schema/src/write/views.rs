//! Views and materialized views.

use super::Writer;
use super::block::{Block, text};
use super::tables::{index_block, push_params};
use crate::model::View;

impl Writer<'_> {
    pub(super) fn view(&self, schema: &str, name: &str, it: &View) -> Block {
        let mut block = self.placed(if it.materialized { "materialized" } else { "view" }, schema, name);
        if let Some(check) = it.check_option {
            block.attr("check_option", check.as_sql());
        }
        block.flag("security_invoker", it.security_invoker);
        block.flag("security_barrier", it.security_barrier);
        block.comment(it.comment.as_ref());
        // Either all columns are named or none: they go by their place.
        let is_commented = it.columns.values().any(|column| column.comment.is_some());
        for (name, column) in it.columns.iter().filter(|_| is_commented) {
            let mut inner = Block::new("column", &[name]);
            inner.comment(column.comment.as_ref());
            block.push(inner);
        }
        for (name, index) in &it.indexes {
            block.push(index_block(name, index));
        }
        push_params(&mut block, &it.storage_params);
        block.attr("as", text(&format!("{}\n", it.definition)));
        block
    }
}
