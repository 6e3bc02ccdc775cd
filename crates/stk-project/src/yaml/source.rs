//! The text that the YAML parser gets, and where each of its lines stands in the user's file.

use saphyr_parser::Marker;

use crate::text::{Position, SourceText};

/// Stand for the braces of a placeholder while YAML is parsed; private-use characters, one for one.
const OPEN: char = '\u{e07b}';
const CLOSE: char = '\u{e07d}';

/// Lines for the YAML parser.
#[derive(Debug, Default)]
pub(crate) struct YamlSource {
    text: String,
    lines: Vec<Origin>,
}

#[derive(Debug, Clone, Copy)]
struct Origin {
    line: u32,
    /// Characters of the file's line that stand before column 0 of this one; negative where it was indented.
    skipped: i64,
    /// Characters of this line.
    length: i64,
}

impl YamlSource {
    /// All of a file.
    pub(crate) fn whole(text: &SourceText) -> YamlSource {
        let mut source = YamlSource::default();
        for (number, line) in (1..).zip(text.lines()) {
            source.push(number, 0, line);
        }
        source
    }

    /// Adds a line, which starts `skipped` characters into line `number` of the file.
    pub(crate) fn push(&mut self, number: u32, skipped: i64, line: &str) {
        let length = i64::try_from(line.chars().count()).unwrap_or(i64::MAX);
        self.lines.push(Origin { line: number, skipped, length });
        let mut rest = line;
        while let Some(start) = rest.find("${") {
            let name =
                rest[start + 2..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let end = start + 2 + name;
            self.text.push_str(&rest[..start + 1]);
            if rest[end..].starts_with('}') {
                self.text.push(OPEN);
                self.text.push_str(&rest[start + 2..end]);
                self.text.push(CLOSE);
                rest = &rest[end + 1..];
            } else {
                self.text.push('{');
                rest = &rest[start + 2..];
            }
        }
        self.text.push_str(rest);
        self.text.push('\n');
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A value as the user wrote it.
    pub(crate) fn restore(value: &str) -> String {
        value.replace(OPEN, "{").replace(CLOSE, "}")
    }

    /// A place of the YAML text in the file.
    pub(crate) fn position(&self, marker: &Marker) -> Position {
        let index = marker.line().saturating_sub(1);
        let here = self.lines.get(index..).unwrap_or_default();
        let (origin, column) = match (here.first(), self.lines.iter().rfind(|line| line.length > 0)) {
            // What is wrong at the end is wrong behind the last thing that was written.
            (_, Some(last)) if here.iter().all(|line| line.length == 0) => (last, last.length),
            (Some(origin), _) => (origin, i64::try_from(marker.col()).unwrap_or(i64::MAX)),
            (None, _) => return Position::new(1, 1),
        };
        let column = column.saturating_add(origin.skipped).saturating_add(1).max(1);
        Position::new(origin.line, u32::try_from(column).unwrap_or(u32::MAX))
    }
}
