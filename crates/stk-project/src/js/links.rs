//! What a module takes from others, and gives to them.

use std::collections::BTreeMap;

use oxc::ast::ast::{
    BindingPattern, Declaration, ExportFromDeclaration, ImportDeclaration, ImportDeclarationSpecifier,
    ModuleExportName, Program, Statement,
};
use oxc::span::GetSpan as _;

/// Imports and exports of one module. Places are byte offsets.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// In the order of the file, re-exports among them.
    pub imports: Vec<Import>,
    /// By name.
    pub exports: BTreeMap<String, Export>,
    /// Imports of `export * from`.
    pub stars: Vec<usize>,
    pub dynamic: Vec<DynamicImport>,
}

#[derive(Debug)]
pub(crate) struct Import {
    pub specifier: String,
    pub at: usize,
    /// The names that it asks for; none for a namespace or for effects alone.
    pub names: Vec<(String, usize)>,
}

/// Of a re-export: which import, and the name there; without a name the namespace as a whole.
pub(crate) type Export = Option<(usize, Option<String>)>;

#[derive(Debug)]
pub(crate) struct DynamicImport {
    pub specifier: String,
    pub at: usize,
    /// The module does not go on before it: `await` outside of every function.
    pub awaited: bool,
}

/// Links of a program without types.
pub(super) fn of(program: &Program<'_>, dynamic: Vec<DynamicImport>) -> Links {
    let mut links = Links { dynamic, ..Links::default() };
    for statement in &program.body {
        match statement {
            Statement::ImportDeclaration(import) => links.imports.push(import_of(import)),
            Statement::ExportFromDeclaration(export) => links.re_export(export),
            Statement::ExportAllDeclaration(export) => {
                let index = links.imports.len();
                links.imports.push(Import {
                    specifier: export.source.value.to_string(),
                    at: export.source.span.start as usize,
                    names: Vec::new(),
                });
                match &export.exported {
                    Some(name) => links.export(&name_of(name), Some((index, None))),
                    None => links.stars.push(index),
                }
            }
            Statement::ExportDefaultDeclaration(_) => links.export("default", None),
            Statement::ExportDeclaration(export) => {
                for name in declared_names(&export.declaration) {
                    links.export(&name, None);
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    links.export(&name_of(&specifier.exported), None);
                }
            }
            _ => {}
        }
    }
    links
}

impl Links {
    fn export(&mut self, name: &str, from: Export) {
        self.exports.insert(name.to_owned(), from);
    }

    fn re_export(&mut self, export: &ExportFromDeclaration<'_>) {
        let index = self.imports.len();
        let mut names = Vec::new();
        for specifier in &export.specifiers {
            let name = name_of(&specifier.local);
            names.push((name.clone(), specifier.local.span().start as usize));
            self.export(&name_of(&specifier.exported), Some((index, Some(name))));
        }
        let at = export.source.span.start as usize;
        self.imports.push(Import { specifier: export.source.value.to_string(), at, names });
    }
}

fn import_of(import: &ImportDeclaration<'_>) -> Import {
    let names = import.specifiers.iter().flatten().filter_map(|specifier| match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(specifier) => {
            Some((name_of(&specifier.imported), specifier.span.start as usize))
        }
        ImportDeclarationSpecifier::ImportDefaultSpecifier(specifier) => {
            Some(("default".to_owned(), specifier.span.start as usize))
        }
        ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => None,
    });
    Import {
        specifier: import.source.value.to_string(),
        at: import.source.span.start as usize,
        names: names.collect(),
    }
}

pub(super) fn name_of(name: &ModuleExportName<'_>) -> String {
    match name {
        ModuleExportName::IdentifierName(name) => name.name.to_string(),
        ModuleExportName::IdentifierReference(name) => name.name.to_string(),
        ModuleExportName::StringLiteral(name) => name.value.to_string(),
    }
}

/// Names of values that a declaration makes.
fn declared_names(declaration: &Declaration<'_>) -> Vec<String> {
    let mut names = Vec::new();
    match declaration {
        Declaration::VariableDeclaration(variables) => {
            for variable in &variables.declarations {
                pattern_names(&variable.id, &mut names);
            }
        }
        Declaration::FunctionDeclaration(function) => {
            names.extend(function.id.as_ref().map(|id| id.name.to_string()));
        }
        Declaration::ClassDeclaration(class) => names.extend(class.id.as_ref().map(|id| id.name.to_string())),
        _ => {}
    }
    names
}

fn pattern_names(pattern: &BindingPattern<'_>, names: &mut Vec<String>) {
    match pattern {
        BindingPattern::BindingIdentifier(id) => names.push(id.name.to_string()),
        BindingPattern::ObjectPattern(object) => {
            object.properties.iter().for_each(|property| pattern_names(&property.value, names));
            object.rest.iter().for_each(|rest| pattern_names(&rest.argument, names));
        }
        BindingPattern::ArrayPattern(array) => {
            array.elements.iter().flatten().for_each(|element| pattern_names(element, names));
            array.rest.iter().for_each(|rest| pattern_names(&rest.argument, names));
        }
        BindingPattern::AssignmentPattern(assignment) => pattern_names(&assignment.left, names),
    }
}
