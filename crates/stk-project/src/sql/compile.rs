//! From the text of a file to statements with `$1`, `$2`, … where it has `:name`.
//!
//! Everything else of a statement stays as it is, comments inside it too; what stands around it is left out.

use std::sync::Arc;

use stk_contract::names::check_name;
use stk_contract::{Bind, SqlStatement};

use crate::code::Code;
use crate::findings::Findings;
use crate::project::{CompiledStatement, Piece, Positions};
use crate::sql::{Token, TokenKind, Verb, verb};
use crate::text::{Position, SourceText};

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub statements: Vec<CompiledStatement>,
    pub verbs: Vec<(Verb, Position)>,
    pub uses: Vec<ParamUse>,
    /// Quotes and comments are closed, so that the rest is what it seems.
    pub whole: bool,
}

/// A `:name`, wherever it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParamUse {
    pub name: String,
    pub at: Position,
}

/// Compiles tokens of `text`; the one that holds the header counts as a space.
pub(crate) fn compile(
    text: &Arc<SourceText>,
    tokens: &[Token],
    header: Option<usize>,
    findings: &mut Findings,
) -> Compiled {
    let mut compiled = Compiled { whole: true, ..Compiled::default() };
    for token in tokens {
        check_token(text, token, &mut compiled, findings);
    }
    for statement in split(text.as_str(), tokens, header) {
        let render =
            Render { text, header, statement: Vec::new(), out: String::new(), chars: 0, pieces: Vec::new() };
        compiled.statements.push(render.statement(statement));
        let first = statement.iter().find(|token| !is_trivia(token, header) && token.kind != TokenKind::Open);
        let Some(first) = first else { continue };
        let word = &text.as_str()[first.start..first.end];
        let at = text.position_of_byte(first.start);
        let verb = if first.kind == TokenKind::Word { verb(word) } else { Verb::Other };
        if let Some(refusal) = verb.refusal() {
            findings.add(Code::SqlForbidden, at, format!("`{}` {refusal}", word.to_uppercase()));
        }
        compiled.verbs.push((verb, at));
        refuse_select_into(text, statement, findings);
    }
    if compiled.statements.is_empty() && compiled.whole {
        findings
            .add(Code::SqlEmpty, Position::WHOLE_FILE, "the file has no SQL statement")
            .hint("write one, or remove the file");
    }
    compiled
}

fn check_token(text: &SourceText, token: &Token, compiled: &mut Compiled, findings: &mut Findings) {
    let at = || text.position_of_byte(token.start);
    let word = || &text.as_str()[token.start..token.end];
    match token.kind {
        _ if token.open => {
            let (what, with) = match token.kind {
                TokenKind::BlockComment => {
                    ("comment", "`*/`; comments nest, so each `/*` inside it needs one too")
                }
                TokenKind::QuotedName => ("quoted name", "`\"`"),
                TokenKind::DollarString => ("dollar quote", "the same `$tag$` again"),
                _ => ("string", "`'`"),
            };
            findings
                .add(Code::SqlUnterminated, at(), format!("this {what} is never closed"))
                .hint(format!("close it with {with}"));
            compiled.whole = false;
        }
        TokenKind::Positional => {
            findings
                .add(Code::SqlPositional, at(), format!("`{}` has no meaning here", word()))
                .hint("declare a param in the header and write `:name`");
        }
        TokenKind::Stray => {
            let what = if word() == "\0" { "U+0000" } else { "a lone `$`" };
            findings.add(Code::SqlCharacter, at(), format!("{what} is not SQL"));
        }
        TokenKind::Param => {
            let name = &word()[1..];
            match check_name(name) {
                Ok(()) => compiled.uses.push(ParamUse { name: name.to_owned(), at: at() }),
                Err(error) => {
                    findings.add(Code::ParamName, at(), error.to_string());
                }
            }
        }
        _ => {}
    }
}

fn is_trivia(token: &Token, header: Option<usize>) -> bool {
    matches!(token.kind, TokenKind::Space | TokenKind::LineComment | TokenKind::BlockComment)
        || Some(token.start) == header
}

/// Statements without what stands around them; those that are nothing but comments are left out.
fn split<'t>(text: &str, tokens: &'t [Token], header: Option<usize>) -> Vec<&'t [Token]> {
    let mut statements = Vec::new();
    let mut start = 0;
    let mut atomic = Atomic::default();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == TokenKind::Semicolon && atomic.depth == 0 {
            statements.push(&tokens[start..index]);
            start = index + 1;
            atomic = Atomic::default();
        } else if token.kind == TokenKind::Word {
            atomic.word(&text[token.start..token.end]);
        }
    }
    statements.push(&tokens[start..]);
    let trim = |statement: &'t [Token]| {
        let significant = |token: &Token| !is_trivia(token, header);
        let first = statement.iter().position(significant)?;
        let last = statement.iter().rposition(significant)?;
        Some(&statement[first..=last])
    };
    statements.into_iter().filter_map(trim).collect()
}

/// Follows `BEGIN ATOMIC … END` of a function's body, whose semicolons end no statement.
#[derive(Default)]
struct Atomic {
    creates: bool,
    words: usize,
    begin: bool,
    depth: usize,
}

impl Atomic {
    fn word(&mut self, word: &str) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        self.creates |= self.words == 0 && is("create");
        self.words += 1;
        if !self.creates {
            return;
        }
        if self.depth == 0 {
            self.depth = usize::from(self.begin && is("atomic"));
        } else if is("case") || is("begin") {
            self.depth += 1;
        } else if is("end") {
            self.depth -= 1;
        }
        self.begin = is("begin");
    }
}

/// `SELECT … INTO table` makes a table without saying CREATE.
fn refuse_select_into(text: &SourceText, statement: &[Token], findings: &mut Findings) {
    let mut depth = 0_usize;
    let mut before = "";
    for token in statement {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word => {
                let word = &text.as_str()[token.start..token.end];
                let target = ["insert", "merge"].iter().any(|verb| before.eq_ignore_ascii_case(verb));
                if depth == 0 && word.eq_ignore_ascii_case("into") && !target {
                    let at = text.position_of_byte(token.start);
                    findings.add(
                        Code::SqlForbidden,
                        at,
                        "`SELECT … INTO` creates a table, which `schema/` does",
                    );
                    return;
                }
                before = word;
            }
            TokenKind::Space | TokenKind::LineComment | TokenKind::BlockComment => {}
            // `t.into` would be a column.
            _ => before = "",
        }
    }
}

struct Render<'a> {
    text: &'a Arc<SourceText>,
    header: Option<usize>,
    statement: Vec<(Bind, Vec<Position>)>,
    out: String,
    /// Characters of `out`.
    chars: usize,
    pieces: Vec<Piece>,
}

impl Render<'_> {
    fn statement(mut self, tokens: &[Token]) -> CompiledStatement {
        // A stretch of tokens that stay as they are.
        let mut stretch: Option<(usize, usize)> = None;
        for token in tokens {
            let replaced = token.kind == TokenKind::Param || Some(token.start) == self.header;
            if !replaced {
                stretch = Some((stretch.map_or(token.start, |(start, _)| start), token.end));
                continue;
            }
            self.verbatim(stretch.take());
            let text = if token.kind == TokenKind::Param { self.bind(token) } else { " ".to_owned() };
            self.put(&text, token.start, true);
        }
        self.verbatim(stretch);
        let (binds, bind_uses) = self.statement.into_iter().unzip();
        CompiledStatement {
            sql: SqlStatement { text: self.out, binds },
            positions: Positions { pieces: self.pieces, text: self.text.clone(), at: None },
            bind_uses,
        }
    }

    fn verbatim(&mut self, stretch: Option<(usize, usize)>) {
        if let Some((start, end)) = stretch {
            let text = self.text.clone();
            self.put(&text.as_str()[start..end], start, false);
        }
    }

    fn put(&mut self, text: &str, start: usize, bind: bool) {
        self.pieces.push(Piece { compiled: self.chars, file: self.text.char_of_byte(start), bind });
        self.out.push_str(text);
        self.chars += text.chars().count();
    }

    /// `$n` of a param: the same for each use of one name.
    fn bind(&mut self, token: &Token) -> String {
        let at = self.text.position_of_byte(token.start);
        let bind = match &self.text.as_str()[token.start + 1..token.end] {
            "user_id" => Bind::UserId,
            "user_email" => Bind::UserEmail,
            "user_roles" => Bind::UserRoles,
            name => Bind::Param(name.to_owned()),
        };
        let index = match self.statement.iter_mut().position(|(known, _)| *known == bind) {
            Some(index) => {
                self.statement[index].1.push(at);
                index
            }
            None => {
                self.statement.push((bind, vec![at]));
                self.statement.len() - 1
            }
        };
        format!("${}", index + 1)
    }
}
