//! The handler of a logic: what a file exports as its default.

use oxc::ast::ast::{
    BindingPattern, ExportDefaultDeclarationKind, Expression, FormalParameters, Program, Statement, TSType,
    VariableDeclarator,
};
use oxc::span::GetSpan as _;

use super::links::name_of;
use super::types::{TypeExpr, read_type};

/// A default export. Places are byte offsets.
#[derive(Debug, Default)]
pub(crate) struct Handler {
    pub at: usize,
    /// What it is, where it can not be a function.
    pub not_function: Option<&'static str>,
    /// Names that its first parameter takes out of the params, where it takes nothing else.
    pub taken: Vec<(String, usize)>,
    /// What it is declared to return, and where.
    pub returns: Option<(TypeExpr, usize)>,
}

/// The default export of a program, types still in it.
pub(super) fn find(program: &Program<'_>) -> Option<Handler> {
    for statement in &program.body {
        match statement {
            Statement::ExportDefaultDeclaration(export) => {
                let at = export.declaration.span().start as usize;
                return of_default(program, &export.declaration).map(|handler| Handler { at, ..handler });
            }
            Statement::ExportNamedDeclaration(export) if export.export_kind.is_value() => {
                let default =
                    export.specifiers.iter().find(|specifier| name_of(&specifier.exported) == "default");
                if let Some(specifier) = default {
                    let at = specifier.span.start as usize;
                    return Some(Handler { at, ..of_name(program, &name_of(&specifier.local)) });
                }
            }
            Statement::ExportFromDeclaration(export) if export.export_kind.is_value() => {
                let default =
                    export.specifiers.iter().find(|specifier| name_of(&specifier.exported) == "default");
                if let Some(specifier) = default {
                    return Some(Handler { at: specifier.span.start as usize, ..Handler::default() });
                }
            }
            _ => {}
        }
    }
    None
}

fn of_default(program: &Program<'_>, declaration: &ExportDefaultDeclarationKind<'_>) -> Option<Handler> {
    Some(match declaration {
        ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
            if function.generator {
                return Some(Handler { not_function: Some("a generator"), ..Handler::default() });
            }
            of_function(
                &function.params,
                function.return_type.as_deref().map(|returns| &returns.type_annotation),
            )
        }
        ExportDefaultDeclarationKind::ClassDeclaration(_) => {
            Handler { not_function: Some("a class"), ..Handler::default() }
        }
        ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return None,
        declaration => of_expression(program, declaration.as_expression()?, 0),
    })
}

/// `depth` bounds names of names.
fn of_expression(program: &Program<'_>, expression: &Expression<'_>, depth: usize) -> Handler {
    let not = |what| Handler { not_function: Some(what), ..Handler::default() };
    match expression {
        Expression::ParenthesizedExpression(inner) => of_expression(program, &inner.expression, depth),
        Expression::TSSatisfiesExpression(inner) => {
            typed_as(of_expression(program, &inner.expression, depth), &inner.type_annotation)
        }
        Expression::TSAsExpression(inner) => {
            typed_as(of_expression(program, &inner.expression, depth), &inner.type_annotation)
        }
        Expression::ArrowFunctionExpression(function) => of_function(
            &function.params,
            function.return_type.as_deref().map(|returns| &returns.type_annotation),
        ),
        Expression::FunctionExpression(function) if function.generator => not("a generator"),
        Expression::FunctionExpression(function) => of_function(
            &function.params,
            function.return_type.as_deref().map(|returns| &returns.type_annotation),
        ),
        Expression::Identifier(name) if depth < 4 => of_name_at(program, name.name.as_str(), depth + 1),
        Expression::ObjectExpression(_) => not("an object"),
        Expression::ArrayExpression(_) => not("an array"),
        Expression::ClassExpression(_) => not("a class"),
        Expression::StringLiteral(_) | Expression::TemplateLiteral(_) => not("text"),
        Expression::NumericLiteral(_) | Expression::BigIntLiteral(_) => not("a number"),
        Expression::BooleanLiteral(_) | Expression::NullLiteral(_) => not("a constant"),
        _ => Handler::default(),
    }
}

fn of_name(program: &Program<'_>, name: &str) -> Handler {
    of_name_at(program, name, 0)
}

/// A name that the file declares at its top.
fn of_name_at(program: &Program<'_>, name: &str, depth: usize) -> Handler {
    for statement in &program.body {
        match statement {
            Statement::FunctionDeclaration(function)
                if function.body.is_some()
                    && function.id.as_ref().is_some_and(|id| id.name.as_str() == name) =>
            {
                let returns = function.return_type.as_deref().map(|returns| &returns.type_annotation);
                return of_function(&function.params, returns);
            }
            Statement::VariableDeclaration(variables) => {
                let found = variables.declarations.iter().find(|variable| is_called(variable, name));
                let Some(variable) = found else { continue };
                let Some(value) = &variable.init else { continue };
                let handler = of_expression(program, value, depth);
                return match &variable.type_annotation {
                    Some(annotation) => typed_as(handler, &annotation.type_annotation),
                    None => handler,
                };
            }
            _ => {}
        }
    }
    Handler::default()
}

fn is_called(variable: &VariableDeclarator<'_>, name: &str) -> bool {
    matches!(&variable.id, BindingPattern::BindingIdentifier(id) if id.name.as_str() == name)
}

fn of_function(parameters: &FormalParameters<'_>, returns: Option<&TSType<'_>>) -> Handler {
    let mut handler = Handler {
        returns: returns.map(|returns| (read_type(returns), returns.span().start as usize)),
        ..Handler::default()
    };
    let first = parameters.items.first().map(|parameter| &parameter.pattern);
    if let Some(BindingPattern::ObjectPattern(object)) = first {
        for property in &object.properties {
            if let Some(name) = property.key.static_name() {
                handler.taken.push((name.into_owned(), property.key.span().start as usize));
            }
        }
    }
    handler
}

/// Where the function does not say itself what it returns, `Handler<Params, Result>` around it does.
fn typed_as(handler: Handler, annotation: &TSType<'_>) -> Handler {
    if handler.returns.is_some() {
        return handler;
    }
    let TypeExpr::Reference { name, mut args } = read_type(annotation) else { return handler };
    if name.last().is_none_or(|name| name != "Handler") || args.len() != 2 {
        return handler;
    }
    let returns = args.pop().map(|result| (result, annotation.span().start as usize));
    Handler { returns, ..handler }
}
