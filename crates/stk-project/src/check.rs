//! The check of a whole project: which file is what, then config, schema and logic, and what they must agree on.

use std::collections::BTreeMap;
use std::sync::Arc;

use stk_contract::hub::Diagnostic;
use stk_contract::names::check_name;

use crate::code::Code;
use crate::config::{self, ConfigRead, SecretUse};
use crate::findings::{Findings, nearest};
use crate::header::Surroundings;
use crate::logic;
use crate::project::{Project, SchemaFile};
use crate::text::{Position, SourceText};

/// Path inside the project, such as `logic/users/get.sql`, to content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Reads and checks everything. The diagnostics are sorted by file and line; where one of them is an error, the
/// project holds what could be read and must not be released.
///
/// Files outside `schema/` (or `base/`, its older name), `config/` and `logic/` are ignored.
pub fn check(project_id: &str, files: &Files) -> (Project, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let texts = read_texts(files, &mut diagnostics);
    let below = |folder: &'static str| {
        let texts = texts.iter().filter(move |(path, _)| path.starts_with(folder));
        texts.filter_map(|(path, text)| Some((*path, text.as_deref()?)))
    };
    let mut config = config::read(below("config/").filter(|(path, _)| !is_hidden(path)), &mut diagnostics);
    if texts.iter().any(|(path, text)| text.is_none() && *path == "config/databases.yaml") {
        config.aliases = None;
    }
    config.roles_known &= texts.get("config/auth.yaml").is_none_or(Option::is_some);
    let schema = read_schema(files, &texts, &mut diagnostics);
    check_aliases(&config, &schema, &texts, &mut diagnostics);
    let around = Surroundings { config: &config, schema: schema.keys().map(String::as_str).collect() };
    let logic_files = texts.iter().filter(|(path, _)| path.starts_with("logic/"));
    let logic_files = logic_files.map(|(path, text)| (*path, text.clone())).collect();
    let logic = logic::read(files, &logic_files, &around, &mut diagnostics);

    let mut project =
        Project { id: project_id.to_owned(), config: config.config, schema, ..Project::default() };
    (project.modules, project.binaries) = (logic.modules, logic.binaries);
    project.take_secrets(config.secret_uses.into_iter().chain(logic.secret_uses));
    for (path, (spec, file)) in logic.logic {
        project.manifest.logic.insert(path.clone(), spec);
        project.logic.insert(path, file);
    }
    diagnostics.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.code, &a.message)
            .cmp(&(&b.file, b.line, b.column, &b.code, &b.message))
    });
    (project, diagnostics)
}

impl Project {
    fn take_secrets(&mut self, uses: impl Iterator<Item = SecretUse>) {
        for SecretUse { name, place, hub } in uses {
            if hub { &mut self.hub_secrets } else { &mut self.secrets }.insert(name.clone());
            self.secret_uses.entry(name).or_insert(place);
        }
    }
}

fn is_hidden(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}

/// Whether a file's content counts; of others only the path does.
fn is_text(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    !is_hidden(path)
        && (matches!(extension, "sql" | "js" | "ts" | "yaml" | "hcl") || path.starts_with("config/"))
}

/// The files that we look at; without text where it is not UTF-8 or does not count.
fn read_texts<'a>(
    files: &'a Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<&'a str, Option<Arc<SourceText>>> {
    let mut texts = BTreeMap::new();
    for (path, bytes) in files {
        if !["schema/", "base/", "config/", "logic/"].iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let text = match SourceText::from_utf8(bytes) {
            _ if !is_text(path) => None,
            Ok(text) => Some(Arc::new(text)),
            Err(offset) => {
                let before = SourceText::new(&String::from_utf8_lossy(&bytes[..offset]));
                let at = before.position_of_byte(before.as_str().len());
                let mut findings = Findings::default();
                findings.add(Code::FileNotUtf8, at, "the file is not UTF-8 text from here on");
                diagnostics.extend(findings.into_diagnostics(path, &before));
                None
            }
        };
        texts.insert(path.as_str(), text);
    }
    texts
}

fn read_schema(
    files: &Files,
    texts: &BTreeMap<&str, Option<Arc<SourceText>>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, SchemaFile> {
    let mut schema = BTreeMap::new();
    let has_schema = files.keys().any(|path| path.starts_with("schema/") && !is_hidden(path));
    let mut told = false;
    for (path, text) in texts {
        let Some(name) = path.strip_prefix("schema/").or_else(|| path.strip_prefix("base/")) else {
            continue;
        };
        if is_hidden(path) {
            continue;
        }
        let mut findings = Findings::default();
        if path.starts_with("base/") && has_schema {
            if !std::mem::replace(&mut told, true) {
                findings
                    .add(
                        Code::SchemaTwoFolders,
                        Position::WHOLE_FILE,
                        "`base/` is the older name of `schema/`, and both are there",
                    )
                    .hint("move its files into `schema/`");
            }
        } else if let Some(alias) = name.strip_suffix(".hcl") {
            match check_name(alias) {
                Ok(()) => {
                    let text = text.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default();
                    schema.insert(alias.to_owned(), SchemaFile { file: (*path).to_owned(), text });
                }
                Err(error) => {
                    findings
                        .add(Code::SchemaName, Position::WHOLE_FILE, error.to_string())
                        .hint("the file's name is the alias of its database");
                }
            }
        } else {
            let message = "nothing reads this file: the schema is in `.hcl` files";
            findings.add(Code::SchemaUnreadFile, Position::WHOLE_FILE, message);
        }
        diagnostics.extend(findings.into_diagnostics(path, &SourceText::default()));
    }
    schema
}

/// Each file under `schema/` has an entry in `config/databases.yaml`, and each entry a file.
fn check_aliases(
    config: &ConfigRead,
    schema: &BTreeMap<String, SchemaFile>,
    texts: &BTreeMap<&str, Option<Arc<SourceText>>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    const DATABASES: &str = "config/databases.yaml";
    let Some(aliases) = &config.aliases else { return };
    for (alias, file) in schema.iter().filter(|(alias, _)| !aliases.contains_key(*alias)) {
        let mut findings = Findings::default();
        let message = format!("`{DATABASES}` has no entry `{alias}`");
        let finding = findings.add(Code::SchemaNotConfigured, Position::WHOLE_FILE, message);
        let unmatched = aliases.keys().map(String::as_str).filter(|alias| !schema.contains_key(*alias));
        match nearest(alias, unmatched) {
            Some(near) => finding.hint(format!("did you mean `schema/{near}.hcl`?")),
            None => finding.hint(format!("add `{alias}: {{ url: ${{DATABASE_URL}} }}` there")),
        }
        diagnostics.extend(findings.into_diagnostics(&file.file, &SourceText::default()));
    }
    let Some(Some(text)) = texts.get(DATABASES) else { return };
    let mut findings = Findings::default();
    for (alias, at) in aliases.iter().filter(|(alias, _)| !schema.contains_key(*alias)) {
        findings
            .add(Code::SchemaMissing, *at, format!("there is no `schema/{alias}.hcl`"))
            .hint("each database has a file that describes its tables");
    }
    diagnostics.extend(findings.into_diagnostics(DATABASES, text));
}
