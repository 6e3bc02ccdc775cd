//! The text of a file, and lines and columns in it.
//!
//! Lines end with LF, CRLF or a lone CR, as editors and Postgres see them. Columns count characters, from 1. A byte
//! order mark is no character of the text.

/// From 1; 0 where the whole file is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl Position {
    /// The file as a whole.
    pub const WHOLE_FILE: Position = Position { line: 0, column: 0 };

    pub fn new(line: u32, column: u32) -> Position {
        Position { line, column }
    }
}

/// Text of a file with an index of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    text: String,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    /// Offset of its first character in bytes and in characters.
    byte: usize,
    char: usize,
    /// Bytes of it without the line break.
    length: usize,
}

impl Default for SourceText {
    fn default() -> SourceText {
        SourceText::new("")
    }
}

impl SourceText {
    /// Reads UTF-8, without its byte order mark; `Err` is the offset in bytes of what is not UTF-8.
    pub fn from_utf8(bytes: &[u8]) -> Result<SourceText, usize> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
        Ok(SourceText::new(text.strip_prefix('\u{feff}').unwrap_or(text)))
    }

    pub fn new(text: &str) -> SourceText {
        let mut lines = Vec::new();
        let (mut start, mut start_char, mut char_index) = (0, 0, 0);
        let mut chars = text.char_indices().peekable();
        while let Some((index, c)) = chars.next() {
            char_index += 1;
            let mut next = index + c.len_utf8();
            if c == '\r' && chars.next_if(|(_, c)| *c == '\n').is_some() {
                char_index += 1;
                next += 1;
            }
            if c == '\n' || c == '\r' {
                lines.push(Line { byte: start, char: start_char, length: index - start });
                (start, start_char) = (next, char_index);
            }
        }
        lines.push(Line { byte: start, char: start_char, length: text.len() - start });
        SourceText { text: text.to_owned(), lines }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The lines, without their breaks; there is always one.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &self.text[line.byte..line.byte + line.length])
    }

    /// The line with this number, from 1.
    pub fn line(&self, number: u32) -> Option<&str> {
        let line = self.lines.get((number as usize).checked_sub(1)?)?;
        Some(&self.text[line.byte..line.byte + line.length])
    }

    /// The byte offset of a line's first character; past the last line it is the end.
    pub(crate) fn line_start(&self, number: u32) -> usize {
        let index = (number as usize).saturating_sub(1);
        self.lines.get(index).map_or(self.text.len(), |line| line.byte)
    }

    /// The position of a byte offset, which must be at a character's start; past the end it is the end.
    pub fn position_of_byte(&self, offset: usize) -> Position {
        let index = self.lines.partition_point(|line| line.byte <= offset) - 1;
        let line = self.lines[index];
        let end = offset.min(self.text.len());
        let column = self.text[line.byte..end].chars().count() + 1;
        Position::new(to_u32(index + 1), to_u32(column))
    }

    /// The position of a character offset, from 0; past the end it is the end.
    pub fn position_of_char(&self, offset: usize) -> Position {
        let index = self.lines.partition_point(|line| line.char <= offset) - 1;
        let line = self.lines[index];
        let column = self.text[line.byte..].chars().take(offset - line.char).count() + 1;
        Position::new(to_u32(index + 1), to_u32(column))
    }

    /// The character offset of a byte offset, which must be at a character's start.
    pub(crate) fn char_of_byte(&self, offset: usize) -> usize {
        let line = self.lines[self.lines.partition_point(|line| line.byte <= offset) - 1];
        line.char + self.text[line.byte..offset].chars().count()
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
