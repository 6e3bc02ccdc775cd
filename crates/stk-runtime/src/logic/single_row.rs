//! Which writing statements surely give at most one row, judged by their text.
//!
//! A statement that commits by itself has committed before its rows are counted, so a refused result would stand. One
//! that may give several runs in a transaction of its own instead, which costs a round trip. The rule is narrow: an
//! `INSERT … VALUES (…)` of one row, in which nothing is called that could give several.

/// Functions that may be called among the values: each gives one value.
const SINGLE_VALUED: [&str; 21] = [
    "abs",
    "cast",
    "clock_timestamp",
    "coalesce",
    "concat",
    "current_setting",
    "floor",
    "gen_random_uuid",
    "greatest",
    "least",
    "length",
    "lower",
    "md5",
    "nextval",
    "now",
    "nullif",
    "round",
    "to_jsonb",
    "to_timestamp",
    "trim",
    "upper",
];

/// Whether the statement is an `INSERT` of exactly one row.
pub(super) fn inserts_one_row(text: &str) -> bool {
    // Where a quote may be escaped, strings would have to be read as Postgres reads them.
    if text.contains('\\') {
        return false;
    }
    let mut tokens = Tokens { text, at: 0 };
    if !(tokens.is_next("insert") && tokens.is_next("into")) {
        return false;
    }
    // The table and its columns; a column may be named like a keyword, but only between the parentheses.
    let mut depth = 0_usize;
    loop {
        match tokens.next() {
            Some(Token::Open) => depth += 1,
            Some(Token::Close) => depth = depth.saturating_sub(1),
            Some(Token::Word(word)) if depth == 0 && word.eq_ignore_ascii_case("values") => break,
            Some(Token::Word(word)) if depth == 0 && word.eq_ignore_ascii_case("select") => return false,
            Some(_) => {}
            None => return false,
        }
    }
    tokens.next() == Some(Token::Open) && one_row(&mut tokens) && tokens.next() != Some(Token::Comma)
}

/// Reads the values up to their closing parenthesis.
fn one_row(tokens: &mut Tokens<'_>) -> bool {
    let (mut depth, mut before) = (1, Token::Open);
    while depth > 0 {
        let Some(token) = tokens.next() else { return false };
        match (&token, &before) {
            (Token::Open, Token::Word(word)) if !is_single_valued(word) => return false,
            // A quoted name may be a function; which one is not looked at.
            (Token::Open, Token::Quoted) => return false,
            (Token::Open, _) => depth += 1,
            (Token::Close, _) => depth -= 1,
            // A query among the values gives one value, but reading on would need its grammar; so would a dollar quote.
            (Token::Word(word), _) if word.eq_ignore_ascii_case("select") || is_dollar_quote(word) => {
                return false;
            }
            _ => {}
        }
        before = token;
    }
    true
}

fn is_single_valued(word: &str) -> bool {
    SINGLE_VALUED.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn is_dollar_quote(word: &str) -> bool {
    word.strip_prefix('$')
        .is_some_and(|rest| !rest.bytes().all(|byte| byte.is_ascii_digit()) || rest.is_empty())
}

#[derive(Debug, PartialEq)]
enum Token<'a> {
    /// A name with its dots, a number or a `$1`.
    Word(&'a str),
    /// A name in double quotes.
    Quoted,
    Open,
    Close,
    Comma,
    /// A string or an operator.
    Other,
}

struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn is_next(&mut self, word: &str) -> bool {
        matches!(self.next(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let rest = &self.text[self.at..];
        let first = rest.bytes().next()?;
        let (token, length) = match first {
            b'(' => (Token::Open, 1),
            b')' => (Token::Close, 1),
            b',' => (Token::Comma, 1),
            b'"' => (Token::Quoted, quoted_length(rest, b'"')),
            b'\'' => (Token::Other, quoted_length(rest, b'\'')),
            byte if is_word(byte) => {
                let length = rest.bytes().take_while(|byte| is_word(*byte) || *byte == b'.').count();
                (Token::Word(&rest[..length]), length)
            }
            _ => (Token::Other, rest.chars().next().map_or(1, char::len_utf8)),
        };
        self.at += length;
        Some(token)
    }

    /// Steps over white space and comments.
    fn skip_space(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("--") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                // Nested comments end early here, and what is left of them reads as no row of values.
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += length;
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// The length of a quoted piece, with its quotes; a doubled quote reads as two pieces, which changes nothing here.
fn quoted_length(text: &str, quote: u8) -> usize {
    text.bytes().skip(1).position(|byte| byte == quote).map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_of_values_is_known() {
        for text in [
            "insert into events (kind, amount, payload)\nvalues ($1, $2, $3)\nreturning id",
            "INSERT INTO shop.orders (\"values\", b) VALUES ($1, coalesce($2, 0)) RETURNING *",
            "-- a note\ninsert into t values ('a, (b', now()) on conflict (a) do update set b = lower('x')",
        ] {
            assert!(inserts_one_row(text), "{text}");
        }
    }

    #[test]
    fn what_may_give_several_rows_is_not() {
        for text in [
            "insert into t values ($1), ($2) returning id",
            "insert into t (a) select $1 returning id",
            "insert into t values (generate_series(1, 3)) returning id",
            "insert into t values (\"generate_series\"(1, 3)) returning id",
            "insert into t values ((select 1)) returning id",
            "update t set a = 1 returning id",
            "delete from t returning id",
            "with x as (select 1) insert into t values (1) returning id",
            "insert into t default values returning id",
            "insert into t values (E'\\'', 1), (2) returning ')'",
            "insert into t values ($$'$$, 1), (2) returning ')'",
            "insert into t values ($a$'$a$, 1), (2) returning ')'",
        ] {
            assert!(!inserts_one_row(text), "{text}");
        }
    }
}
