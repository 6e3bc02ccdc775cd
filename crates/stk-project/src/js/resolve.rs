//! From an import specifier to a module of the project, or to what is wrong with it.

use std::collections::BTreeMap;

use super::{Script, is_declaration};
use crate::code::Code;
use crate::findings::nearest;

/// Why a specifier leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
}

impl Fault {
    fn new(code: Code, message: String, hint: impl Into<Option<String>>) -> Fault {
        Fault { code, message, hint: hint.into() }
    }
}

/// What imports may find: scripts, and other files that they may name by mistake.
pub(super) struct Places<'a> {
    pub scripts: &'a BTreeMap<String, Script>,
    pub other: &'a [&'a str],
}

/// Modules of Node, which an import may name with or without `node:`.
const NODE_MODULES: [&str; 12] = [
    "fs",
    "path",
    "os",
    "http",
    "https",
    "crypto",
    "child_process",
    "url",
    "util",
    "net",
    "stream",
    "process",
];

impl Places<'_> {
    /// The module that runs.
    pub(super) fn module(&self, from: &str, specifier: &str) -> Result<String, Fault> {
        let path = inside(from, specifier)?;
        for candidate in candidates(&path) {
            if self.scripts.contains_key(&candidate) && !is_declaration(&candidate) {
                return Ok(candidate);
            }
        }
        Err(self.missing(&path, specifier))
    }

    /// The file that declares types, which may be a `.d.ts`.
    pub(super) fn types(&self, from: &str, specifier: &str) -> Option<String> {
        let path = inside(from, specifier).ok()?;
        let declaration = [format!("{path}.d.ts"), path.replace(".js", ".d.ts")];
        candidates(&path)
            .into_iter()
            .chain(declaration)
            .find(|candidate| self.scripts.contains_key(candidate))
    }

    fn missing(&self, path: &str, specifier: &str) -> Fault {
        let lower: Vec<String> = candidates(path).iter().map(|candidate| candidate.to_lowercase()).collect();
        let same = |file: &&String| lower.contains(&file.to_lowercase()) && !is_declaration(file);
        if let Some(other) = self.scripts.keys().find(same) {
            let message = format!("`{specifier}` and `{other}` differ in case");
            let hint = "write it as the file is called: other file systems keep the two apart".to_owned();
            return Fault::new(Code::JsImportCase, message, hint);
        }
        if let Some(fault) = self.other_kind(path, specifier) {
            return fault;
        }
        let message = format!("there is no module `{path}`");
        let known = self.scripts.keys().filter(|file| !is_declaration(file));
        let known: Vec<&str> =
            known.map(|file| file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem)).collect();
        let stem = path.strip_suffix(".js").or(path.strip_suffix(".ts")).unwrap_or(path);
        let hint = match nearest(stem, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "it would be that name with `.ts` or `.js`, or a folder with an `index.ts`".to_owned(),
        };
        Fault::new(Code::JsImportMissing, message, hint)
    }

    /// A file that is there and no module.
    fn other_kind(&self, path: &str, specifier: &str) -> Option<Fault> {
        let twin = |extension: &str| format!("{path}.{extension}");
        let found = self
            .other
            .iter()
            .find(|file| ***file == *path || ["sql", "wasm"].map(twin).contains(&(**file).to_string()));
        let extension = match found {
            Some(file) => file.rsplit_once('.').map_or("", |(_, extension)| extension),
            None => path.rsplit_once('.').map_or("", |(_, extension)| extension),
        };
        let logic = path.strip_prefix("logic/").unwrap_or(path);
        let logic = logic.rsplit_once('.').map_or(logic, |(stem, _)| stem);
        let (what, hint) = match extension {
            "sql" | "wasm" => (
                "is a logic of its own, not a module",
                format!("call it: `await context.invoke('{logic}', {{ … }})`"),
            ),
            "json" => (
                "is JSON, not a module",
                "make it a module: `export const data = { … };` in a `.js` file".to_owned(),
            ),
            "yaml" | "hcl" | "css" | "md" | "txt" if found.is_some() => {
                ("is not a module", "imports take `.js` and `.ts` files".to_owned())
            }
            _ => return None,
        };
        Some(Fault::new(Code::JsImport, format!("`{specifier}` {what}"), hint))
    }
}

/// The path that a relative specifier means, without its extension resolved.
fn inside(from: &str, specifier: &str) -> Result<String, Fault> {
    let bare = specifier.strip_prefix("node:").unwrap_or(specifier);
    let relative =
        specifier.starts_with("./") || specifier.starts_with("../") || matches!(specifier, "." | "..");
    if !relative {
        let (message, hint) = match specifier {
            _ if specifier.starts_with("node:") || NODE_MODULES.contains(&bare) => (
                format!("`{specifier}` is a module of Node, which logic does not run in"),
                "logic has the Web's globals (`crypto`, `URL`, `fetch`, …) and `context`",
            ),
            _ if specifier.contains("://") || specifier.starts_with("data:") => (
                format!("`{specifier}` is a URL, and nothing is loaded from one"),
                "put the code into a file under `logic/`",
            ),
            _ if specifier.starts_with('/') || specifier.starts_with('#') => (
                format!("`{specifier}` is not relative"),
                "write it from this file: `./name` or `../folder/name`",
            ),
            _ => (
                format!("`{specifier}` would be an npm package, and logic has none"),
                "copy what you need into a file under `logic/` and import that; for a file beside this one write `./`",
            ),
        };
        return Err(Fault::new(Code::JsImport, message, hint.to_owned()));
    }
    let outside = || {
        let message = format!("`{specifier}` leads out of `logic/`");
        Fault::new(Code::JsImport, message, "modules are files under `logic/`".to_owned())
    };
    let mut segments: Vec<&str> = from.split('/').collect();
    segments.pop();
    for segment in specifier.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop().ok_or_else(outside)?),
            segment => segments.push(segment),
        }
    }
    if segments.first() != Some(&"logic") {
        return Err(outside());
    }
    Ok(segments.join("/"))
}

/// Files that a path may mean, the first that is there counts.
fn candidates(path: &str) -> Vec<String> {
    let mut candidates = vec![path.to_owned()];
    // TypeScript's own way is to name the file that will be there once it is compiled.
    candidates.extend(path.strip_suffix(".js").map(|stem| format!("{stem}.ts")));
    for end in [".ts", ".js", "/index.ts", "/index.js"] {
        candidates.push(format!("{path}{end}"));
    }
    candidates
}
