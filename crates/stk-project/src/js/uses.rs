//! What the code of a file does: statements that it runs, what it asks `context` for, imports while it runs, and syntax
//! and globals that an engine does not have.

use std::collections::HashMap;

use oxc::ast::ast::{
    Argument, AwaitExpression, BindingPattern, CallExpression, Class, Decorator, ExportAllDeclaration,
    ExportFromDeclaration, Expression, FormalParameters, Function, ImportDeclaration, ImportExpression,
    Program, StaticMemberExpression, VariableDeclaration, VariableDeclarationKind, WithClause,
};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{ScopeFlags, Scoping, SymbolId};
use oxc::span::{GetSpan as _, Span};

use super::Uses;
use super::constants::{Constant, Constants};
use super::links::DynamicImport;
use crate::code::Code;
use crate::findings::Findings;
use crate::project::{ConstantQuery, Positions};
use crate::text::SourceText;
use std::sync::Arc;

/// What looking through a file gave.
pub(super) struct Looked {
    pub uses: Uses,
    pub dynamic: Vec<DynamicImport>,
    pub whole: bool,
}

/// Globals of other places where JavaScript runs, and what stands for them here.
const ELSEWHERE: [(&str, &str); 16] = [
    ("require", "use `import`, of files under `logic/`"),
    ("module", "use `export`"),
    ("exports", "use `export`"),
    ("process", "secrets are read with `context.getSecret`"),
    ("Buffer", "use `Uint8Array`, `TextEncoder`, `atob` and `btoa`"),
    ("global", "write `globalThis`"),
    ("setImmediate", "use `setTimeout`"),
    ("__dirname", "logic has no files"),
    ("__filename", "logic has no files"),
    ("window", "logic does not run in a browser"),
    ("document", "logic does not run in a browser"),
    ("localStorage", "nothing is kept between two calls but in a database"),
    ("sessionStorage", "nothing is kept between two calls but in a database"),
    ("XMLHttpRequest", "use `fetch`"),
    ("Deno", "logic does not run in Deno"),
    ("Bun", "logic does not run in Bun"),
];

/// Looks through a file.
pub(super) fn look(
    program: &Program<'_>,
    scoping: &Scoping,
    text: &Arc<SourceText>,
    findings: &mut Findings,
) -> Looked {
    let constants = Constants::of(program, scoping, text);
    let mut look = Look {
        text,
        scoping,
        constants,
        findings,
        transactions: HashMap::new(),
        parts: HashMap::new(),
        functions: 0,
        awaits: 0,
        looked: Looked { uses: Uses::default(), dynamic: Vec::new(), whole: true },
    };
    look.visit_program(program);
    let looked = look.looked;
    for (name, instead) in ELSEWHERE {
        let references =
            scoping.root_unresolved_references().iter().find(|(known, _)| known.as_str() == name);
        if references.is_some() {
            let at = first_mention(program, name);
            findings
                .add(
                    Code::JsGlobal,
                    text.position_of_byte(at),
                    format!("there is no `{name}` where logic runs"),
                )
                .hint(instead);
        }
    }
    looked
}

/// The first place where a name that nothing declares is mentioned.
fn first_mention(program: &Program<'_>, name: &str) -> usize {
    struct Find<'n> {
        name: &'n str,
        at: Option<usize>,
    }
    impl<'a> Visit<'a> for Find<'_> {
        fn visit_identifier_reference(&mut self, identifier: &oxc::ast::ast::IdentifierReference<'a>) {
            if self.at.is_none() && identifier.name.as_str() == self.name {
                self.at = Some(identifier.span.start as usize);
            }
        }
    }
    let mut find = Find { name, at: None };
    find.visit_program(program);
    find.at.unwrap_or_default()
}

/// A part of `context`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Db,
    Invoke,
    GetSecret,
    Request,
}

impl Part {
    fn of(name: &str) -> Option<Part> {
        Some(match name {
            "db" => Part::Db,
            "invoke" => Part::Invoke,
            "getSecret" => Part::GetSecret,
            "request" => Part::Request,
            _ => return None,
        })
    }
}

struct Look<'t, 'f> {
    text: &'t Arc<SourceText>,
    scoping: &'t Scoping,
    constants: Constants<'t>,
    findings: &'f mut Findings,
    /// Aliases of transactions, by what the callback calls them.
    transactions: HashMap<SymbolId, String>,
    /// Parts of `context` that a function takes out of its second parameter.
    parts: HashMap<SymbolId, Part>,
    /// How many functions this is inside of.
    functions: usize,
    /// How many `await`s outside of every function this is inside of.
    awaits: usize,
    looked: Looked,
}

impl Look<'_, '_> {
    fn refuse(&mut self, span: Span, what: &str, hint: &str) {
        let at = self.text.position_of_byte(span.start as usize);
        self.findings.add(Code::JsUnsupported, at, format!("{what} where logic runs")).hint(hint);
        self.looked.whole = false;
    }

    fn attributes(&mut self, clause: Option<&WithClause<'_>>) {
        if let Some(clause) = clause {
            self.refuse(
                clause.span,
                "there are no import attributes",
                "make it a module: `export const data = { … };` in a `.js` file",
            );
        }
    }

    fn constant(&self, argument: Option<&Argument<'_>>) -> Option<(Constant, usize)> {
        let expression = argument?.as_expression()?;
        Some((self.constants.read(expression)?, expression.span().start as usize))
    }

    fn symbol(&self, expression: &Expression<'_>) -> Option<SymbolId> {
        let Expression::Identifier(name) = expression.get_inner_expression() else { return None };
        self.scoping.get_reference(name.reference_id.get()?).symbol_id()
    }

    fn query(&mut self, alias: &str, constant: Constant) {
        let positions = Positions { pieces: constant.pieces, text: self.text.clone(), at: None };
        self.looked.uses.queries.push(ConstantQuery {
            alias: alias.to_owned(),
            sql: constant.text,
            positions,
        });
    }

    /// The part of `context` that an expression is: `context.db`, or `db` where a function took it out.
    fn part(&self, expression: &Expression<'_>) -> Option<Part> {
        match expression.get_inner_expression() {
            Expression::StaticMemberExpression(member) => match Part::of(member.property.name.as_str())? {
                // These names are not rare elsewhere.
                part @ (Part::Invoke | Part::GetSecret) => is_context(&member.object).then_some(part),
                part => Some(part),
            },
            Expression::Identifier(name) => {
                let part = self.symbol(expression).and_then(|symbol| self.parts.get(&symbol).copied());
                // Helpers are given it by this name.
                part.or((name.name.as_str() == "db").then_some(Part::Db))
            }
            _ => None,
        }
    }

    fn call(&mut self, call: &CallExpression<'_>) {
        let first = self.constant(call.arguments.first());
        match self.part(&call.callee) {
            Some(Part::Invoke) => self.looked.uses.invokes.extend(first.map(|(path, at)| (path.text, at))),
            Some(Part::GetSecret) => self.looked.uses.secrets.extend(first.map(|(name, at)| (name.text, at))),
            _ => self.method(call, first),
        }
    }

    /// `db.query`, `tx.query` and `db.transaction`.
    fn method(&mut self, call: &CallExpression<'_>, first: Option<(Constant, usize)>) {
        let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else { return };
        let is_db = self.part(&member.object) == Some(Part::Db);
        match member.property.name.as_str() {
            "query" if is_db => {
                let Some((alias, at)) = first else { return };
                if let Some((sql, _)) = self.constant(call.arguments.get(1)) {
                    self.query(&alias.text, sql);
                }
                self.looked.uses.aliases.push((alias.text, at));
            }
            "query" => {
                let alias =
                    self.symbol(&member.object).and_then(|symbol| self.transactions.get(&symbol).cloned());
                if let (Some(alias), Some((sql, _))) = (alias, first) {
                    self.query(&alias, sql);
                }
            }
            "transaction" if is_db => {
                let Some((alias, at)) = first else { return };
                let callback = call.arguments.iter().skip(1).filter_map(Argument::as_expression);
                for symbol in callback.filter_map(first_parameter) {
                    self.transactions.insert(symbol, alias.text.clone());
                }
                self.looked.uses.aliases.push((alias.text, at));
            }
            _ => {}
        }
    }

    /// `(params, { db, invoke }) => …`.
    fn take_parts(&mut self, parameters: &FormalParameters<'_>) {
        let Some(BindingPattern::ObjectPattern(context)) =
            parameters.items.get(1).map(|second| &second.pattern)
        else {
            return;
        };
        for property in &context.properties {
            let part = property.key.static_name().and_then(|name| Part::of(&name));
            if let (Some(part), BindingPattern::BindingIdentifier(name)) = (part, &property.value)
                && let Some(symbol) = name.symbol_id.get()
            {
                self.parts.insert(symbol, part);
            }
        }
    }
}

/// Every handler of ours calls it so; helpers that are given it mostly do.
fn is_context(expression: &Expression<'_>) -> bool {
    let Expression::Identifier(name) = expression.get_inner_expression() else { return false };
    matches!(name.name.as_str(), "context" | "ctx")
}

/// What a callback calls its first parameter.
fn first_parameter(callback: &Expression<'_>) -> Option<SymbolId> {
    let parameters: &FormalParameters<'_> = match callback.get_inner_expression() {
        Expression::ArrowFunctionExpression(function) => &function.params,
        Expression::FunctionExpression(function) => &function.params,
        _ => return None,
    };
    match &parameters.items.first()?.pattern {
        BindingPattern::BindingIdentifier(name) => name.symbol_id.get(),
        _ => None,
    }
}

impl<'a> Visit<'a> for Look<'_, '_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.call(call);
        walk::walk_call_expression(self, call);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if matches!(member.property.name.as_str(), "user" | "headers")
            && self.part(&member.object) == Some(Part::Request)
        {
            self.looked.uses.identity.push(member.object.span().start as usize);
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if import.options.is_some() {
            self.refuse(import.span, "there are no import attributes", "make it a module of its own");
        }
        match self.constants.read(&import.source) {
            Some(specifier) => self.looked.dynamic.push(DynamicImport {
                specifier: specifier.text,
                at: import.source.span().start as usize,
                awaited: self.functions == 0 && self.awaits > 0,
            }),
            None => {
                let at = self.text.position_of_byte(import.source.span().start as usize);
                let message = "what is imported here is known only once it runs, and a release holds what is known before";
                self.findings
                    .add(Code::JsDynamicImport, at, message)
                    .hint("write the path as a literal: `await import('./name')`");
                self.looked.whole = false;
            }
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_await_expression(&mut self, expression: &AwaitExpression<'a>) {
        let outside = usize::from(self.functions == 0);
        self.awaits += outside;
        walk::walk_await_expression(self, expression);
        self.awaits -= outside;
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.take_parts(&function.params);
        self.functions += 1;
        walk::walk_function(self, function, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, function: &oxc::ast::ast::ArrowFunctionExpression<'a>) {
        self.take_parts(&function.params);
        self.functions += 1;
        walk::walk_arrow_function_expression(self, function);
        self.functions -= 1;
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse(
            decorator.span,
            "there are no decorators",
            "call the function that the decorator would be",
        );
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        if class.declare {
            return;
        }
        walk::walk_class(self, class);
    }

    fn visit_accessor_property(&mut self, property: &oxc::ast::ast::AccessorProperty<'a>) {
        self.refuse(property.span, "there are no `accessor` properties", "write `get` and `set`");
    }

    fn visit_variable_declaration(&mut self, variables: &VariableDeclaration<'a>) {
        if matches!(variables.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.refuse(
                variables.span,
                "there is no `using`",
                "write `const`, and `try { … } finally { … }`",
            );
        }
        walk::walk_variable_declaration(self, variables);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        if import.import_kind.is_value() {
            self.attributes(import.with_clause.as_deref());
        }
        if import.phase.is_some() {
            self.refuse(import.span, "there is no `import defer` or `import source`", "write `import`");
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.attributes(export.with_clause.as_deref());
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.attributes(export.with_clause.as_deref());
    }
}
