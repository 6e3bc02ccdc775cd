//! From HCL text to a declared [`Model`] and all that is wrong with it.
//!
//! `source` → syntax tree with spans → `variables`, `eval`, `expand` → `tables`, `columns`, `keys` → model. Nothing
//! here touches a database: whether an expression means anything to Postgres is found out by `normalize`.

mod builder;
mod columns;
mod constraints;
mod document;
mod eval;
mod expand;
mod functions;
mod keys;
mod node;
mod params;
mod partitions;
mod permissions;
mod policies;
mod registry;
mod routines;
mod sequences;
mod source;
mod tables;
mod template;
#[cfg(test)]
mod tests;
mod triggers;
mod types;
mod value;
mod variables;
mod views;

pub(crate) use self::params::canonical_param;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use hcl_edit::structure::{Body, Structure};

use self::document::{Document, TOP_LEVEL, TOP_LEVEL_NOT_DONE};
use self::eval::{BUDGET, Globals, Scope};
use self::source::Source;
use crate::diagnostic::{Diagnostic, code};
use crate::model::Model;

/// Parses the files of one database alias together; `variables` are values for `variable` blocks by name, as text.
///
/// Returns what could be understood and every diagnostic, in the order of files and lines. A model that came with
/// diagnostics is not to be planned.
pub fn parse(files: &[(String, &str)], variables: &BTreeMap<String, String>) -> (Model, Vec<Diagnostic>) {
    let sources: Vec<Source<'_>> = files.iter().map(|(name, text)| Source::new(name, text)).collect();
    let mut diagnostics = Vec::new();
    let mut bodies: Vec<(Body, &Source<'_>)> = Vec::new();
    for source in &sources {
        match source.parse() {
            Ok(body) => bodies.push((body, source)),
            Err(fault) => diagnostics.push(fault),
        }
    }
    let broken = !diagnostics.is_empty();
    let (model, found) = evaluate(&bodies, variables);
    // What one file does not say because it does not parse is missing in the others: only its own error counts.
    if !broken {
        diagnostics.extend(found);
    }
    let order: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let place = |diagnostic: &Diagnostic| order.iter().position(|name| *name == diagnostic.file);
    diagnostics.sort_by_key(|diagnostic| (place(diagnostic), diagnostic.line, diagnostic.column));
    diagnostics.dedup();
    (model, diagnostics)
}

fn evaluate<'a>(
    bodies: &'a [(Body, &'a Source<'a>)],
    given: &BTreeMap<String, String>,
) -> (Model, Vec<Diagnostic>) {
    let mut document = Document::default();
    let mut diagnostics = Vec::new();
    for (body, source) in bodies {
        for structure in body {
            match structure {
                Structure::Block(block) if document.add(block, source) => {}
                other => diagnostics.push(unexpected(other, source)),
            }
        }
    }
    let bare = globals(HashMap::new());
    let variables = variables::variables(&document.variables, given, &bare);
    let mut globals = globals(variables);
    for (block, source) in &document.locals {
        for attribute in block.body.attributes() {
            let name = attribute.key.as_str();
            if globals.locals.insert(name, (&attribute.value, source)).is_some() {
                let fault = Scope::new(source, &bare).fault(
                    code::DUPLICATE,
                    &attribute.key,
                    format!("there is another local `{name}`"),
                );
                diagnostics.push(fault);
            }
        }
        for block in block.body.blocks() {
            let message = "`locals` has no blocks";
            diagnostics.push(Scope::new(source, &bare).fault(code::UNKNOWN_BLOCK, &block.ident, message));
        }
    }
    let model = document.build(&globals);
    diagnostics.extend(bare.diagnostics.into_inner());
    diagnostics.extend(globals.diagnostics.into_inner());
    (model, diagnostics)
}

fn globals<'a>(variables: HashMap<String, value::Value>) -> Globals<'a> {
    Globals {
        variables,
        locals: HashMap::new(),
        local_values: RefCell::default(),
        registry: RefCell::default(),
        diagnostics: RefCell::default(),
        budget: Cell::new(BUDGET),
    }
}

fn unexpected(structure: &Structure, source: &Source<'_>) -> Diagnostic {
    use hcl_edit::Span as _;
    match structure {
        Structure::Attribute(attribute) => Diagnostic::new(
            code::UNKNOWN_ATTRIBUTE,
            &source.at(attribute.key.span()),
            format!("`{}` stands outside every block", attribute.key.as_str()),
        ),
        Structure::Block(block) => {
            let (name, position) = (block.ident.as_str(), source.at(block.ident.span()));
            if TOP_LEVEL_NOT_DONE.contains(&name) {
                return Diagnostic::new(
                    code::NOT_DONE,
                    &position,
                    format!("a `{name}` block can not be applied"),
                );
            }
            Diagnostic::new(code::UNKNOWN_BLOCK, &position, format!("there is no block `{name}`"))
                .nearest(name, TOP_LEVEL)
        }
    }
}
