//! Pieces of SQL text: quoting, and a lexer just good enough to tell whether a piece stays where it is put.
//!
//! It does not parse SQL. What a piece means is asked of Postgres.

/// An identifier, always quoted.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string literal that reads the same under either setting of `standard_conforming_strings`.
pub(crate) fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// Why a piece of SQL can not be put inside a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TextFault {
    #[error("it is empty")]
    Empty,
    #[error("its brackets do not pair up")]
    Brackets,
    #[error("a string, quoted name or comment in it does not end")]
    Open,
    #[error("it has a `;`")]
    Semicolon,
    #[error("it has a `,` outside brackets")]
    Comma,
    #[error("it is not one `BEGIN ATOMIC … END`")]
    Atomic,
}

/// Whether `sql` can stand in brackets as one expression.
pub(crate) fn check_expression(sql: &str) -> Result<(), TextFault> {
    check(sql, true)
}

/// Whether `sql` can stand as a column's type.
pub(crate) fn check_type(sql: &str) -> Result<(), TextFault> {
    check(sql, false)
}

/// Whether `sql` is one `BEGIN ATOMIC … END`, with every `;` inside it.
pub(crate) fn check_atomic(sql: &str) -> Result<(), TextFault> {
    let mut depth = 0_usize;
    let mut ended = false;
    for token in (Lexer { text: sql, at: 0 }) {
        match token? {
            Token::Space(_) => continue,
            _ if ended => return Err(TextFault::Atomic),
            Token::Name(word) if is_word(word, "begin") || is_word(word, "case") => depth += 1,
            Token::Name(word) if is_word(word, "end") => {
                depth = depth.checked_sub(1).ok_or(TextFault::Atomic)?;
                ended = depth == 0;
            }
            _ => {}
        }
    }
    if ended { Ok(()) } else { Err(TextFault::Atomic) }
}

fn is_word(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

/// What stands in the brackets that follow the first word `word` outside of strings, without them.
pub(crate) fn bracketed(sql: &str, word: &str) -> Option<String> {
    let mut lexer = Lexer { text: sql, at: 0 };
    let mut start = None;
    let mut depth = 0_usize;
    let mut armed = false;
    while let Some(token) = lexer.next() {
        let token = token.ok()?;
        match (start, token) {
            (None, Token::Name(name)) => armed = name == word,
            (None, Token::Other('(')) if armed => {
                start = Some(lexer.at);
                depth = 1;
            }
            (None, Token::Space(_)) => {}
            (None, _) => armed = false,
            (Some(_), Token::Other('(')) => depth += 1,
            (Some(from), Token::Other(')')) => {
                depth -= 1;
                if depth == 0 {
                    return sql.get(from..lexer.at - 1).map(str::to_owned);
                }
            }
            (Some(_), _) => {}
        }
    }
    None
}

/// Schema and name of `schema.name`, each quoted or not; the schema is empty in a bare `name`.
pub(crate) fn split_name(sql: &str) -> Option<(String, String)> {
    let tokens: Vec<Token<'_>> = Lexer { text: sql.trim(), at: 0 }.collect::<Result<_, _>>().ok()?;
    match tokens.as_slice() {
        [Token::Name(name)] => Some((String::new(), unquote(name))),
        [Token::Name(schema), Token::Other('.'), Token::Name(name)] => Some((unquote(schema), unquote(name))),
        _ => None,
    }
}

fn check(sql: &str, comma: bool) -> Result<(), TextFault> {
    let mut open = Vec::new();
    let mut empty = true;
    for token in (Lexer { text: sql, at: 0 }) {
        let token = token?;
        empty &= matches!(token, Token::Space(_));
        match token {
            Token::Other('(') => open.push(')'),
            Token::Other('[') => open.push(']'),
            Token::Other(closing @ (')' | ']')) if open.pop() != Some(closing) => {
                return Err(TextFault::Brackets);
            }
            Token::Other(';') => return Err(TextFault::Semicolon),
            Token::Other(',') if open.is_empty() && !comma => return Err(TextFault::Comma),
            _ => {}
        }
    }
    match (empty, open.is_empty()) {
        (true, _) => Err(TextFault::Empty),
        (false, false) => Err(TextFault::Brackets),
        (false, true) => Ok(()),
    }
}

/// Replaces the schema in each `schema.name` for which `rename` gives another one. Text inside strings stays.
pub(crate) fn requalify(sql: &str, rename: impl Fn(&str, &str) -> Option<String>) -> String {
    let tokens = tokens(sql);
    let mut out = String::with_capacity(sql.len());
    let mut index = 0;
    while index < tokens.len() {
        let starts = index == 0 || tokens[index - 1] != Token::Other('.');
        if let (true, [Token::Name(schema), Token::Other('.'), Token::Name(name), ..]) =
            (starts, &tokens[index..])
            && let Some(renamed) = rename(&unquote(schema), &unquote(name))
        {
            out.push_str(&quote(&renamed));
            index += 1;
            continue;
        }
        if let Some(text) = class_literal(&tokens, index, &rename) {
            out.push_str(&text);
            index += 1;
            continue;
        }
        match tokens[index] {
            Token::Name(text) | Token::Space(text) | Token::Literal(text) => out.push_str(text),
            Token::Other(c) => out.push(c),
        }
        index += 1;
    }
    out
}

/// The string at `index` with its schema replaced, where Postgres takes it for the name of a sequence or table: in
/// `nextval('app.numbers')` and `'app.numbers'::regclass`.
fn class_literal(
    tokens: &[Token<'_>],
    index: usize,
    rename: impl Fn(&str, &str) -> Option<String>,
) -> Option<String> {
    let Token::Literal(text) = tokens[index] else { return None };
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let is_called = index >= 2
        && tokens[index - 1] == Token::Other('(')
        && matches!(tokens[index - 2], Token::Name(name)
            if ["nextval", "currval", "setval"].iter().any(|known| is_word(name, known)));
    let is_cast = matches!(tokens.get(index + 1..index + 4),
        Some([Token::Other(':'), Token::Other(':'), Token::Name(name)]) if is_word(name, "regclass"));
    let (schema, name) = split_name(inner).filter(|_| is_called || is_cast)?;
    let renamed = rename(&schema, &name)?;
    Some(quote_literal(&format!("{}.{}", quote(&renamed), quote(&name))))
}

/// A name as Postgres reads it: without quotes, or in lower case.
pub(crate) fn unquote(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_lowercase(),
    }
}

/// The pieces of `sql`, as far as they can be told apart.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    Lexer { text: sql, at: 0 }.map_while(Result::ok).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A name or key word, quoted or not.
    Name(&'a str),
    /// White space or a comment.
    Space(&'a str),
    /// A string, or a number.
    Literal(&'a str),
    Other(char),
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Result<Token<'a>, TextFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let token = match first {
            '\'' => quoted(rest, '\'', false).map(|len| Token::Literal(&rest[..len])),
            'e' | 'E' if rest[1..].starts_with('\'') => {
                quoted(&rest[1..], '\'', true).map(|len| Token::Literal(&rest[..len + 1]))
            }
            '"' => quoted(rest, '"', false).map(|len| Token::Name(&rest[..len])),
            '$' => match dollar_quoted(rest) {
                Some(len) => len.map(|len| Token::Literal(&rest[..len])),
                None => Ok(Token::Other('$')),
            },
            '-' if rest.starts_with("--") => match rest.find('\n') {
                Some(end) => Ok(Token::Space(&rest[..=end])),
                None => Err(TextFault::Open),
            },
            '/' if rest.starts_with("/*") => comment(rest).map(|len| Token::Space(&rest[..len])),
            c if c.is_whitespace() => {
                Ok(Token::Space(&rest[..length_while(rest, |c: char| c.is_whitespace())]))
            }
            c if c.is_ascii_digit() => Ok(Token::Literal(
                &rest[..length_while(rest, |c: char| c.is_ascii_alphanumeric() || c == '.')],
            )),
            c if is_name(c) => {
                Ok(Token::Name(&rest[..length_while(rest, |c| is_name(c) || c.is_ascii_digit() || c == '$')]))
            }
            c => Ok(Token::Other(c)),
        };
        self.at += match &token {
            Ok(Token::Name(text) | Token::Space(text) | Token::Literal(text)) => text.len(),
            Ok(Token::Other(c)) => c.len_utf8(),
            Err(_) => rest.len(),
        };
        Some(token)
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn length_while(text: &str, keep: impl Fn(char) -> bool) -> usize {
    text.find(|c| !keep(c)).unwrap_or(text.len())
}

/// Length of the quoted piece that `text` starts with; a doubled quote stays inside.
fn quoted(text: &str, quote: char, backslashes: bool) -> Result<usize, TextFault> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && backslashes {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Ok(at + 1);
        }
    }
    Err(TextFault::Open)
}

/// Length of the dollar-quoted string that `text` starts with; `None` if it starts with none.
fn dollar_quoted(text: &str) -> Option<Result<usize, TextFault>> {
    let tag_end = 1 + text[1..].find('$')?;
    let tag = &text[..=tag_end];
    let name = &tag[1..tag_end];
    if !name.chars().all(|c| is_name(c) || c.is_ascii_digit())
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let body = &text[tag.len()..];
    Some(body.find(tag).map(|end| tag.len() + end + tag.len()).ok_or(TextFault::Open))
}

/// Length of the block comment that `text` starts with; Postgres nests them.
fn comment(text: &str) -> Result<usize, TextFault> {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Ok(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    Err(TextFault::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_would_leave_its_brackets_is_refused() {
        let faults = [
            ("now()", Ok(())),
            ("a, b", Ok(())),
            ("'it''s ;)' || $x$;)$x$ /* ;) /* ) */ */", Ok(())),
            ("E'\\';' || \"a;b\"", Ok(())),
            ("1); DROP TABLE t; --", Err(TextFault::Brackets)),
            ("1; SELECT 2", Err(TextFault::Semicolon)),
            ("(1", Err(TextFault::Brackets)),
            ("(1]", Err(TextFault::Brackets)),
            ("'abc", Err(TextFault::Open)),
            ("1 -- why", Err(TextFault::Open)),
            ("  ", Err(TextFault::Empty)),
        ];
        for (sql, expected) in faults {
            assert_eq!(check_expression(sql), expected, "{sql}");
        }
        assert_eq!(check_type("numeric(10, 2)[]"), Ok(()));
        assert_eq!(check_type("text, b text"), Err(TextFault::Comma));
    }

    #[test]
    fn only_qualified_names_outside_strings_are_requalified() {
        let rename =
            |schema: &str, name: &str| (schema == "public" && name == "status").then(|| "scratch".to_owned());
        let renamed =
            requalify("'a'::public.status, 'public.status', Public.\"status\"[], public.other", rename);
        assert_eq!(
            renamed,
            "'a'::\"scratch\".status, 'public.status', \"scratch\".\"status\"[], public.other"
        );
    }

    #[test]
    fn literals_survive_quotes_and_backslashes() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal(r"a\b"), r"E'a\\b'");
        assert_eq!(quote("a\"b"), "\"a\"\"b\"");
    }
}
