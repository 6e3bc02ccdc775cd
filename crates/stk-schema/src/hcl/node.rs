//! A block and its attributes, read with checks: unknown names, wrong kinds of value, missing and repeated parts.
//!
//! Each reader reports what is wrong and goes on, so that one pass finds everything.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block};
use hcl_edit::{Span, structure};

use super::eval::Scope;
use super::functions;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{TextFault, check_expression, check_type, quote};

/// What may stand in one kind of block.
pub(super) struct Grammar {
    /// The block in words: "a column".
    pub what: &'static str,
    pub attributes: &'static [&'static str],
    pub blocks: &'static [&'static str],
    /// Attributes and blocks of the dialect that can not be applied yet.
    pub not_done: &'static [&'static str],
    /// How many labels it takes, at least and at most.
    pub labels: (usize, usize),
}

/// The attributes that every block with a label may have.
const REPEATING: [&str; 2] = ["for_each", "name"];

pub(super) struct Node<'a> {
    pub block: &'a Block,
    pub scope: Scope<'a>,
    what: &'static str,
}

impl<'a> Node<'a> {
    /// Reads `block`; everything in it that `grammar` does not know is reported.
    pub fn open(block: &'a Block, scope: Scope<'a>, grammar: &Grammar) -> Node<'a> {
        let node = Node::peek(block, scope, grammar);
        for structure in &block.body {
            match structure {
                structure::Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    let repeating = grammar.labels.1 > 0 && REPEATING.contains(&name);
                    if !grammar.attributes.contains(&name) && !repeating {
                        node.unknown(name, &attribute.key, "attribute", grammar);
                    }
                }
                structure::Structure::Block(inner) => {
                    let name = inner.ident.as_str();
                    if !grammar.blocks.contains(&name) {
                        node.unknown(name, &inner.ident, "block", grammar);
                    }
                }
            }
        }
        node
    }

    /// For a look at single attributes before the block is opened.
    pub fn peek(block: &'a Block, scope: Scope<'a>, grammar: &Grammar) -> Node<'a> {
        Node { block, scope, what: grammar.what }
    }

    fn unknown(&self, name: &str, at: &impl Span, kind: &str, grammar: &Grammar) {
        let what = grammar.what;
        if grammar.not_done.contains(&name) {
            let message = format!("`{name}` in {what} can not be applied yet");
            return self.report(self.scope.fault(code::NOT_DONE, at, message));
        }
        let other = if kind == "block" { grammar.attributes } else { grammar.blocks };
        if other.contains(&name) {
            let (is, form) = if kind == "block" {
                ("an attribute", format!("write `{name} = …`"))
            } else {
                ("a block", format!("write `{name} {{ … }}`"))
            };
            let message = format!("`{name}` in {what} is {is}");
            return self.report(self.scope.fault(code::INVALID_VALUE, at, message).hint(form));
        }
        let code = if kind == "block" { code::UNKNOWN_BLOCK } else { code::UNKNOWN_ATTRIBUTE };
        let known = grammar.attributes.iter().chain(grammar.blocks).copied();
        let message = format!("{what} has no {kind} `{name}`");
        self.report(self.scope.fault(code, at, message).nearest(name, known));
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.scope.globals.report(diagnostic);
    }

    /// Where the block starts.
    pub fn position(&self) -> Position {
        self.scope.source.at(self.block.span())
    }

    /// Where an attribute's value stands, or the block if it has none.
    pub fn position_of(&self, name: &str) -> Position {
        match self.attribute(name) {
            Some(attribute) => self.scope.source.at(attribute.value.span()),
            None => self.position(),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.block.body.get_attribute(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.block.body.has_attribute(name)
    }

    /// The value of an attribute; `null` is as good as absent.
    pub fn value(&self, name: &str) -> Option<Value> {
        let attribute = self.attribute(name)?;
        match self.scope.eval(&attribute.value) {
            Ok(Value::Null) => None,
            Ok(value) => Some(value),
            Err(fault) => {
                self.report(fault);
                None
            }
        }
    }

    pub fn expected(&self, name: &str, what: &str, found: &Value) {
        let diagnostic = Diagnostic::new(
            code::INVALID_VALUE,
            &self.position_of(name),
            format!("`{name}` takes {what}, not {}", found.kind()),
        );
        self.report(diagnostic);
    }

    pub fn require(&self, name: &str) {
        if !self.has(name) {
            let message = format!("{} needs `{name}`", self.what);
            self.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &self.position(), message));
        }
    }

    pub fn string(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text),
            other => {
                self.expected(name, "a string", &other);
                None
            }
        }
    }

    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(value) => Some(value),
            other => {
                self.expected(name, "true or false", &other);
                None
            }
        }
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        let integer = value.integer();
        if integer.is_none() {
            self.expected(name, "a whole number", &value);
        }
        integer
    }

    /// An SQL expression, written as a string or as `sql("…")`.
    pub fn sql(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(sql) | Value::Sql(sql) => self.checked(name, sql, check_expression),
            other => {
                self.expected(name, "an SQL expression", &other);
                None
            }
        }
    }

    /// A query, without a closing semicolon.
    pub fn query(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(sql) | Value::Sql(sql) => {
                let sql = sql.trim().trim_end_matches(';').trim_end();
                self.checked(name, sql.to_owned(), check_expression)
            }
            other => {
                self.expected(name, "a query as a string", &other);
                None
            }
        }
    }

    /// A number as it is written.
    pub fn number(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::Number(number) => self.number_text(name).or_else(|| Some(number.to_string())),
            other => {
                self.expected(name, "a number", &other);
                None
            }
        }
    }

    /// `sql` if it passes `check`.
    pub fn checked(
        &self,
        name: &str,
        sql: String,
        check: fn(&str) -> Result<(), TextFault>,
    ) -> Option<String> {
        match check(&sql) {
            Ok(()) => Some(sql),
            Err(fault) => {
                let message = format!("the SQL of `{name}` can not stand in a statement: {fault}");
                self.report(Diagnostic::new(code::INVALID_VALUE, &self.position_of(name), message));
                None
            }
        }
    }

    /// A collation, by its name or as `sql("schema.name")`.
    pub fn collation(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(quote(&text)),
            Value::Sql(sql) => self.checked(name, sql, check_type),
            other => {
                self.expected(name, "the name of a collation", &other);
                None
            }
        }
    }

    /// A key word such as `CASCADE`, also accepted as a string, through `parse`.
    pub fn word<T>(&self, name: &str, words: &[&str], parse: fn(&str) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let (Value::Word(word) | Value::String(word)) = &value else {
            self.expected(name, &format!("one of {}", words.join(", ")), &value);
            return None;
        };
        let parsed = parse(word);
        if parsed.is_none() {
            let message = format!("`{name}` is one of {}, not `{word}`", words.join(", "));
            self.report(
                Diagnostic::new(code::INVALID_VALUE, &self.position_of(name), message)
                    .nearest(word, words.iter().copied()),
            );
        }
        parsed
    }

    /// The items of a list, each with its own position where it is written out.
    pub fn list(&self, name: &str) -> Vec<(Value, Position)> {
        let Some(attribute) = self.attribute(name) else { return Vec::new() };
        if let Expression::Array(items) = &attribute.value {
            let evaluated = items.iter().filter_map(|item| match self.scope.eval(item) {
                Ok(value) => Some((value, self.scope.source.at(item.span()))),
                Err(fault) => {
                    self.report(fault);
                    None
                }
            });
            return evaluated.collect();
        }
        match self.value(name) {
            Some(Value::List(items)) => {
                items.into_iter().map(|item| (item, self.position_of(name))).collect()
            }
            Some(other) => {
                self.expected(name, "a list", &other);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    pub fn blocks(&self, name: &'a str) -> impl Iterator<Item = &'a Block> + use<'a> {
        self.block.body.get_blocks(name)
    }

    /// The block `name`, which may stand here once.
    pub fn single(&self, name: &'a str) -> Option<&'a Block> {
        let mut blocks = self.blocks(name);
        let first = blocks.next();
        for repeated in blocks {
            let message = format!("{} has one `{name}`", self.what);
            self.report(self.scope.fault(code::DUPLICATE, repeated, message));
        }
        first
    }

    /// Reports each of `names` after the first that is there.
    pub fn exclusive(&self, names: &[&'static str]) {
        let present = |name: &&&str| self.has(name) || self.block.body.has_blocks(name);
        let mut present = names.iter().filter(present);
        if let Some(first) = present.next() {
            for other in present {
                let message = format!("{} has `{first}` or `{other}`, never both", self.what);
                self.report(Diagnostic::new(code::CONFLICT, &self.position_of(other), message));
            }
        }
    }

    /// A number exactly as it is written, so that no digit is lost.
    pub fn number_text(&self, name: &str) -> Option<String> {
        let attribute = self.attribute(name)?;
        let Expression::Number(_) = &attribute.value else { return None };
        let text = self.scope.source.text.get(attribute.value.span()?)?.trim();
        functions::parse_number(text).map(|_| text.to_owned())
    }
}
