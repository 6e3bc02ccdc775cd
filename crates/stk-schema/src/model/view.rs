//! Views and materialized views.

use indexmap::IndexMap;

use super::{Index, Trigger};
use crate::diagnostic::Origin;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    pub materialized: bool,
    /// In order. A declared view may leave them out; a normal one has them all, with their types.
    pub columns: IndexMap<String, ViewColumn>,
    /// The query, without a closing semicolon.
    pub definition: String,
    pub check_option: Option<CheckOption>,
    pub security_invoker: bool,
    pub security_barrier: bool,
    /// Of a materialized view.
    pub indexes: IndexMap<String, Index>,
    /// Of a materialized view.
    pub storage_params: IndexMap<String, String>,
    /// Whether a materialized view is created with its rows.
    pub with_data: bool,
    /// Of a view.
    pub triggers: IndexMap<String, Trigger>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewColumn {
    /// As `format_type` prints it; empty in a declared view that does not say.
    pub data_type: String,
    pub comment: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOption {
    Local,
    Cascaded,
}

impl CheckOption {
    pub const WORDS: [&'static str; 2] = ["LOCAL", "CASCADED"];

    pub fn parse(word: &str) -> Option<CheckOption> {
        Some(match word.to_ascii_uppercase().as_str() {
            "LOCAL" => CheckOption::Local,
            "CASCADED" => CheckOption::Cascaded,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            CheckOption::Local => "LOCAL",
            CheckOption::Cascaded => "CASCADED",
        }
    }
}
