//! JSON that every host reads alike: one strict pass over the bytes, then look-ups in what was checked.
//!
//! Refused beyond the grammar of RFC 8259: duplicate keys, strings that Postgres can not store (U+0000, lone
//! surrogates), and nesting past [`DEPTH_MAX`]. No tree is built: values stay slices of the text.

mod read;
mod write;

use std::borrow::Cow;

use stk_contract::ErrorCode;

pub(crate) use read::{Members, elements, members, text_of};
pub(crate) use write::write_string;

use read::unescape;

/// Arrays and objects within each other.
pub(crate) const DEPTH_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonFault {
    #[error("not JSON at byte {0}")]
    Syntax(usize),
    #[error("a key stands twice, at byte {0}")]
    DuplicateKey(usize),
    #[error("nested deeper than {DEPTH_MAX} levels at byte {0}")]
    TooDeep(usize),
    #[error("a string holds U+0000 or a lone surrogate, at byte {0}")]
    InvalidString(usize),
}

impl JsonFault {
    pub(crate) fn code(self) -> ErrorCode {
        match self {
            JsonFault::Syntax(_) => ErrorCode::InvalidJson,
            JsonFault::DuplicateKey(_) => ErrorCode::DuplicateKey,
            JsonFault::TooDeep(_) => ErrorCode::TooDeep,
            JsonFault::InvalidString(_) => ErrorCode::InvalidString,
        }
    }
}

/// Keys of one object that are compared each with each; more of them are sorted.
const PAIRWISE_MAX: usize = 8;

/// Checks a whole document and gives its one value, without the space around it.
pub(crate) fn check(bytes: &[u8]) -> Result<&str, JsonFault> {
    let mut checker = Checker::new(bytes)?;
    checker.document(|checker| checker.value(0))
}

/// Checks a whole document and gives the members of the object that it is, in order; none where it is no object.
pub(crate) fn check_object<'a>(bytes: &'a [u8]) -> Result<Option<Members<'a>>, JsonFault> {
    let mut checker = Checker::new(bytes)?;
    let mut members = None;
    checker.document(|checker| {
        if checker.peek() != Some(b'{') {
            return checker.value(0);
        }
        checker.keys.reserve(PAIRWISE_MAX);
        checker.members(1)?;
        members = Some(std::mem::take(&mut checker.keys));
        Ok(())
    })?;
    let text = checker.text;
    let member = |key: Key<'a>| (key.text, &text[key.value]);
    Ok(members.map(|keys| keys.into_iter().map(member).collect()))
}

struct Checker<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Keys of the objects around the current place, outermost first.
    keys: Vec<Key<'a>>,
}

struct Key<'a> {
    text: Cow<'a, str>,
    at: usize,
    value: std::ops::Range<usize>,
}

impl<'a> Checker<'a> {
    fn new(bytes: &'a [u8]) -> Result<Checker<'a>, JsonFault> {
        let text = std::str::from_utf8(bytes).map_err(|error| JsonFault::Syntax(error.valid_up_to()))?;
        Ok(Checker { text, bytes, at: 0, keys: Vec::new() })
    }

    /// The one value of the document, which `read` checks.
    fn document(
        &mut self,
        read: impl FnOnce(&mut Checker<'a>) -> Result<(), JsonFault>,
    ) -> Result<&'a str, JsonFault> {
        self.skip_space();
        let start = self.at;
        read(self)?;
        let end = self.at;
        self.skip_space();
        if self.at == self.bytes.len() { Ok(&self.text[start..end]) } else { Err(JsonFault::Syntax(self.at)) }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, literal: &str) -> Result<(), JsonFault> {
        if !self.bytes[self.at..].starts_with(literal.as_bytes()) {
            return Err(JsonFault::Syntax(self.at));
        }
        self.at += literal.len();
        Ok(())
    }

    /// One value; the recursion is bounded by `DEPTH_MAX`.
    fn value(&mut self, depth: usize) -> Result<(), JsonFault> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.expect("true"),
            Some(b'f') => self.expect("false"),
            Some(b'n') => self.expect("null"),
            Some(b'-' | b'0'..=b'9') => {
                let length = number_length(&self.bytes[self.at..]).ok_or(JsonFault::Syntax(self.at))?;
                self.at += length;
                Ok(())
            }
            _ => Err(JsonFault::Syntax(self.at)),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonFault> {
        let outer_keys = self.keys.len();
        self.members(depth)?;
        self.keys.truncate(outer_keys);
        Ok(())
    }

    /// An object, whose keys it leaves behind.
    fn members(&mut self, depth: usize) -> Result<(), JsonFault> {
        let outer_keys = self.keys.len();
        self.open(depth)?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(JsonFault::Syntax(self.at));
            }
            let text = self.string()?;
            let index = self.keys.len();
            self.keys.push(Key { text, at, value: 0..0 });
            self.skip_space();
            self.expect(":")?;
            self.skip_space();
            let start = self.at;
            self.value(depth)?;
            self.keys[index].value = start..self.at;
            if self.closes(b'}')? {
                break;
            }
        }
        match twice(&self.keys[outer_keys..]) {
            Some(at) => Err(JsonFault::DuplicateKey(at)),
            None => Ok(()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonFault> {
        self.open(depth)?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    fn open(&mut self, depth: usize) -> Result<(), JsonFault> {
        if depth > DEPTH_MAX {
            return Err(JsonFault::TooDeep(self.at));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// After a member: a comma (false) or the end (true).
    fn closes(&mut self, end: u8) -> Result<bool, JsonFault> {
        self.skip_space();
        let is_end = match self.peek() {
            Some(b',') => false,
            Some(byte) if byte == end => true,
            _ => return Err(JsonFault::Syntax(self.at)),
        };
        self.at += 1;
        if !is_end {
            self.skip_space();
        }
        Ok(is_end)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonFault> {
        let start = self.at;
        let mut is_escaped = false;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape()?;
                }
                Some(0..0x20) | None => return Err(JsonFault::Syntax(self.at)),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let raw = &self.text[start..self.at];
        Ok(if is_escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(&raw[1..raw.len() - 1]) })
    }

    fn escape(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        match self.bytes.get(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let unit = self.hex_unit(start)?;
                self.at = start + 6;
                match unit {
                    0 | 0xdc00..=0xdfff => Err(JsonFault::InvalidString(start)),
                    0xd800..=0xdbff => {
                        let follows = self.bytes[self.at..].starts_with(b"\\u");
                        let low = if follows { self.hex_unit(self.at)? } else { 0 };
                        if !(0xdc00..=0xdfff).contains(&low) {
                            return Err(JsonFault::InvalidString(start));
                        }
                        self.at += 6;
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
            _ => Err(JsonFault::Syntax(start)),
        }
    }

    /// The unit of the `\uXXXX` at `start`.
    fn hex_unit(&self, start: usize) -> Result<u16, JsonFault> {
        let digits = self.bytes.get(start + 2..start + 6).ok_or(JsonFault::Syntax(start))?;
        hex4(digits).ok_or(JsonFault::Syntax(start))
    }
}

/// Where a key stands that stood before.
fn twice(keys: &[Key<'_>]) -> Option<usize> {
    if keys.len() <= PAIRWISE_MAX {
        let stands_before =
            |(index, key): &(usize, &Key<'_>)| keys[..*index].iter().any(|k| k.text == key.text);
        return keys.iter().enumerate().find(stands_before).map(|(_, key)| key.at);
    }
    // Sorted rather than hashed: nobody can choose keys that make this slow.
    let mut sorted: Vec<(&str, usize)> = keys.iter().map(|key| (key.text.as_ref(), key.at)).collect();
    sorted.sort_unstable();
    sorted.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1)
}

/// Four hex digits.
fn hex4(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |unit: u16, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | digit as u16)
    })
}

/// Bytes of the JSON number that `bytes` start with.
pub(crate) fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hosts_would_read_differently_is_refused_with_its_code() {
        let depth = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let cases: &[(&str, ErrorCode)] = &[
            (r#"{"a":1,"a":2}"#, ErrorCode::DuplicateKey),
            (r#"{"a":1,"\u0061":2}"#, ErrorCode::DuplicateKey),
            (r#"{"x":{"b":1,"a":1,"b":1}}"#, ErrorCode::DuplicateKey),
            (r#""\u0000""#, ErrorCode::InvalidString),
            (r#""\ud800""#, ErrorCode::InvalidString),
            (r#""\ud800\u0041""#, ErrorCode::InvalidString),
            (r#""\udc00""#, ErrorCode::InvalidString),
            ("NaN", ErrorCode::InvalidJson),
            ("Infinity", ErrorCode::InvalidJson),
            ("01", ErrorCode::InvalidJson),
            ("1.", ErrorCode::InvalidJson),
            ("[1,]", ErrorCode::InvalidJson),
            ("{\"a\":1,}", ErrorCode::InvalidJson),
            ("{'a':1}", ErrorCode::InvalidJson),
            ("{} x", ErrorCode::InvalidJson),
            ("", ErrorCode::InvalidJson),
            ("\"a\nb\"", ErrorCode::InvalidJson),
            ("[1, /* no */ 2]", ErrorCode::InvalidJson),
            ("\u{feff}{}", ErrorCode::InvalidJson),
        ];
        for (text, code) in cases {
            assert_eq!(check(text.as_bytes()).map_err(JsonFault::code), Err(*code), "{text}");
        }
        assert!(check(depth(64).as_bytes()).is_ok());
        assert_eq!(check(depth(65).as_bytes()), Err(JsonFault::TooDeep(64)));
        assert_eq!(check("[".repeat(100_000).as_bytes()), Err(JsonFault::TooDeep(64)));
        assert_eq!(check(b"\"\xff\"").map_err(JsonFault::code), Err(ErrorCode::InvalidJson));
    }

    #[test]
    fn members_and_elements_are_found_where_they_stand() {
        let object = check(br#" { "a\"" : [1, {"x":"]}"}] , "b":null,"\ud83d\ude00": "\n" } "#).unwrap();
        let members = members(object);
        let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        assert_eq!(keys, ["a\"", "b", "😀"]);
        assert_eq!(members[0].1, r#"[1, {"x":"]}"}]"#);
        assert_eq!(elements(members[0].1).collect::<Vec<_>>(), ["1", r#"{"x":"]}"}"#]);
        assert_eq!(text_of(members[2].1), "\n");
        assert_eq!(elements("[]").count(), 0);
    }

    proptest! {
        #[test]
        fn strings_come_back_and_agree_with_serde(text in any::<String>()) {
            let mut written = Vec::new();
            write_string(&text, &mut written);
            let serde: String = serde_json::from_slice(&written).unwrap();
            prop_assert_eq!(&serde, &text);
            if !text.contains('\0') {
                prop_assert_eq!(text_of(check(&written).unwrap()).into_owned(), text);
            }
        }

        #[test]
        fn whatever_is_accepted_serde_accepts_too(text in "[\\[\\]{}\",:0-9.eE+\\\\ntrufalse -]{0,24}") {
            if check(text.as_bytes()).is_ok() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
            }
        }
    }
}
