//! The check of all logic against the live database.

use std::collections::BTreeMap;

use stk_contract::hub::Diagnostic;
use stk_contract::{LogicPath, LogicProof};
use stk_project::Project;

use super::Sessions;
use super::before::Before;

/// What was proved.
#[derive(Default)]
pub struct Checked {
    pub schema_fingerprints: BTreeMap<String, String>,
    pub logic: BTreeMap<LogicPath, LogicProof>,
}

pub async fn check(
    _project: &Project,
    _before: &Before,
    _sessions: &mut Sessions,
    _diagnostics: &mut Vec<Diagnostic>,
) -> Checked {
    Checked::default()
}
