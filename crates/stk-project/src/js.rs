//! JavaScript and TypeScript of `logic/`: each file read into a [`Script`], and all of them linked.
//!
//! Modules leave here as plain JavaScript with resolved imports: types are stripped, and nothing else is rewritten, so
//! that what runs is what was written. Deliberately absent: running anything, bundling, npm, and lowering of syntax:
//! what the engine does not know is refused with its place.

mod constants;
mod graph;
mod handler;
mod links;
mod read;
mod resolve;
mod stack;
mod types;
mod uses;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use stk_contract::JsCode;
use stk_contract::hub::Diagnostic;

use crate::code::Code;
use crate::findings::Findings;
use crate::project::ConstantQuery;
use crate::text::{Position, SourceText};

pub(crate) use handler::Handler;
pub(crate) use types::{Declared, Member, TypeExpr, declared, from_text, result_of};

/// Bytes of the largest file that is read.
pub(crate) const FILE_BYTES_MAX: usize = 512 * 1024;

/// One file of JavaScript or TypeScript, read.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub text: Arc<SourceText>,
    /// What an engine gets.
    pub source: String,
    pub source_map: String,
    /// What is its default export, if it has one.
    pub handler: Option<Handler>,
    pub links: links::Links,
    pub types: types::TypeTable,
    pub uses: Uses,
    /// The first block comment, in bytes.
    pub comment: Option<Range<usize>>,
    /// Its syntax is right.
    pub parsed: bool,
    /// Nothing in it is refused, so that the rest is what it seems.
    pub whole: bool,
}

/// What the code of a file does with `context`, where that can be seen. Places are byte offsets.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    pub queries: Vec<ConstantQuery>,
    /// Aliases given as constants, those of queries among them.
    pub aliases: Vec<(String, usize)>,
    /// Paths of `context.invoke`.
    pub invokes: Vec<(String, usize)>,
    /// Names of `context.getSecret`.
    pub secrets: Vec<(String, usize)>,
    /// `request.user` and `request.headers`.
    pub identity: Vec<usize>,
}

/// All scripts of a project by file, and how they hang together.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    pub files: BTreeMap<String, Script>,
    pub graph: graph::Graph,
}

impl Scripts {
    /// Reads and links every file; `other` are files that an import may name by mistake.
    pub(crate) fn read(
        files: &[(&str, Arc<SourceText>)],
        other: &[&str],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Scripts {
        let longest = files.iter().map(|(_, text)| text.as_str().len()).max().unwrap_or(0);
        let read = stack::with_depth_for(longest.min(FILE_BYTES_MAX), || {
            let read = |(file, text): &(&str, Arc<SourceText>)| {
                let mut findings = Findings::default();
                let script = read::read(file, text, &mut findings);
                ((*file).to_owned(), script, findings)
            };
            files.iter().map(read).collect::<Vec<_>>()
        });
        let mut scripts = BTreeMap::new();
        let read = read.unwrap_or_else(|error| {
            let unread = |(file, text): &(&str, Arc<SourceText>)| {
                let mut findings = Findings::default();
                let message = format!("there is no memory to read scripts with: {error}");
                findings.add(Code::JsTooLarge, Position::WHOLE_FILE, message);
                ((*file).to_owned(), Script { text: text.clone(), ..Script::default() }, findings)
            };
            files.iter().map(unread).collect()
        });
        for (file, script, findings) in read {
            diagnostics.extend(findings.into_diagnostics(&file, &script.text));
            scripts.insert(file, script);
        }
        let graph = graph::link(&scripts, other, diagnostics);
        Scripts { files: scripts, graph }
    }

    /// The code of a logic whose handler is in this file.
    pub(crate) fn code(&self, entry: &str) -> JsCode {
        graph::code(entry, self)
    }
}

/// Whether a file is a script by its name: `.js`, `.ts`, and `.d.ts`, which gives types alone.
pub(crate) fn is_script(file: &str) -> bool {
    file.ends_with(".js") || file.ends_with(".ts")
}

/// Whether a file gives types alone.
pub(crate) fn is_declaration(file: &str) -> bool {
    file.ends_with(".d.ts")
}
