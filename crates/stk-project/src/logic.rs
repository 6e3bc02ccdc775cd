//! `logic/`: which file is which logic, and each file with its header compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use stk_contract::hub::Diagnostic;
use stk_contract::{LogicPath, LogicSpec};

use crate::code::Code;
use crate::config::SecretUse;
use crate::findings::Findings;
use crate::header::{self, LogicFindings, Surroundings};
use crate::project::{LogicFile, Place};
use crate::sql;
use crate::text::{Position, SourceText};
use crate::yaml::{self, Node, YamlSource};

/// What `logic/` gave.
#[derive(Debug, Default)]
pub(crate) struct LogicRead {
    pub logic: BTreeMap<LogicPath, (LogicSpec, LogicFile)>,
    pub secret_uses: Vec<SecretUse>,
}

/// Logic that will run one day, but not in this version.
const OTHER_ENGINES: [(&str, &str); 3] =
    [("js", "JavaScript"), ("ts", "TypeScript"), ("wasm", "WebAssembly")];

/// Files of `logic/` that belong to one path.
#[derive(Debug, Default)]
struct Group<'a> {
    /// Of any engine, in the order of their names.
    files: Vec<&'a str>,
    twin: Option<&'a str>,
}

/// Reads the files of `logic/`. Those of which only the path counts have no text.
pub(crate) fn read(
    files: &BTreeMap<&str, Option<Arc<SourceText>>>,
    around: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> LogicRead {
    let mut read = LogicRead::default();
    let mut lower_case: BTreeMap<String, &str> = BTreeMap::new();
    for (path, group) in group(files.keys().copied(), diagnostics) {
        let Some(first) = group.files.first().copied() else {
            if let Some(twin) = group.twin {
                let message = format!("there is no logic file beside it, such as `{path}.sql`");
                whole_file(Code::LogicTwinAlone, twin, message, diagnostics);
            }
            continue;
        };
        for other in &group.files[1..] {
            let message = format!("`{first}` gives the same logic `{path}`");
            whole_file(Code::LogicDuplicate, other, message, diagnostics);
        }
        let path = match LogicPath::parse(path) {
            Ok(path) => path,
            Err(error) => {
                whole_file(Code::LogicName, first, error.to_string(), diagnostics);
                continue;
            }
        };
        if let Some(other) = lower_case.insert(path.as_str().to_lowercase(), first) {
            let message = format!("it differs from `{other}` only in case");
            whole_file(Code::LogicCase, first, message, diagnostics);
        }
        let sql = group.files.iter().find(|file| file.ends_with(".sql"));
        let Some((file, Some(text))) = sql.and_then(|file| Some((*file, files.get(file)?.clone()))) else {
            continue;
        };
        let twin = group.twin.and_then(|twin| Some((twin, files.get(twin)?.clone()?)));
        let logic = File { file, text, twin }.read(around, &mut read.secret_uses, diagnostics);
        read.logic.insert(path, logic);
    }
    read
}

fn whole_file(code: Code, file: &str, message: String, diagnostics: &mut Vec<Diagnostic>) {
    let mut findings = Findings::default();
    findings.add(code, Position::WHOLE_FILE, message);
    diagnostics.extend(findings.into_diagnostics(file, &SourceText::default()));
}

/// Files by the path of their logic, which is not checked yet.
fn group<'a>(
    files: impl Iterator<Item = &'a str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<&'a str, Group<'a>> {
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for file in files {
        let inside = file.strip_prefix("logic/").unwrap_or(file);
        let name = inside.rsplit('/').next().unwrap_or(inside);
        let Some((path, extension)) = inside.rsplit_once('.').filter(|_| !name.starts_with('.')) else {
            if !name.starts_with('.') {
                unread(file, diagnostics);
            }
            continue;
        };
        match extension {
            "sql" => groups.entry(path).or_default().files.push(file),
            "yaml" => groups.entry(path).or_default().twin = Some(file),
            _ => match OTHER_ENGINES.iter().find(|(known, _)| *known == extension) {
                Some((_, engine)) => {
                    groups.entry(path).or_default().files.push(file);
                    let message = format!("this version of `stk` does not run {engine} logic yet, only SQL");
                    whole_file(Code::LogicEngine, file, message, diagnostics);
                }
                None => unread(file, diagnostics),
            },
        }
    }
    groups
}

/// A file that no logic is made of. One that was meant to be a logic or a header must not be passed over.
fn unread(file: &str, diagnostics: &mut Vec<Diagnostic>) {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let meant = match extension.as_deref() {
        Some("yml" | "yaml") => Some("yaml"),
        Some("sql") => Some("sql"),
        _ => None,
    };
    let (code, message) = match meant {
        Some(meant) => (Code::LogicExtension, format!("rename it: its extension must be `.{meant}`")),
        None => (
            Code::LogicUnreadFile,
            "nothing reads this file: logic is in `.sql` files, headers of their own are in `.yaml` files"
                .to_owned(),
        ),
    };
    whole_file(code, file, message, diagnostics);
}

/// One SQL file and its twin.
struct File<'a> {
    file: &'a str,
    text: Arc<SourceText>,
    twin: Option<(&'a str, Arc<SourceText>)>,
}

impl File<'_> {
    fn read(
        self,
        around: &Surroundings<'_>,
        secret_uses: &mut Vec<SecretUse>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (LogicSpec, LogicFile) {
        let (mut in_sql, mut in_header) = (Findings::default(), Findings::default());
        let located = header::locate(&self.text, &mut in_sql);
        if let (Some(at), Some((twin, _))) = (located.at, &self.twin) {
            in_sql
                .add(Code::HeaderTwice, at, format!("this logic has a header here and another in `{twin}`"))
                .hint("keep one of them");
        }
        // Where the header can not be read, what it declares is not known.
        let mut readable = located.at.is_none() || located.root.is_some();
        let mut root = located.root;
        if let Some((_, text)) = self.twin.as_ref().filter(|_| located.at.is_none()) {
            root = yaml::parse(&YamlSource::whole(text), &mut in_header);
            readable = root.is_some();
        }
        let mut compiled = sql::compile(&self.text, &located.tokens, located.comment, &mut in_sql);
        compiled.whole &= readable;
        let mut findings = LogicFindings { header: &mut in_header, sql: &mut in_sql };
        let spec = header::read(root.as_ref(), &compiled, around, &mut findings);
        let (header_file, header_text) = match &self.twin {
            Some((file, text)) if located.at.is_none() => (*file, text.clone()),
            _ => (self.file, self.text.clone()),
        };
        diagnostics.extend(in_sql.into_diagnostics(self.file, &self.text));
        diagnostics.extend(in_header.into_diagnostics(header_file, &header_text));
        secret_uses.extend(secrets(root.as_ref(), header_file));
        let logic = LogicFile {
            file: self.file.to_owned(),
            text: self.text,
            statements: compiled.statements,
            header_file: header_file.to_owned(),
            header_text,
            header_keys: root.as_ref().map(header::key_positions).unwrap_or_default(),
        };
        (spec, logic)
    }
}

/// Secrets that a header names.
fn secrets(root: Option<&Node>, file: &str) -> Vec<SecretUse> {
    let list = root.and_then(Node::map).and_then(|mapping| mapping.get("secrets")).and_then(Node::list);
    let item = |node: &Node| {
        let place = Place { file: file.to_owned(), position: node.at };
        Some(SecretUse { name: node.text()?.to_owned(), place, hub: false })
    };
    list.unwrap_or_default().iter().filter_map(item).collect()
}
