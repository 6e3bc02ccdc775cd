//! Texts that stand in the code as constants: literals, templates, `+` of them, and `const` names of them.

use std::collections::HashMap;

use oxc::ast::ast::{BindingPattern, Expression, TemplateLiteral, VariableDeclaration};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{Scoping, SymbolId};
use oxc::syntax::operator::BinaryOperator;

use crate::project::Piece;
use crate::text::SourceText;

/// A constant text, and where its characters stand in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Constant {
    pub text: String,
    pub pieces: Vec<Piece>,
}

/// Bytes of the longest constant that is followed: each may be twice the one before it.
const BYTES_MAX: usize = 64 * 1024;

/// How often names of names are followed.
const ROUNDS_MAX: usize = 8;

/// Constants of one file.
pub(super) struct Constants<'t> {
    scoping: &'t Scoping,
    source: &'t SourceText,
    named: HashMap<SymbolId, Constant>,
}

impl<'t> Constants<'t> {
    /// Collects every `const` of a constant text; those that name others may come in any order.
    pub(super) fn of(
        program: &oxc::ast::ast::Program<'_>,
        scoping: &'t Scoping,
        source: &'t SourceText,
    ) -> Constants<'t> {
        let mut constants = Constants { scoping, source, named: HashMap::new() };
        for _ in 0..ROUNDS_MAX {
            let known = constants.named.len();
            constants.visit_program(program);
            if constants.named.len() == known {
                break;
            }
        }
        constants
    }

    pub(super) fn read(&self, expression: &Expression<'_>) -> Option<Constant> {
        match expression.get_inner_expression() {
            Expression::StringLiteral(literal) if !literal.lone_surrogates => {
                let (start, end) = (literal.span.start as usize, literal.span.end as usize);
                let raw = &self.source.as_str()[start + 1..end - 1];
                Some(self.piece(&literal.value, raw, start + 1, start))
            }
            Expression::TemplateLiteral(template) => self.template(template),
            Expression::BinaryExpression(binary) if binary.operator == BinaryOperator::Addition => {
                let mut left = self.read(&binary.left)?;
                left.append(self.read(&binary.right)?);
                (left.text.len() <= BYTES_MAX).then_some(left)
            }
            Expression::Identifier(name) => {
                let symbol = self.scoping.get_reference(name.reference_id.get()?).symbol_id()?;
                self.named.get(&symbol).cloned()
            }
            _ => None,
        }
    }

    fn template(&self, template: &TemplateLiteral<'_>) -> Option<Constant> {
        let mut whole = Constant::default();
        // The texts stand between the backtick or brace before them and what comes after.
        let mut start = template.span.start as usize + 1;
        for (index, text) in template.quasis.iter().enumerate() {
            if text.lone_surrogates {
                return None;
            }
            whole.append(self.piece(
                &text.value.cooked?,
                &text.value.raw,
                start,
                template.span.start as usize,
            ));
            if let Some(expression) = template.expressions.get(index) {
                whole.append(self.read(expression)?);
                if whole.text.len() > BYTES_MAX {
                    return None;
                }
                let next = template.quasis.get(index + 1)?;
                start = next.span.start as usize;
                // Whether the span holds the brace is the parser's business.
                if self.source.as_str()[start..].starts_with('}') {
                    start += 1;
                }
            }
        }
        Some(whole)
    }

    /// One to one where the text is as it is written; else all of it is where it begins.
    fn piece(&self, text: &str, written: &str, start: usize, begin: usize) -> Constant {
        let same = text == written;
        let file = self.source.char_of_byte(if same { start } else { begin });
        Constant { text: text.to_owned(), pieces: vec![Piece { compiled: 0, file, bind: !same }] }
    }
}

impl Constant {
    fn append(&mut self, other: Constant) {
        if other.text.is_empty() {
            return;
        }
        let shift = self.text.chars().count();
        if self.text.is_empty() {
            self.pieces.clear();
        }
        self.text.push_str(&other.text);
        self.pieces.extend(
            other.pieces.into_iter().map(|piece| Piece { compiled: piece.compiled + shift, ..piece }),
        );
    }
}

impl<'a> Visit<'a> for Constants<'_> {
    fn visit_variable_declaration(&mut self, variables: &VariableDeclaration<'a>) {
        if variables.kind.is_const() {
            for variable in &variables.declarations {
                let BindingPattern::BindingIdentifier(name) = &variable.id else { continue };
                let Some(symbol) = name.symbol_id.get() else { continue };
                if let Some(constant) = variable.init.as_ref().and_then(|value| self.read(value)) {
                    self.named.insert(symbol, constant);
                }
            }
        }
        walk::walk_variable_declaration(self, variables);
    }
}
