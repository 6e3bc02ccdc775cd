//! SQL as far as it can be read without a database: tokens, statements, params, and kinds of statements that logic
//! may not contain.
//!
//! Deliberately no grammar: whether a statement makes sense, Postgres says when it prepares it. What matters here is
//! to agree with Postgres on where strings, comments and statements end, so that a `:name` is found where it is one
//! and nowhere else.

mod compile;
mod keywords;
mod lexer;

pub(crate) use compile::{Compiled, compile};
pub(crate) use keywords::{Verb, verb};
pub(crate) use lexer::{Token, TokenKind, lex};
