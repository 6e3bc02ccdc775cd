//! SQL text of two models side by side: whether it says the same, and what a rename makes of it.
//!
//! It compares words, not meaning: both sides were printed by Postgres.

use crate::model::{Token, quote, tokens, unquote};

/// Whether two texts differ in no more than white space and needless quotes.
pub(crate) fn same_sql(a: &str, b: &str) -> bool {
    a == b || words(a).eq(words(b))
}

/// [`same_sql`] where there may be none.
pub(crate) fn same_optional(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_sql(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Whether `name` is one of the names in `sql`.
pub(crate) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql).iter().any(|token| matches!(token, Token::Name(text) if unquote(text) == name))
}

/// Gives every name `from` in `sql` the name `to`.
pub(crate) fn rename_word(sql: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for token in tokens(sql) {
        match token {
            Token::Name(text) if unquote(text) == from => out.push_str(&quote(to)),
            Token::Name(text) | Token::Space(text) | Token::Literal(text) => out.push_str(text),
            Token::Other(c) => out.push(c),
        }
    }
    out
}

#[derive(PartialEq)]
enum Word<'a> {
    Name(String),
    Literal(&'a str),
    Other(char),
}

fn words(sql: &str) -> impl Iterator<Item = Word<'_>> {
    tokens(sql).into_iter().filter_map(|token| match token {
        Token::Name(text) => Some(Word::Name(unquote(text))),
        Token::Literal(text) => Some(Word::Literal(text)),
        Token::Other(c) => Some(Word::Other(c)),
        Token::Space(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_space_make_no_difference_and_names_and_strings_do() {
        assert!(same_sql("(a >  0)", "(\"a\" > 0)"));
        assert!(!same_sql("(a > 0)", "(b > 0)"));
        assert!(!same_sql("('a')", "('A')"));
        assert!(same_optional(None, None) && !same_optional(Some("1"), None));
    }

    #[test]
    fn a_rename_leaves_strings_alone() {
        assert_eq!(rename_word("lower(a) || 'a' || t.a", "a", "b c"), "lower(\"b c\") || 'a' || t.\"b c\"");
        assert!(mentions("(\"A\" > 1)", "A") && !mentions("('a' > b)", "a"));
    }
}
