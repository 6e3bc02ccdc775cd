//! `logic/`: which file is which logic, and each file with its header compiled.

mod calls;
mod file;
mod group;

use std::collections::BTreeMap;
use std::sync::Arc;

use stk_contract::hub::Diagnostic;
use stk_contract::{Hash, LogicPath, LogicSpec, Module};

use crate::check::Files;
use crate::code::Code;
use crate::config::SecretUse;
use crate::findings::Findings;
use crate::header::Surroundings;
use crate::js::{self, Scripts};
use crate::project::{Engine, LogicFile, ModuleFile};
use crate::text::{Position, SourceText};
use file::{Around, Kind, Source};

/// What `logic/` gave.
#[derive(Debug, Default)]
pub(crate) struct LogicRead {
    pub logic: BTreeMap<LogicPath, (LogicSpec, LogicFile)>,
    pub modules: BTreeMap<String, ModuleFile>,
    pub binaries: BTreeMap<Hash, Vec<u8>>,
    pub secret_uses: Vec<SecretUse>,
}

/// Texts of the files; those of which only the path counts have none.
type Texts<'a> = BTreeMap<&'a str, Option<Arc<SourceText>>>;

/// Reads the files of `logic/`; `files` has the bytes of those that are no text.
pub(crate) fn read(
    files: &Files,
    texts: &Texts<'_>,
    around: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> LogicRead {
    let scripts = read_scripts(texts, diagnostics);
    let groups = group::group(texts.keys().copied(), &scripts, diagnostics);
    let mut read = LogicRead::default();
    let mut lower_case: BTreeMap<String, &str> = BTreeMap::new();
    for (path, group) in &groups {
        let Some(first) = group.files.first().copied() else {
            if let Some(twin) = group.twin {
                group::twin_alone(path, twin, &scripts, diagnostics);
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
        let twin = group.twin.and_then(|twin| Some((twin, texts.get(twin)?.clone()?)));
        let Some(kind) = kind(first, files, texts, &scripts) else { continue };
        let source = Source { file: first, kind, twin, callable: !path.is_private() };
        let around = Around { surroundings: around, scripts: &scripts };
        let logic = source.read(around, &mut read.secret_uses, diagnostics);
        if let Engine::Wasm(hash) = &logic.1.engine {
            read.binaries.insert(*hash, files.get(first).cloned().unwrap_or_default());
        }
        read.logic.insert(path, logic);
    }
    calls::check(&scripts, &groups, around, diagnostics);
    read.modules = modules(&read, &scripts);
    read
}

fn read_scripts(texts: &Texts<'_>, diagnostics: &mut Vec<Diagnostic>) -> Scripts {
    let hidden = |file: &str| file.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    let is_script = |file: &str| js::is_script(file) && !hidden(file);
    let files: Vec<(&str, Arc<SourceText>)> = texts
        .iter()
        .filter(|(file, _)| is_script(file))
        .filter_map(|(file, text)| Some((*file, text.clone()?)))
        .collect();
    let other: Vec<&str> = texts.keys().copied().filter(|file| !is_script(file)).collect();
    Scripts::read(&files, &other, diagnostics)
}

/// What runs the file; `None` where it could not be read, which is reported already.
fn kind<'a>(file: &str, files: &'a Files, texts: &Texts<'_>, scripts: &'a Scripts) -> Option<Kind<'a>> {
    if file.ends_with(".wasm") {
        return Some(Kind::Wasm(files.get(file)?));
    }
    if js::is_script(file) {
        let script = scripts.files.get(file)?;
        return Some(Kind::Script(script, script.handler.as_ref()?));
    }
    Some(Kind::Sql(texts.get(file)?.clone()?))
}

/// Modules that some logic needs.
fn modules(read: &LogicRead, scripts: &Scripts) -> BTreeMap<String, ModuleFile> {
    let engines = read.logic.values().map(|(_, file)| &file.engine);
    let needed = engines.flat_map(|engine| match engine {
        Engine::Js(code) => code.modules.as_slice(),
        Engine::Sql | Engine::Wasm(_) => &[],
    });
    let module = |file: &String| {
        let script = scripts.files.get(file)?;
        let module = Module {
            source: script.source.clone(),
            imports: scripts.graph.resolved.get(file).cloned().unwrap_or_default(),
            source_map: script.source_map.clone(),
        };
        let queries = script.uses.queries.clone();
        Some((file.clone(), ModuleFile { text: script.text.clone(), module, queries }))
    };
    needed.filter_map(module).collect()
}

fn whole_file(code: Code, file: &str, message: String, diagnostics: &mut Vec<Diagnostic>) {
    let mut findings = Findings::default();
    findings.add(code, Position::WHOLE_FILE, message);
    diagnostics.extend(findings.into_diagnostics(file, &SourceText::default()));
}
