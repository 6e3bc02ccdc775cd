//! From the syntax tree to [`TypeExpr`].

use oxc::allocator::Allocator;
use oxc::ast::ast::{
    Declaration as AstDeclaration, Expression, ImportDeclarationSpecifier, Program, PropertyKey, Statement,
    TSEnumDeclaration, TSEnumMemberName, TSInterfaceDeclaration, TSLiteral, TSSignature, TSTupleElement,
    TSType, TSTypeAliasDeclaration, TSTypeName, TSTypeOperatorOperator, TSTypeParameterDeclaration,
    TSTypeParameterInstantiation,
};
use oxc::parser::Parser;
use oxc::span::SourceType;

use super::super::links::name_of;
use super::{Declaration, Member, TypeExpr, TypeTable};

/// Reads the text of one type.
pub(super) fn read_text(text: &str) -> Result<TypeExpr, String> {
    let allocator = Allocator::default();
    let source = format!("type T = {text}\n;");
    let parsed = Parser::new(&allocator, &source, SourceType::ts().with_module(true)).parse();
    if let Some(diagnostic) = parsed.diagnostics.first() {
        return Err(diagnostic.message.to_string());
    }
    let mut statements =
        parsed.program.body.iter().filter(|statement| !matches!(statement, Statement::EmptyStatement(_)));
    match (statements.next(), statements.next()) {
        (Some(Statement::TSTypeAliasDeclaration(alias)), None) => Ok(read_type(&alias.type_annotation)),
        _ => Err("it is more than one type".to_owned()),
    }
}

/// The types of a program.
pub(in super::super) fn table(program: &Program<'_>) -> TypeTable {
    let mut table = TypeTable::default();
    for statement in &program.body {
        match statement {
            Statement::ImportDeclaration(import) => {
                let from = import.source.value.to_string();
                for specifier in import.specifiers.iter().flatten() {
                    let (local, there) = match specifier {
                        ImportDeclarationSpecifier::ImportSpecifier(specifier) => {
                            (&specifier.local, name_of(&specifier.imported))
                        }
                        ImportDeclarationSpecifier::ImportDefaultSpecifier(specifier) => {
                            (&specifier.local, "default".to_owned())
                        }
                        ImportDeclarationSpecifier::ImportNamespaceSpecifier(specifier) => {
                            (&specifier.local, "*".to_owned())
                        }
                    };
                    table.imported.insert(local.name.to_string(), (from.clone(), there));
                }
            }
            Statement::ExportFromDeclaration(export) => {
                for specifier in &export.specifiers {
                    let from = (export.source.value.to_string(), name_of(&specifier.local));
                    table.re_exported.insert(name_of(&specifier.exported), from);
                }
            }
            Statement::ExportAllDeclaration(export) if export.exported.is_none() => {
                table.stars.push(export.source.value.to_string());
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    table.exported.insert(name_of(&specifier.exported), name_of(&specifier.local));
                }
            }
            Statement::ExportDeclaration(export) => {
                if let Some(name) = table.declare(&export.declaration) {
                    table.exported.insert(name.clone(), name);
                }
            }
            statement => {
                if let Some(declaration) = statement.as_declaration() {
                    table.declare(declaration);
                }
            }
        }
    }
    table
}

impl TypeTable {
    /// Takes a declaration in, if it is one of a type; gives its name.
    fn declare(&mut self, declaration: &AstDeclaration<'_>) -> Option<String> {
        match declaration {
            AstDeclaration::TSTypeAliasDeclaration(alias) => Some(self.alias(alias)),
            AstDeclaration::TSInterfaceDeclaration(interface) => Some(self.interface(interface)),
            AstDeclaration::TSEnumDeclaration(declaration) => Some(self.enumeration(declaration)),
            AstDeclaration::ClassDeclaration(class) => {
                let name = class.id.as_ref()?.name.to_string();
                let parts = vec![TypeExpr::Other("a class")];
                self.declared
                    .insert(name.clone(), Declaration { parts, is_value: true, ..Declaration::default() });
                Some(name)
            }
            _ => None,
        }
    }

    fn alias(&mut self, alias: &TSTypeAliasDeclaration<'_>) -> String {
        let declaration = Declaration {
            params: parameters(alias.type_parameters.as_deref()),
            parts: vec![read_type(&alias.type_annotation)],
            is_value: false,
        };
        self.declared.insert(alias.id.name.to_string(), declaration);
        alias.id.name.to_string()
    }

    fn interface(&mut self, interface: &TSInterfaceDeclaration<'_>) -> String {
        let name = interface.id.name.to_string();
        let declaration = self.declared.entry(name.clone()).or_default();
        declaration.params = parameters(interface.type_parameters.as_deref());
        for heritage in &interface.extends {
            declaration.parts.push(TypeExpr::Reference {
                name: qualified(&heritage.type_name),
                args: arguments(heritage.type_arguments.as_deref()),
            });
        }
        declaration.parts.push(TypeExpr::Object(members(&interface.body.body)));
        name
    }

    /// The union of its values, where they are constants.
    fn enumeration(&mut self, declaration: &TSEnumDeclaration<'_>) -> String {
        let mut values = Vec::new();
        let mut next = Some(0.0);
        for member in &declaration.body.members {
            // A member that is computed from others may be any number.
            let value = match &member.initializer {
                None => next.map(number),
                Some(Expression::StringLiteral(text)) => {
                    Some(serde_json::Value::from(text.value.as_str()).to_string())
                }
                Some(Expression::NumericLiteral(literal)) => {
                    next = Some(literal.value);
                    Some(number(literal.value))
                }
                Some(_) => None,
            };
            next = match &member.initializer {
                None | Some(Expression::NumericLiteral(_)) => next.map(|next| next + 1.0),
                Some(_) => None,
            };
            let name = match &member.id {
                TSEnumMemberName::Identifier(name) => Some(name.name.to_string()),
                TSEnumMemberName::String(name) | TSEnumMemberName::ComputedString(name) => {
                    Some(name.value.to_string())
                }
                TSEnumMemberName::ComputedTemplateString(_) => None,
            };
            let value = value.map_or(TypeExpr::Other("a computed member of an enum"), TypeExpr::Literal);
            if let Some(name) = name {
                let key = format!("{}.{name}", declaration.id.name);
                let parts = vec![value.clone()];
                self.declared.insert(key, Declaration { parts, is_value: true, ..Declaration::default() });
            }
            values.push(value);
        }
        let name = declaration.id.name.to_string();
        let parts = vec![TypeExpr::Union(values)];
        self.declared.insert(name.clone(), Declaration { parts, is_value: true, ..Declaration::default() });
        name
    }
}

fn number(value: f64) -> String {
    serde_json::Number::from_f64(value)
        .map_or("null".to_owned(), |number| number.to_string().trim_end_matches(".0").to_owned())
}

fn parameters(declaration: Option<&TSTypeParameterDeclaration<'_>>) -> Vec<(String, Option<TypeExpr>)> {
    let params = declaration.map(|declaration| declaration.params.iter()).into_iter().flatten();
    params.map(|param| (param.name.name.to_string(), param.default.as_ref().map(read_type))).collect()
}

fn arguments(instantiation: Option<&TSTypeParameterInstantiation<'_>>) -> Vec<TypeExpr> {
    instantiation
        .map(|instantiation| instantiation.params.iter().map(read_type).collect())
        .unwrap_or_default()
}

/// `a.b.C` in its parts.
fn qualified(name: &TSTypeName<'_>) -> Vec<String> {
    match name {
        TSTypeName::IdentifierReference(name) => vec![name.name.to_string()],
        TSTypeName::QualifiedName(name) => {
            let mut parts = qualified(&name.left);
            parts.push(name.right.name.to_string());
            parts
        }
        TSTypeName::ThisExpression(_) => vec!["this".to_owned()],
    }
}

/// One type.
pub(in super::super) fn read_type(of: &TSType<'_>) -> TypeExpr {
    let all =
        |types: &oxc::allocator::ArenaVec<'_, TSType<'_>>| types.iter().map(read_type).collect::<Vec<_>>();
    match of {
        TSType::TSAnyKeyword(_) | TSType::TSUnknownKeyword(_) | TSType::TSObjectKeyword(_) => TypeExpr::Any,
        TSType::TSNeverKeyword(_) => TypeExpr::Never,
        TSType::TSNullKeyword(_) => TypeExpr::Null,
        TSType::TSUndefinedKeyword(_) | TSType::TSVoidKeyword(_) => TypeExpr::Undefined,
        TSType::TSBooleanKeyword(_) => TypeExpr::Boolean,
        TSType::TSNumberKeyword(_) => TypeExpr::Number,
        TSType::TSStringKeyword(_) => TypeExpr::String,
        TSType::TSBigIntKeyword(_) => TypeExpr::Bigint,
        TSType::TSSymbolKeyword(_) | TSType::TSFunctionType(_) | TSType::TSConstructorType(_) => {
            TypeExpr::Left
        }
        TSType::TSLiteralType(literal) => read_literal(&literal.literal),
        TSType::TSTemplateLiteralType(_) => TypeExpr::String,
        TSType::TSArrayType(array) => TypeExpr::Array(Box::new(read_type(&array.element_type))),
        TSType::TSTupleType(tuple) => read_tuple(&tuple.element_types),
        TSType::TSTypeLiteral(literal) => TypeExpr::Object(members(&literal.members)),
        TSType::TSUnionType(union) => TypeExpr::Union(all(&union.types)),
        TSType::TSIntersectionType(intersection) => TypeExpr::Intersection(all(&intersection.types)),
        TSType::TSParenthesizedType(inner) => read_type(&inner.type_annotation),
        TSType::TSTypeReference(reference) => TypeExpr::Reference {
            name: qualified(&reference.type_name),
            args: arguments(reference.type_arguments.as_deref()),
        },
        TSType::TSIndexedAccessType(access) => TypeExpr::Indexed(
            Box::new(read_type(&access.object_type)),
            Box::new(read_type(&access.index_type)),
        ),
        TSType::TSTypeOperatorType(operator) => match operator.operator {
            TSTypeOperatorOperator::Readonly => read_type(&operator.type_annotation),
            TSTypeOperatorOperator::Keyof => TypeExpr::Keyof(Box::new(read_type(&operator.type_annotation))),
            TSTypeOperatorOperator::Unique => TypeExpr::Left,
        },
        TSType::TSTypePredicate(_) => TypeExpr::Boolean,
        TSType::TSConditionalType(_) => TypeExpr::Other("a conditional type"),
        TSType::TSMappedType(_) => TypeExpr::Other("a mapped type"),
        TSType::TSTypeQuery(_) => TypeExpr::Other("`typeof`"),
        TSType::TSImportType(_) => TypeExpr::Other("`import(…)`"),
        _ => TypeExpr::Other("this kind of type"),
    }
}

fn read_literal(literal: &TSLiteral<'_>) -> TypeExpr {
    match literal {
        TSLiteral::BooleanLiteral(literal) => TypeExpr::Literal(literal.value.to_string()),
        TSLiteral::NumericLiteral(literal) => TypeExpr::Literal(number(literal.value)),
        TSLiteral::StringLiteral(literal) => {
            TypeExpr::Literal(serde_json::Value::from(literal.value.as_str()).to_string())
        }
        TSLiteral::UnaryExpression(unary) => match &unary.argument {
            Expression::NumericLiteral(literal) => TypeExpr::Literal(number(-literal.value)),
            _ => TypeExpr::Bigint,
        },
        TSLiteral::BigIntLiteral(_) => TypeExpr::Bigint,
        TSLiteral::TemplateLiteral(_) => TypeExpr::String,
    }
}

fn read_tuple(elements: &[TSTupleElement<'_>]) -> TypeExpr {
    let mut types = Vec::new();
    for element in elements {
        match element {
            TSTupleElement::TSNamedTupleMember(member) if !member.optional => {
                match member.element_type.as_ts_type() {
                    Some(named) => types.push(read_type(named)),
                    None => return TypeExpr::Other("a tuple of no fixed length"),
                }
            }
            TSTupleElement::TSOptionalType(_)
            | TSTupleElement::TSRestType(_)
            | TSTupleElement::TSNamedTupleMember(_) => return TypeExpr::Other("a tuple of no fixed length"),
            element => types.extend(element.as_ts_type().map(read_type)),
        }
    }
    TypeExpr::Tuple(types)
}

fn members(signatures: &[TSSignature<'_>]) -> Vec<Member> {
    let mut members = Vec::new();
    for signature in signatures {
        match signature {
            TSSignature::TSPropertySignature(property) => {
                let Some(name) = key(&property.key) else { continue };
                let value = property.type_annotation.as_ref();
                let value = value.map_or(TypeExpr::Any, |annotation| read_type(&annotation.type_annotation));
                members.push(Member::Field { name, optional: property.optional, value });
            }
            TSSignature::TSIndexSignature(index) => {
                members.push(Member::Rest(read_type(&index.type_annotation.type_annotation)));
            }
            TSSignature::TSMethodSignature(method) => {
                // An object that writes itself is not what its type says.
                if key(&method.key).as_deref() == Some("toJSON") {
                    let value = TypeExpr::Other("an object with `toJSON`");
                    members.push(Member::Field { name: "toJSON".to_owned(), optional: false, value });
                }
            }
            TSSignature::TSCallSignatureDeclaration(_) | TSSignature::TSConstructSignatureDeclaration(_) => {}
        }
    }
    members
}

fn key(key: &PropertyKey<'_>) -> Option<String> {
    key.static_name().map(|name| name.into_owned())
}
