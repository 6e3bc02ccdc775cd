//! The top level: blocks by kind, then schemas, enums and tables in the order in which they refer to one another.

use std::collections::HashMap;

use hcl_edit::structure::Block;

use super::eval::{Globals, Scope};
use super::expand::{Named, expand, name_fault};
use super::node::{Grammar, Node};
use super::registry::{Entry, Kind, LookupFault};
use super::source::Source;
use super::tables::{TABLE, table};
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{Enum, Model, Schema};

pub(super) const TOP_LEVEL: [&str; 5] = ["schema", "table", "enum", "variable", "locals"];

/// Blocks of the dialect, and of ours beyond it, that can not be applied yet.
pub(super) const TOP_LEVEL_NOT_DONE: [&str; 16] = [
    "view",
    "materialized",
    "function",
    "procedure",
    "aggregate",
    "trigger",
    "event_trigger",
    "sequence",
    "extension",
    "domain",
    "composite",
    "range",
    "policy",
    "role",
    "user",
    "permission",
];

const SCHEMA: Grammar =
    Grammar { what: "a schema", attributes: &["comment"], blocks: &[], not_done: &[], labels: (1, 1) };

const ENUM: Grammar = Grammar {
    what: "an enum",
    attributes: &["schema", "values", "comment"],
    blocks: &[],
    not_done: &["renamed_from"],
    labels: (1, 2),
};

/// The schema of a project that names none.
const DEFAULT_SCHEMA: &str = "public";

type Located<'a> = (&'a Block, &'a Source<'a>);

#[derive(Default)]
pub(super) struct Document<'a> {
    pub variables: Vec<Located<'a>>,
    pub locals: Vec<Located<'a>>,
    schemas: Vec<Located<'a>>,
    enums: Vec<Located<'a>>,
    tables: Vec<Located<'a>>,
}

impl<'a> Document<'a> {
    /// Takes a block of the top level; false if there is no such kind.
    pub fn add(&mut self, block: &'a Block, source: &'a Source<'a>) -> bool {
        let list = match block.ident.as_str() {
            "variable" => &mut self.variables,
            "locals" => &mut self.locals,
            "schema" => &mut self.schemas,
            "enum" => &mut self.enums,
            "table" => &mut self.tables,
            _ => return false,
        };
        list.push((block, source));
        true
    }

    pub fn build(&self, globals: &'a Globals<'a>) -> Model {
        let mut builder =
            Builder { globals, model: Model::default(), names: Names::default(), columns: Vec::new() };
        for (block, source) in &self.locals {
            let scope = Scope::new(source, globals);
            for attribute in block.body.attributes() {
                if let Err(fault) = scope.local(attribute.key.as_str(), &attribute.value) {
                    globals.report(fault);
                }
            }
        }
        for named in expand_all(&self.schemas, globals, &SCHEMA) {
            builder.schema(&named);
        }
        if builder.model.schemas.is_empty() && !globals.registry.borrow().has(Kind::Schema) {
            builder.default_schema();
        }
        for named in expand_all(&self.enums, globals, &ENUM) {
            builder.enumeration(&named);
        }
        // All tables are known by name before any is read, since they refer to one another.
        let tables: Vec<_> = expand_all(&self.tables, globals, &TABLE)
            .into_iter()
            .map(|named| (builder.table_place(&named), named))
            .collect();
        for (place, named) in &tables {
            table(&mut builder, named, place.as_deref());
        }
        builder.check_columns();
        builder.model
    }
}

fn expand_all<'a>(blocks: &[Located<'a>], globals: &'a Globals<'a>, grammar: &Grammar) -> Vec<Named<'a>> {
    let expanded =
        blocks.iter().flat_map(|(block, source)| expand(block, &Scope::new(source, globals), grammar));
    expanded.collect()
}

/// Names taken so far, by the space in which they must differ.
#[derive(Default)]
pub(super) struct Names {
    taken: HashMap<(String, String), Position>,
}

impl Names {
    /// Takes `name` in `space`, or says who has it. `what` is the new object in words.
    pub fn claim(
        &mut self,
        space: String,
        name: &str,
        position: &Position,
        what: &str,
    ) -> Option<Diagnostic> {
        match self.taken.entry((space, name.to_owned())) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(position.clone());
                None
            }
            std::collections::hash_map::Entry::Occupied(taken) => {
                let first = taken.get();
                Some(
                    Diagnostic::new(code::DUPLICATE, position, format!("{what} `{name}`: the name is taken"))
                        .hint(format!("it stands at {}:{}:{}", first.file, first.line, first.column)),
                )
            }
        }
    }
}

/// A column of a table named by a reference, to be looked up once all tables are read.
pub(super) struct ColumnReference {
    pub schema: String,
    pub table: String,
    pub column: String,
    pub position: Position,
}

/// The model while it is built.
pub(super) struct Builder<'a> {
    pub globals: &'a Globals<'a>,
    pub model: Model,
    pub names: Names,
    pub columns: Vec<ColumnReference>,
}

impl<'a> Builder<'a> {
    pub fn claim(&mut self, space: String, name: &str, position: &Position, what: &str) {
        if let Some(fault) = self.names.claim(space, name, position, what) {
            self.globals.report(fault);
        }
    }

    fn schema(&mut self, named: &Named<'a>) {
        let node = Node::open(named.block, named.scope.clone(), &SCHEMA);
        let name = named.name.clone();
        if name.starts_with("pg_") || name == "information_schema" || name == "stk_auth" {
            let message = format!("the schema `{name}` is not yours to define");
            self.globals.report(Diagnostic::new(code::INVALID_NAME, &named.position, message));
        }
        self.claim("schema".into(), &name, &named.position, "schema");
        self.globals.registry.borrow_mut().add(Entry {
            kind: Kind::Schema,
            label: named.label.clone(),
            key: named.key.clone(),
            schema: name.clone(),
            name: name.clone(),
        });
        let comment = node.string("comment");
        self.model
            .schemas
            .insert(name, Schema { comment, origin: node.position().into(), ..Schema::default() });
    }

    fn default_schema(&mut self) {
        let name = DEFAULT_SCHEMA.to_owned();
        self.globals.registry.borrow_mut().add(Entry {
            kind: Kind::Schema,
            label: name.clone(),
            key: None,
            schema: name.clone(),
            name: name.clone(),
        });
        self.model.schemas.insert(name, Schema::default());
    }

    fn enumeration(&mut self, named: &Named<'a>) {
        let node = Node::open(named.block, named.scope.clone(), &ENUM);
        node.require("values");
        let mut values: Vec<String> = Vec::new();
        for (value, position) in node.list("values") {
            let Value::String(value) = value else {
                let message = format!("a value of an enum is a string, not {}", value.kind());
                node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
                continue;
            };
            if let Some(fault) = name_fault(&value, &position) {
                node.report(fault);
            }
            if values.contains(&value) {
                let message = format!("`{value}` is in the enum twice");
                node.report(Diagnostic::new(code::DUPLICATE, &position, message));
            } else {
                values.push(value);
            }
        }
        let Some(schema) = self.schema_of(&node, named) else { return };
        self.claim(format!("type {schema}"), &named.name, &named.position, "enum");
        self.globals.registry.borrow_mut().add(entry(Kind::Enum, named, &schema));
        let declared = Enum {
            values,
            comment: node.string("comment"),
            renamed_from: None,
            origin: node.position().into(),
        };
        if let Some(schema) = self.model.schemas.get_mut(&schema) {
            schema.enums.insert(named.name.clone(), declared);
        }
    }

    /// The schema of a table, with the table's name taken in it.
    fn table_place(&mut self, named: &Named<'a>) -> Option<String> {
        let node = Node::peek(named.block, named.scope.clone(), &TABLE);
        let schema = self.schema_of(&node, named)?;
        self.claim(format!("relation {schema}"), &named.name, &named.position, "table");
        self.claim(format!("type {schema}"), &named.name, &named.position, "table");
        self.globals.registry.borrow_mut().add(entry(Kind::Table, named, &schema));
        Some(schema)
    }

    /// The schema a table or enum is in: its attribute, its first label, or the only schema there is.
    fn schema_of(&self, node: &Node<'a>, named: &Named<'a>) -> Option<String> {
        if node.has("schema") {
            let value = node.value("schema")?;
            let position = node.position_of("schema");
            return self.resolve(Kind::Schema, &value, &position).map(|entry| entry.name);
        }
        if let Some(qualifier) = &named.qualifier {
            let reference = Value::Reference(vec!["schema".into(), qualifier.clone()]);
            return self.resolve(Kind::Schema, &reference, &named.position).map(|entry| entry.name);
        }
        if self.model.schemas.len() == 1 {
            return self.model.schemas.keys().next().cloned();
        }
        let message = format!("`{}` needs `schema`: there are several schemas", named.name);
        self.globals.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &named.position, message));
        None
    }

    /// The object that a reference such as `table.users` names.
    pub fn resolve(&self, kind: Kind, value: &Value, position: &Position) -> Option<Entry> {
        let word = kind.as_str();
        let Value::Reference(segments) = value else {
            let message = format!("expected a reference such as `{word}.name`, found {}", value.kind());
            self.globals.report(Diagnostic::new(code::INVALID_VALUE, position, message));
            return None;
        };
        let registry = self.globals.registry.borrow();
        let fault = match segments.split_first() {
            Some((first, rest)) if first == word => match registry.find(kind, rest) {
                Ok(entry) => return Some(entry.clone()),
                Err(fault) => fault,
            },
            _ => LookupFault::Missing,
        };
        let name = segments.join(".");
        let diagnostic = |message| Diagnostic::new(code::UNKNOWN_REFERENCE, position, message);
        self.globals.report(match fault {
            LookupFault::Missing => diagnostic(format!("`{name}` names no {word} here")).nearest(
                segments.last().map_or("", String::as_str),
                registry.labels(kind).iter().map(String::as_str),
            ),
            LookupFault::Ambiguous(schemas) => {
                diagnostic(format!("`{name}` is in several schemas: {}", schemas.join(", ")))
                    .hint(format!("write `{word}.SCHEMA.{}`", segments.last().map_or("", String::as_str)))
            }
            LookupFault::NeedsKey(keys) => {
                diagnostic(format!("`{name}` has `for_each`: choose one of {}", keys.join(", ")))
                    .hint(format!("write `{name}[\"KEY\"]`"))
            }
        });
        None
    }

    /// Looks up the columns that foreign keys refer to, now that every table is read.
    fn check_columns(&self) {
        for reference in &self.columns {
            let Some(table) = self.model.table(&reference.schema, &reference.table) else { continue };
            if !table.columns.contains_key(&reference.column) {
                let message = format!("the table `{}` has no column `{}`", reference.table, reference.column);
                self.globals.report(
                    Diagnostic::new(code::UNKNOWN_REFERENCE, &reference.position, message)
                        .nearest(&reference.column, table.columns.keys().map(String::as_str)),
                );
            }
        }
    }
}

fn entry(kind: Kind, named: &Named<'_>, schema: &str) -> Entry {
    Entry {
        kind,
        label: named.label.clone(),
        key: named.key.clone(),
        schema: schema.to_owned(),
        name: named.name.clone(),
    }
}
