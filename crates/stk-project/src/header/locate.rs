//! Finds the header in a logic file: a fence at the top, or the first block comment.

use std::ops::Range;
use std::sync::LazyLock;

use crate::code::Code;
use crate::findings::{Findings, nearest};
use crate::header::table::HEADER;
use crate::sql::{Token, TokenKind, lex};
use crate::text::{Position, SourceText};
use crate::yaml::{self, Mapping, Node, YamlSource};

/// A file cut into its header and its code.
#[derive(Debug)]
pub(crate) struct Header {
    /// The YAML of the header; `None` where there is none, or none that can be read.
    pub root: Option<Node>,
    /// Where the header begins; `None` where there is none.
    pub at: Option<Position>,
    /// Of SQL: the code, and everything else behind a fence.
    pub tokens: Vec<Token>,
    /// The byte at which the comment that holds the header begins.
    pub comment: Option<usize>,
}

pub(crate) fn locate(text: &SourceText, findings: &mut Findings) -> Header {
    if let Some(top) = fence(text) {
        let (root, at, behind) = fenced(text, top, findings);
        let tokens = behind.map_or(Vec::new(), |line| lex(text.as_str(), text.line_start(line)));
        return Header { root, at: Some(at), tokens, comment: None };
    }
    let tokens = lex(text.as_str(), 0);
    let comment = tokens.iter().find(|token| token.kind == TokenKind::BlockComment && !token.open).copied();
    let Some(comment) = comment else { return Header { root: None, at: None, tokens, comment: None } };
    let (found, root) = in_comment(text, comment.start..comment.end, findings);
    let at = found.then(|| text.position_of_byte(comment.start));
    Header { root, at, tokens, comment: found.then_some(comment.start) }
}

/// The header of a script, whose first block comment its parser knows.
pub(crate) fn locate_script(
    text: &SourceText,
    comment: Option<Range<usize>>,
    findings: &mut Findings,
) -> Header {
    let mut header = Header { root: None, at: None, tokens: Vec::new(), comment: None };
    if let Some(top) = fence(text) {
        let (root, at, _) = fenced(text, top, findings);
        (header.root, header.at) = (root, Some(at));
    } else if let Some(comment) = comment {
        let at = text.position_of_byte(comment.start);
        let (found, root) = in_comment(text, comment, findings);
        (header.root, header.at) = (root, found.then_some(at));
    }
    header
}

/// The text with spaces in place of a fence, so that every other character stays where it is.
pub(crate) fn without_fence(text: &SourceText) -> String {
    let Some(top) = fence(text) else { return text.as_str().to_owned() };
    let (_, _, behind) = fenced(text, top, &mut Findings::default());
    let end = behind.map_or(text.as_str().len(), |line| text.line_start(line));
    let (fence, rest) = text.as_str().split_at(end);
    let blank = |byte: u8| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' };
    fence.bytes().map(blank).chain(rest.chars()).collect()
}

/// The index of the line that opens a fence at the top.
fn fence(text: &SourceText) -> Option<usize> {
    let top = text.lines().position(|line| !line.trim().is_empty())?;
    text.lines().nth(top).is_some_and(is_marker).then_some(top)
}

fn is_marker(line: &str) -> bool {
    line.trim_end() == "---"
}

/// What a fence says, where it begins, and the number of the line behind it. `top` is the index of the line that opens it.
fn fenced(text: &SourceText, top: usize, findings: &mut Findings) -> (Option<Node>, Position, Option<u32>) {
    let opening = u32::try_from(top + 1).unwrap_or(u32::MAX);
    let at = Position::new(opening, 1);
    let mut source = YamlSource::default();
    for (number, line) in (1..).zip(text.lines()).skip(top + 1) {
        if is_marker(line) {
            return (yaml::parse(&source, findings), at, Some(number + 1));
        }
        source.push(number, 0, line);
    }
    findings
        .add(Code::HeaderUnclosed, at, "the header is never closed")
        .hint("end it with a line that is `---`, and write the code below");
    (None, at, None)
}

/// Whether the comment is the header, and what it says.
fn in_comment(text: &SourceText, comment: Range<usize>, findings: &mut Findings) -> (bool, Option<Node>) {
    let (source, marked) = comment_yaml(text, &comment);
    let mut inner = Findings::default();
    let root = yaml::parse(&source, &mut inner);
    let known = |mapping: &Mapping| mapping.entries().any(|entry| HEADER.key(&entry.key).is_some());
    let is_header = marked
        || match &root {
            Some(root) => root.map().is_some_and(known),
            // What reads like a header and is no YAML must not be passed over: it may restrict access.
            None => source.text().lines().any(begins_with_known_key),
        };
    if is_header {
        findings.append(inner);
        return (true, root);
    }
    for entry in root.iter().filter_map(Node::map).flat_map(|mapping| mapping.entries()) {
        if let Some(near) = nearest(&entry.key, HEADER.keys.iter().map(|key| key.name)) {
            let message =
                format!("this comment is no header, because it has no known key, only `{}`", entry.key);
            findings
                .add(Code::HeaderLookalike, entry.key_at, message)
                .hint(format!("did you mean `{near}`?"));
            break;
        }
    }
    (false, None)
}

fn begins_with_known_key(line: &str) -> bool {
    static KEYS: LazyLock<Vec<String>> =
        LazyLock::new(|| HEADER.keys.iter().map(|key| format!("{}:", key.name)).collect());
    KEYS.iter().any(|key| {
        line.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}

/// A line of a comment, without the comment's own marks.
struct Line<'a> {
    number: u32,
    /// Characters of the file's line before it.
    skipped: i64,
    text: &'a str,
    /// Spaces to put before it.
    pad: usize,
}

impl Line<'_> {
    fn skip(&mut self, bytes: usize) {
        self.skipped += i64::try_from(self.text[..bytes].chars().count()).unwrap_or(i64::MAX);
        self.text = &self.text[bytes..];
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The YAML that a comment would be, and whether `---` marks it as a header.
fn comment_yaml(text: &SourceText, comment: &Range<usize>) -> (YamlSource, bool) {
    let mut lines = comment_lines(text, comment);
    strip_stars(&mut lines);
    align_first(&mut lines);
    let marked = strip_markers(&mut lines);
    let mut source = YamlSource::default();
    for line in &lines {
        let content = if line.is_blank() { "" } else { line.text.trim_end() };
        let pad = i64::try_from(line.pad).unwrap_or_default();
        source.push(line.number, line.skipped - pad, &format!("{}{content}", " ".repeat(line.pad)));
    }
    (source, marked)
}

fn comment_lines<'t>(text: &'t SourceText, comment: &Range<usize>) -> Vec<Line<'t>> {
    let whole = &text.as_str()[comment.start..comment.end];
    let opener = if whole.starts_with("/**") && whole.len() > 4 { 3 } else { 2 };
    let first = text.position_of_byte(comment.start);
    let last = text.position_of_byte(comment.end - 2);
    let mut lines = Vec::new();
    for number in first.line..=last.line {
        let start = text.line_start(number);
        let content = text.line(number).unwrap_or_default();
        let mut line = Line { number, skipped: 0, text: content, pad: 0 };
        if number == last.line {
            line.text = &content[..comment.end - 2 - start];
        }
        if number == first.line {
            line.skip(comment.start + opener - start);
        }
        lines.push(line);
    }
    lines
}

/// Takes ` * ` off every line but the first, where all of them have it.
fn strip_stars(lines: &mut [Line<'_>]) {
    let below = || 1..lines.len();
    let starred =
        below().all(|index| lines[index].is_blank() || lines[index].text.trim_start().starts_with('*'));
    if !starred {
        return;
    }
    for line in &mut lines[1..] {
        if line.is_blank() {
            continue;
        }
        line.skip(line.indent() + 1);
        if line.text.starts_with(' ') {
            line.skip(1);
        }
    }
}

/// Gives the text behind the opening mark the indentation of the lines below, as in `/* access: public`.
fn align_first(lines: &mut [Line<'_>]) {
    let Some((first, below)) = lines.split_first_mut() else { return };
    if first.is_blank() {
        return;
    }
    first.skip(first.indent());
    first.pad = below.iter().filter(|line| !line.is_blank()).map(Line::indent).min().unwrap_or(0);
}

/// Takes `---` off the first and the last line; true where the first has it.
fn strip_markers(lines: &mut [Line<'_>]) -> bool {
    let Some(first) = lines.iter_mut().find(|line| !line.is_blank()) else { return false };
    let indent = first.indent();
    let Some(rest) = first.text.trim_start().strip_prefix("---") else { return false };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return false;
    }
    first.skip(indent + 3);
    first.skip(first.indent());
    if first.is_blank() {
        first.pad = 0;
    }
    if let Some(last) = lines.iter_mut().rfind(|line| !line.is_blank())
        && let Some(rest) = last.text.trim_end().strip_suffix("---")
        && (rest.is_empty() || rest.ends_with(char::is_whitespace))
    {
        last.text = rest;
    }
    true
}
