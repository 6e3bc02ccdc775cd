//! Look-ups in JSON that was checked: members, elements and texts, without a second check.

use std::borrow::Cow;

use super::hex4;

/// Keys and raw values of an object, in order.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// Room for the members that most objects have.
const MEMBERS_EXPECTED: usize = 4;

/// The members of a checked object, in order.
pub(crate) fn members(object: &str) -> Members<'_> {
    let mut members = Vec::with_capacity(MEMBERS_EXPECTED);
    let mut scanner = Scanner { text: object, at: 1 };
    while let Some(key) = scanner.next_value() {
        let value = scanner.next_value().expect("a checked object has a value behind each key");
        members.push((text_of(key), value));
    }
    members
}

/// The elements of a checked array, in order.
pub(crate) fn elements(array: &str) -> impl Iterator<Item = &str> {
    let mut scanner = Scanner { text: array, at: 1 };
    std::iter::from_fn(move || scanner.next_value())
}

/// The text of a checked string, quotes included in `raw`.
pub(crate) fn text_of(raw: &str) -> Cow<'_, str> {
    if raw.contains('\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(&raw[1..raw.len() - 1]) }
}

/// Steps over checked JSON from value to value.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn next_value(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        while matches!(bytes[self.at], b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') {
            self.at += 1;
        }
        let start = self.at;
        match bytes[start] {
            b'}' | b']' => return None,
            b'"' => self.at = string_end(bytes, start),
            b'{' | b'[' => self.at = nested_end(bytes, start),
            _ => {
                while !matches!(bytes[self.at], b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                    self.at += 1;
                }
            }
        }
        Some(&self.text[start..self.at])
    }
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn nested_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

/// The text of a checked string with escapes.
pub(super) fn unescape(raw: &str) -> String {
    let inner = &raw[1..raw.len() - 1];
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        text.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => unicode_escape(&mut rest),
            other => char::from(other),
        });
    }
    text.push_str(rest);
    text
}

/// The character whose `\u` was just read; takes a second escape along where it is a surrogate pair.
fn unicode_escape(rest: &mut &str) -> char {
    let unit = |digits: &str| u32::from(hex4(digits.as_bytes()).expect("a checked escape has four digits"));
    let high = unit(&rest[..4]);
    *rest = &rest[4..];
    if !(0xd800..=0xdbff).contains(&high) {
        return char::from_u32(high).expect("a checked escape is no lone surrogate");
    }
    let low = unit(&rest[2..6]);
    *rest = &rest[6..];
    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).expect("a checked pair is a character")
}
