//! Files of `logic/` by the path of their logic.
//!
//! Scripts without a default export are modules: they belong to no path, and their names are their own business.

use std::collections::BTreeMap;

use stk_contract::hub::Diagnostic;

use super::whole_file;
use crate::code::Code;
use crate::findings::Findings;
use crate::header;
use crate::js::{self, Scripts};

/// Files that belong to one path, which is not checked yet.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    /// Of any engine, in the order of their names.
    pub files: Vec<&'a str>,
    pub twin: Option<&'a str>,
}

/// Files that editors read, and nothing here does.
const OF_EDITORS: [&str; 2] = ["tsconfig.json", "jsconfig.json"];

pub(super) fn group<'a>(
    files: impl Iterator<Item = &'a str>,
    scripts: &Scripts,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<&'a str, Group<'a>> {
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for file in files {
        let inside = file.strip_prefix("logic/").unwrap_or(file);
        let name = inside.rsplit('/').next().unwrap_or(inside);
        if name.starts_with('.') || OF_EDITORS.contains(&name) || js::is_declaration(file) {
            continue;
        }
        let Some((path, extension)) = inside.rsplit_once('.') else {
            unread(file, diagnostics);
            continue;
        };
        match extension {
            "sql" | "wasm" => groups.entry(path).or_default().files.push(file),
            "yaml" => groups.entry(path).or_default().twin = Some(file),
            "js" | "ts" if is_module(file, scripts, diagnostics) => {}
            "js" | "ts" => groups.entry(path).or_default().files.push(file),
            _ => unread(file, diagnostics),
        }
    }
    groups
}

/// Whether a script is no logic. One that can not be read may be one.
fn is_module(file: &str, scripts: &Scripts, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let Some(script) = scripts.files.get(file) else { return false };
    if script.handler.is_some() || !script.parsed {
        return false;
    }
    let located = header::locate_script(&script.text, script.comment.clone(), &mut Findings::default());
    if let Some(at) = located.at {
        let mut findings = Findings::default();
        findings
            .add(
                Code::LogicNoHandler,
                at,
                "this file has a header and no default export, so that nothing can call it",
            )
            .hint(
                "write `export default async function handler(params, context) { … }`, or remove the header",
            );
        diagnostics.extend(findings.into_diagnostics(file, &script.text));
    }
    true
}

/// A twin whose logic is not there.
pub(super) fn twin_alone(path: &str, twin: &str, scripts: &Scripts, diagnostics: &mut Vec<Diagnostic>) {
    let module = [".ts", ".js"]
        .map(|extension| format!("logic/{path}{extension}"))
        .into_iter()
        .find(|file| scripts.files.contains_key(file));
    let message = match module {
        Some(file) => {
            format!("`{file}` beside it has no default export, so that it is a module and no logic")
        }
        None => format!("there is no logic file beside it, such as `{path}.sql`"),
    };
    whole_file(Code::LogicTwinAlone, twin, message, diagnostics);
}

/// A file that no logic is made of. One that was meant to be a logic or a header must not be passed over.
fn unread(file: &str, diagnostics: &mut Vec<Diagnostic>) {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let meant = match extension.as_deref() {
        Some("yml" | "yaml") => Some("yaml"),
        Some("sql") => Some("sql"),
        Some("js" | "mjs" | "cjs" | "jsx") => Some("js"),
        Some("ts" | "mts" | "cts" | "tsx") => Some("ts"),
        Some("wasm") => Some("wasm"),
        _ => None,
    };
    let (code, message) = match meant {
        Some(meant) => (Code::LogicExtension, format!("rename it: its extension must be `.{meant}`")),
        None => (
            Code::LogicUnreadFile,
            "nothing reads this file: logic is in `.sql`, `.js`, `.ts` and `.wasm` files, headers of their own are in \
             `.yaml` files"
                .to_owned(),
        ),
    };
    whole_file(code, file, message, diagnostics);
}
