//! Tokens of SQL, by the rules of Postgres' own scanner with `standard_conforming_strings` on.
//!
//! It never fails: what is not closed runs to the end of the text and is said to be so. Every byte is in a token.

/// A piece of the text, from byte to byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
    /// It should have been closed and is not.
    pub open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Space,
    /// `-- …`, without its line break.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// `'…'`, also as the tail of `B'…'`, `X'…'`, `N'…'` and `U&'…'`; and `E'…'`.
    String,
    /// `$tag$…$tag$`.
    DollarString,
    /// `"…"`.
    QuotedName,
    /// A key word or a name.
    Word,
    Digits,
    /// `:name`.
    Param,
    /// `$1`.
    Positional,
    Semicolon,
    Open,
    Close,
    /// A character that Postgres' scanner does not take either: a lone `$`, or U+0000.
    Stray,
    /// Operators and punctuation, one character each except `::`, `:=` and `..`.
    Other,
}

/// All tokens from byte `from` on, which must be at a character's start.
pub(crate) fn lex(text: &str, from: usize) -> Vec<Token> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: from, from };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token() {
        tokens.push(token);
    }
    tokens
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    from: usize,
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

fn starts_word(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn continues_word(b: u8) -> bool {
    starts_word(b) || b.is_ascii_digit() || b == b'$'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, good: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|b| good(*b)) {
            self.at += 1;
        }
    }

    fn token(&mut self) -> Option<Token> {
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let (kind, closed) = match first {
            b if is_space(b) => {
                self.skip_while(is_space);
                (TokenKind::Space, true)
            }
            b'-' if self.peek(1) == b'-' => {
                self.skip_while(|b| b != b'\n' && b != b'\r');
                (TokenKind::LineComment, true)
            }
            b'/' if self.peek(1) == b'*' => (TokenKind::BlockComment, self.block_comment()),
            b'\'' => (TokenKind::String, self.quoted(b'\'')),
            b'"' => (TokenKind::QuotedName, self.quoted(b'"')),
            b'e' | b'E' if self.peek(1) == b'\'' => (TokenKind::String, self.escape_string()),
            b if starts_word(b) => {
                self.skip_while(continues_word);
                (TokenKind::Word, true)
            }
            b if b.is_ascii_digit() => {
                self.skip_while(|b| b.is_ascii_digit());
                (TokenKind::Digits, true)
            }
            b'$' => self.dollar(),
            b':' => (self.colon(), true),
            _ => (self.single(first), true),
        };
        Some(Token { kind, start, end: self.at, open: !closed })
    }

    fn single(&mut self, first: u8) -> TokenKind {
        self.at += 1;
        match first {
            b';' => TokenKind::Semicolon,
            b'(' => TokenKind::Open,
            b')' => TokenKind::Close,
            0 => TokenKind::Stray,
            _ => TokenKind::Other,
        }
    }

    fn block_comment(&mut self) -> bool {
        self.at += 2;
        let mut depth = 1;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return true;
                    }
                }
                _ => self.at += 1,
            }
        }
        false
    }

    /// A doubled quote is a quote.
    fn quoted(&mut self, quote: u8) -> bool {
        self.at += 1;
        loop {
            self.skip_while(|b| b != quote);
            if self.at >= self.bytes.len() {
                return false;
            }
            self.at += 1;
            if self.peek(0) != quote || self.at >= self.bytes.len() {
                return true;
            }
            self.at += 1;
        }
    }

    /// `E'…'`, where a backslash escapes; and its continuations on later lines, where it still does.
    fn escape_string(&mut self) -> bool {
        self.at += 2;
        loop {
            self.skip_while(|b| b != b'\'' && b != b'\\');
            if self.at >= self.bytes.len() {
                return false;
            }
            if self.peek(0) == b'\\' {
                // The escaped character may be of several bytes, none of which is a quote or a backslash.
                self.at = (self.at + 2).min(self.bytes.len());
                continue;
            }
            self.at += 1;
            if self.at < self.bytes.len() && self.peek(0) == b'\'' {
                self.at += 1;
                continue;
            }
            match self.continuation() {
                Some(quote) => self.at = quote + 1,
                None => return true,
            }
        }
    }

    /// Where a string that just ended goes on: behind white space with a line break in it. Comments may stand
    /// there, each ended by a line break.
    fn continuation(&self) -> Option<usize> {
        let mut at = self.at;
        let mut broken = false;
        loop {
            match self.bytes.get(at)? {
                b'\n' | b'\r' => {
                    broken = true;
                    at += 1;
                }
                b if is_space(*b) => at += 1,
                b'-' if self.bytes.get(at + 1) == Some(&b'-') => {
                    at += self.bytes[at..].iter().position(|b| *b == b'\n' || *b == b'\r')?;
                }
                b'\'' if broken => return Some(at),
                _ => return None,
            }
        }
    }

    /// `$1`, `$tag$…$tag$`, or a `$` that is neither.
    fn dollar(&mut self) -> (TokenKind, bool) {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.skip_while(|b| b.is_ascii_digit());
            return (TokenKind::Positional, true);
        }
        if starts_word(self.peek(0)) {
            self.skip_while(|b| starts_word(b) || b.is_ascii_digit());
        }
        if self.peek(0) != b'$' {
            self.at = start + 1;
            return (TokenKind::Stray, true);
        }
        self.at += 1;
        let tag = &self.bytes[start..self.at];
        let closing = self.bytes[self.at..].windows(tag.len()).position(|window| window == tag);
        match closing {
            Some(length) => {
                self.at += length + tag.len();
                (TokenKind::DollarString, true)
            }
            None => {
                self.at = self.bytes.len();
                (TokenKind::DollarString, false)
            }
        }
    }

    /// `::`, `:=`, `:name`, or a colon by itself, as in `a[1:n]`.
    fn colon(&mut self) -> TokenKind {
        let before = if self.at > self.from { self.bytes[self.at - 1] } else { b' ' };
        self.at += 1;
        match self.peek(0) {
            b':' | b'=' => {
                self.at += 1;
                TokenKind::Other
            }
            b if starts_word(b) && !continues_word(before) && !b"'\")]".contains(&before) => {
                self.skip_while(continues_word);
                TokenKind::Param
            }
            _ => TokenKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds and texts, white space left out.
    fn tokens(text: &str) -> Vec<(TokenKind, &str, bool)> {
        let tokens = lex(text, 0).into_iter().filter(|token| token.kind != TokenKind::Space);
        tokens.map(|token| (token.kind, &text[token.start..token.end], token.open)).collect()
    }

    fn params(text: &str) -> Vec<&str> {
        tokens(text).into_iter().filter(|token| token.0 == TokenKind::Param).map(|token| token.1).collect()
    }

    #[test]
    fn sec_43_a_param_stands_only_outside_quotes_and_comments() {
        for text in [
            "select ':a'",
            "select ''':a'''",
            "select E'\\':a'",
            "select e'\\\\' ':a'",
            "select E'x' \n ':a\\' :a'",
            "select E'x' -- it's\n '\\' :a'",
            "select U&'\\0041:a' uescape '!'",
            "select N':a', B'1:a', X':a'",
            "select \":a\", \"\"\":a\"",
            "select $$:a$$",
            "select $q$ $$:a$$ $x$ :a $q$",
            "select $ä1$:a$ä1$",
            "select 1 -- :a",
            "select /* :a /* :a */ :a */ 1",
            "select +--:a\n 1",
            "select */*:a*/ from t",
        ] {
            assert_eq!(params(text), Vec::<&str>::new(), "{text}");
            assert!(tokens(text).iter().all(|token| !token.2), "{text} is closed");
        }
    }

    #[test]
    fn sec_43_a_param_behind_a_quote_is_found() {
        for text in [
            "select 'it''s' || :a",
            "select '\\' || :a",
            "select U&'\\' || :a",
            "select E'x' 'y\\' , :a",
            "select $1a$ :a $1a$",
            "select a$b$ :a $b$",
            "select $q$ $Q$ $q$ :a",
            "select /* /* */ */ :a",
            "select -- x\r :a",
            "select '' :a",
        ] {
            assert!(params(text).contains(&":a"), "{text}");
        }
    }

    #[test]
    fn slices_and_casts_are_no_params() {
        assert_eq!(params("select a[1:n], a[:n], a[b:n], a[b :n], (x):n, f(1)[2]:n"), [":n", ":n"]);
        assert_eq!(params("select x::text, :x::text, x :: text, '1'::int, f(p := 1)"), [":x"]);
        assert_eq!(
            params("select data ? 'a', data ?| :keys, data ?& array[:k], data @>:d, -:n"),
            [":keys", ":k", ":d", ":n"]
        );
        assert_eq!(params("select :a:b"), [":a"], "what directly follows a name is none");
        assert_eq!(params("(:a,:b)=:c"), [":a", ":b", ":c"]);
    }

    #[test]
    fn what_is_not_closed_runs_to_the_end_and_says_so() {
        for text in ["'a;", "E'a\\'", "\"a", "/* a /* */", "$$a", "$q$ $Q$", "'a''"] {
            let tokens = tokens(text);
            assert_eq!(tokens.len(), 1, "{text}");
            assert!(tokens[0].2, "{text}");
        }
    }

    #[test]
    fn dollars_that_quote_nothing_are_told_apart() {
        let kinds = |text| tokens(text).into_iter().map(|token| token.0).collect::<Vec<_>>();
        assert_eq!(kinds("$1"), [TokenKind::Positional]);
        assert_eq!(kinds("a$1"), [TokenKind::Word]);
        assert_eq!(kinds("$ 1"), [TokenKind::Stray, TokenKind::Digits]);
        assert_eq!(kinds("$a b"), [TokenKind::Stray, TokenKind::Word, TokenKind::Word]);
    }
}
