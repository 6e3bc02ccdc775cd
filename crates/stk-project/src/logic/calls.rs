//! What scripts name as constants: databases, and other logic. A name that leads nowhere would fail in a call.

use std::collections::{BTreeMap, BTreeSet};

use stk_contract::hub::Diagnostic;

use super::group::Group;
use crate::code::Code;
use crate::findings::{Findings, nearest};
use crate::header::Surroundings;
use crate::js::Scripts;

/// How many wrong paths of one file are told.
const TOLD_MAX: usize = 20;

pub(super) fn check(
    scripts: &Scripts,
    groups: &BTreeMap<&str, Group<'_>>,
    around: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let paths = || groups.iter().filter(|(_, group)| !group.files.is_empty()).map(|(path, _)| *path);
    let known: BTreeSet<&str> = paths().collect();
    for (file, script) in &scripts.files {
        let mut told = 0;
        let mut findings = Findings::default();
        for (alias, at) in &script.uses.aliases {
            let aliases = around.config.aliases.as_ref();
            let known = aliases.is_none_or(|aliases| aliases.contains_key(alias));
            if known || around.schema.contains(&alias.as_str()) {
                continue;
            }
            let message = format!("there is no database `{alias}` in `config/databases.yaml`");
            findings
                .add(Code::LogicUnknownAlias, script.text.position_of_byte(*at), message)
                .hint(around.alias_hint(alias));
        }
        for (path, at) in &script.uses.invokes {
            if known.contains(path.as_str()) {
                continue;
            }
            told += 1;
            if told > TOLD_MAX {
                break;
            }
            let message = format!("there is no logic `{path}`");
            let finding = findings.add(Code::LogicUnknownPath, script.text.position_of_byte(*at), message);
            match nearest(path, paths()) {
                Some(near) => finding.hint(format!("did you mean `{near}`?")),
                None => finding.hint(format!("it would be `logic/{path}.sql`, `.js`, `.ts` or `.wasm`")),
            }
        }
        diagnostics.extend(findings.into_diagnostics(file, &script.text));
    }
}
