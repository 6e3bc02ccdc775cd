//! One HCL file, and byte offsets in it as lines and columns.

use std::ops::Range;

use hcl_edit::structure::Body;

use crate::diagnostic::{Diagnostic, Position, code};

pub(super) struct Source<'a> {
    name: &'a str,
    pub text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub fn new(name: &'a str, text: &'a str) -> Source<'a> {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { name, text, line_starts }
    }

    /// The syntax tree, or where and why it is none. The parser stops at its first error.
    pub fn parse(&self) -> Result<Body, Diagnostic> {
        hcl_edit::parser::parse_body(self.text).map_err(|error| {
            Diagnostic::new(
                code::SYNTAX,
                &self.position(error.location().offset()),
                format!("this is not HCL: {}", error.message()),
            )
        })
    }

    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { file: self.name.to_owned(), line: number(line), column: number(column) }
    }

    /// The position of a syntax node; the file's start for a node without a span, which the parser never makes.
    pub fn at(&self, span: Option<Range<usize>>) -> Position {
        self.position(span.map_or(0, |span| span.start))
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns_of_characters() {
        let source = Source::new("main.hcl", "a = \"é\" b\nc = 1");
        let place = |offset| {
            let position = source.position(offset);
            (position.line, position.column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(9), (1, 9), "after a character of two bytes");
        assert_eq!(place(11), (2, 1));
    }
}
