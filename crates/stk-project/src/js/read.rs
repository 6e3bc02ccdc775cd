//! One file: parsed, checked, looked through, and stripped of its types.

use std::path::Path;
use std::sync::Arc;

use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::diagnostics::OxcDiagnostic;
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::{Scoping, SemanticBuilder};
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer};

use super::{FILE_BYTES_MAX, Script, handler, is_declaration, links, stack, types, uses};
use crate::code::Code;
use crate::findings::Findings;
use crate::header;
use crate::text::{Position, SourceText};

/// Reads a file; what is wrong with it is among the findings.
pub(super) fn read(file: &str, text: &Arc<SourceText>, findings: &mut Findings) -> Script {
    let mut script = Script { text: text.clone(), ..Script::default() };
    if text.as_str().len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes, at most {FILE_BYTES_MAX} are read", text.as_str().len());
        findings.add(Code::JsTooLarge, Position::WHOLE_FILE, message);
        return script;
    }
    if let Some(at) = stack::too_deep(text.as_str()) {
        let message = format!("brackets nest deeper than {} here", stack::BRACKETS_MAX);
        findings.add(Code::JsTooLarge, text.position_of_byte(at), message);
        return script;
    }
    let source = header::without_fence(text);
    let source_type = match () {
        () if is_declaration(file) => SourceType::d_ts(),
        () if file.ends_with(".ts") => SourceType::ts().with_module(true),
        () => SourceType::mjs(),
    };
    let allocator = Allocator::default();
    let options = ParseOptions { parse_regular_expression: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, &source, source_type).with_options(options).parse();
    let mut program = parsed.program;
    script.comment = first_block_comment(&program);
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        say(parsed.diagnostics.into_vec(), text, findings);
        return script;
    }
    if let Some(at) = stack::nests_too_deep(&program) {
        let message = format!("this nests deeper than {} levels", stack::NODES_MAX);
        findings.add(Code::JsTooLarge, text.position_of_byte(at), message);
        return script;
    }
    let semantic =
        SemanticBuilder::new_compiler().with_excess_capacity(2.0).with_enum_eval(true).build(&program);
    if !semantic.diagnostics.is_empty() {
        say(semantic.diagnostics.into_vec(), text, findings);
        return script;
    }
    let scoping = semantic.semantic.into_scoping();
    script.types = types::table(&program);
    (script.parsed, script.whole) = (true, true);
    if is_declaration(file) {
        return script;
    }
    let looked = uses::look(&program, &scoping, text, findings);
    script.whole = looked.whole;
    script.uses = looked.uses;
    script.handler = handler::find(&program);
    if source_type.is_typescript() {
        strip(file, &allocator, &mut program, scoping, &mut script, findings);
    } else {
        script.source.clone_from(&source);
    }
    script.links = links::of(&program, looked.dynamic);
    script
}

/// Strips TypeScript, and writes the rest.
fn strip<'a>(
    file: &str,
    allocator: &'a Allocator,
    program: &mut Program<'a>,
    scoping: Scoping,
    script: &mut Script,
    findings: &mut Findings,
) {
    let options = TransformOptions::default();
    let stripped =
        Transformer::new(allocator, Path::new(file), &options).build_with_scoping(scoping, program);
    if !stripped.diagnostics.is_empty() {
        say(stripped.diagnostics.into_vec(), &script.text, findings);
        script.whole = false;
    }
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(file.into()),
        ..CodegenOptions::default()
    };
    let written = Codegen::new().with_options(options).build(program);
    script.source = written.code;
    script.source_map = written.map.map(|map| map.to_json_string()).unwrap_or_default();
}

fn first_block_comment(program: &Program<'_>) -> Option<std::ops::Range<usize>> {
    let comment = program.comments.iter().find(|comment| comment.is_block())?;
    Some(comment.span.start as usize..comment.span.end as usize)
}

/// How many faults of one file's syntax are told: the first ones bring about the rest.
const TOLD_MAX: usize = 10;

/// The parser's own words, at the first place that each names.
fn say(said: Vec<OxcDiagnostic>, text: &SourceText, findings: &mut Findings) {
    for diagnostic in said.into_iter().take(TOLD_MAX) {
        let at = diagnostic.labels.first().map_or(Position::WHOLE_FILE, |label| {
            text.position_of_byte(floor(text.as_str(), label.span().start as usize))
        });
        let finding = findings.add(Code::JsSyntax, at, diagnostic.message.to_string());
        if diagnostic.message.contains("JSX") {
            finding.hint("there is no JSX in logic");
        } else if let Some(help) = &diagnostic.help {
            finding.hint(help.to_string());
        }
    }
}

/// The start of the character at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
