//! One logic file with its header, whatever runs it.

use std::sync::Arc;

use stk_contract::hub::Diagnostic;
use stk_contract::{Hash, LogicSpec};

use crate::code::Code;
use crate::config::SecretUse;
use crate::findings::Findings;
use crate::header::{self, Body, LogicFindings, Surroundings};
use crate::js::{Handler, Script, Scripts};
use crate::project::{CompiledStatement, ConstantQuery, Engine, LogicFile, Place, Positions};
use crate::sql;
use crate::text::{Position, SourceText};
use crate::wasm;
use crate::yaml::{self, Node, YamlSource};

/// A file and its twin.
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub kind: Kind<'a>,
    pub twin: Option<(&'a str, Arc<SourceText>)>,
    /// Clients may call it.
    pub callable: bool,
}

pub(super) enum Kind<'a> {
    Sql(Arc<SourceText>),
    Script(&'a Script, &'a Handler),
    Wasm(&'a [u8]),
}

/// What it is checked against.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub surroundings: &'a Surroundings<'a>,
    pub scripts: &'a Scripts,
}

/// A header, and where it was found.
struct Found {
    root: Option<Node>,
    /// In the file itself; `None`: in the twin, or nowhere.
    at: Option<Position>,
    /// What it declares is known.
    readable: bool,
}

impl Source<'_> {
    pub(super) fn read(
        self,
        around: Around<'_>,
        secret_uses: &mut Vec<SecretUse>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (LogicSpec, LogicFile) {
        let (mut in_body, mut in_header) = (Findings::default(), Findings::default());
        let text = match &self.kind {
            Kind::Sql(text) => text.clone(),
            Kind::Script(script, _) => script.text.clone(),
            Kind::Wasm(_) => Arc::default(),
        };
        let (spec, found, engine, statements) = self.compile(&text, around, &mut in_body, &mut in_header);
        let (header_file, header_text) = match &self.twin {
            Some((file, text)) if found.at.is_none() => (*file, text.clone()),
            _ => (self.file, text.clone()),
        };
        diagnostics.extend(in_body.into_diagnostics(self.file, &text));
        diagnostics.extend(in_header.into_diagnostics(header_file, &header_text));
        secret_uses.extend(secrets(found.root.as_ref(), header_file));
        let logic = LogicFile {
            file: self.file.to_owned(),
            text,
            queries: queries(&engine, found.root.as_ref()),
            engine,
            statements,
            header_file: header_file.to_owned(),
            header_text,
            header_keys: found.root.as_ref().map(header::key_positions).unwrap_or_default(),
        };
        (spec, logic)
    }

    fn compile(
        &self,
        text: &Arc<SourceText>,
        around: Around<'_>,
        in_body: &mut Findings,
        in_header: &mut Findings,
    ) -> (LogicSpec, Found, Engine, Vec<CompiledStatement>) {
        match &self.kind {
            Kind::Sql(_) => {
                let located = header::locate(text, in_body);
                let found = self.header(located.root, located.at, in_body, in_header);
                let mut compiled = sql::compile(text, &located.tokens, located.comment, in_body);
                compiled.whole &= found.readable;
                let spec = spec(&found, &Body::Sql(&compiled), around, in_body, in_header);
                (spec, found, Engine::Sql, compiled.statements)
            }
            Kind::Script(script, handler) => {
                let located = header::locate_script(text, script.comment.clone(), in_body);
                let found = self.header(located.root, located.at, in_body, in_header);
                let body = Body::Script {
                    file: self.file,
                    script,
                    handler,
                    scripts: around.scripts,
                    callable: self.callable,
                };
                let spec = spec(&found, &body, around, in_body, in_header);
                (spec, found, Engine::Js(around.scripts.code(self.file)), Vec::new())
            }
            Kind::Wasm(bytes) => {
                let limits = &around.surroundings.config.config.limits;
                wasm::check(bytes, limits.memory_bytes, in_body);
                let found = self.header(None, None, in_body, in_header);
                let spec = spec(&found, &Body::Wasm, around, in_body, in_header);
                (spec, found, Engine::Wasm(Hash::of(bytes)), Vec::new())
            }
        }
    }

    /// The header of the file, or of its twin.
    fn header(
        &self,
        root: Option<Node>,
        at: Option<Position>,
        in_body: &mut Findings,
        in_header: &mut Findings,
    ) -> Found {
        if let (Some(at), Some((twin, _))) = (at, &self.twin) {
            in_body
                .add(Code::HeaderTwice, at, format!("this logic has a header here and another in `{twin}`"))
                .hint("keep one of them");
        }
        // Where the header can not be read, what it declares is not known.
        let mut found = Found { readable: at.is_none() || root.is_some(), root, at };
        if let Some((_, text)) = self.twin.as_ref().filter(|_| at.is_none()) {
            found.root = yaml::parse(&YamlSource::whole(text), in_header);
            found.readable = found.root.is_some();
        }
        found
    }
}

fn spec(
    found: &Found,
    body: &Body<'_>,
    around: Around<'_>,
    in_body: &mut Findings,
    in_header: &mut Findings,
) -> LogicSpec {
    let mut findings = LogicFindings { header: in_header, body: in_body };
    header::read(found.root.as_ref(), body, found.readable, around.surroundings, &mut findings)
}

/// Statements that the header of WebAssembly logic names, since they can not be read from its code.
fn queries(engine: &Engine, root: Option<&Node>) -> Vec<ConstantQuery> {
    let named = root.and_then(Node::map).and_then(|mapping| mapping.get("queries")).and_then(Node::map);
    let Some(named) = named.filter(|_| matches!(engine, Engine::Wasm(_))) else { return Vec::new() };
    let mut queries = Vec::new();
    for entry in named.entries() {
        for node in entry.value.list().unwrap_or_default() {
            let Some(sql) = node.text() else { continue };
            let positions = Positions { at: Some(node.at), ..Positions::default() };
            queries.push(ConstantQuery { alias: entry.key.clone(), sql: sql.to_owned(), positions });
        }
    }
    queries
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
