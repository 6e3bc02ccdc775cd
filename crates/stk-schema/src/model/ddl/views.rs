//! Views and materialized views.

use crate::model::{View, quote};
use crate::plan::render::{Renderer, with};
use crate::plan::sql::Sql;

impl Renderer<'_> {
    /// A view or materialized view, without its indexes and triggers. `or_replace` is for views only.
    pub fn create_view(&self, schema: &str, name: &str, view: &View, or_replace: bool) -> Sql {
        let mut sql = Sql::new(
            format!(
                "CREATE {}{}VIEW {}",
                if or_replace && !view.materialized { "OR REPLACE " } else { "" },
                if view.materialized { "MATERIALIZED " } else { "" },
                self.qualified(schema, name),
            ),
            &view.origin,
        );
        if let (Renderer::Scratch { .. }, false) = (self, view.columns.is_empty()) {
            let columns: Vec<String> = view.columns.keys().map(|column| quote(column)).collect();
            sql.push(&format!(" ({})", columns.join(", ")));
        }
        let mut options = Vec::new();
        if view.security_barrier {
            options.push("security_barrier = true");
        }
        if view.security_invoker {
            options.push("security_invoker = true");
        }
        if !options.is_empty() {
            sql.push(&format!(" WITH ({})", options.join(", ")));
        }
        sql.push(&with(&view.storage_params));
        sql.push(&format!(" AS\n{}", self.text(&view.definition)));
        if let Some(check) = view.check_option {
            sql.push(&format!("\nWITH {} CHECK OPTION", check.as_sql()));
        }
        if view.materialized {
            // The scratch copy asks what the query is, never what it gives.
            let with_data = view.with_data && matches!(self, Renderer::Normal);
            sql.push(if with_data { "\nWITH DATA" } else { "\nWITH NO DATA" });
        }
        sql
    }
}
