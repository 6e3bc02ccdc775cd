//! The model while it is built: names taken, references resolved, and what can be checked only at the end.

use std::collections::HashMap;

use super::eval::Globals;
use super::expand::{Named, name_fault};
use super::node::Node;
use super::registry::{Entry, Kind, LookupFault};
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::Model;

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

/// A `renamed_from`, to be checked once all names are known.
struct Rename {
    space: String,
    old: String,
    position: Position,
}

/// The model while it is built.
pub(super) struct Builder<'a> {
    pub globals: &'a Globals<'a>,
    pub model: Model,
    pub columns: Vec<ColumnReference>,
    names: Names,
    renames: Vec<Rename>,
}

impl<'a> Builder<'a> {
    pub fn new(globals: &'a Globals<'a>) -> Builder<'a> {
        Builder {
            globals,
            model: Model::default(),
            columns: Vec::new(),
            names: Names::default(),
            renames: Vec::new(),
        }
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.globals.report(diagnostic);
    }

    /// Takes a name; false, and reported, if it is taken.
    pub fn claim(&mut self, space: String, name: &str, position: &Position, what: &str) -> bool {
        let fault = self.names.claim(space, name, position, what);
        let is_free = fault.is_none();
        fault.into_iter().for_each(|fault| self.report(fault));
        is_free
    }

    /// Takes the name of something that is a relation to Postgres.
    pub fn claim_relation(&mut self, schema: &str, name: &str, position: &Position, what: &str) -> bool {
        self.claim(format!("relation {schema}"), name, position, what)
    }

    /// The old name that `renamed_from` gives, in the space where `name` is the new one.
    pub fn renamed_from(&mut self, node: &Node<'a>, space: &str, name: &str) -> Option<String> {
        let old = node.string("renamed_from")?;
        let position = node.position_of("renamed_from");
        if let Some(fault) = name_fault(&old, &position) {
            self.report(fault);
        }
        if old == name {
            let message = format!("`{name}` is renamed from itself");
            self.report(Diagnostic::new(code::CONFLICT, &position, message));
            return None;
        }
        self.renames.push(Rename { space: space.to_owned(), old: old.clone(), position });
        Some(old)
    }

    /// Registers what `named` stands for, so that it can be referred to.
    pub fn register(&mut self, kind: Kind, named: &Named<'_>, schema: &str, signature: String) {
        self.globals.registry.borrow_mut().add(Entry {
            kind,
            label: named.label.clone(),
            key: named.key.clone(),
            schema: schema.to_owned(),
            name: named.name.clone(),
            signature,
        });
    }

    /// The schema an object is in: its attribute, its first label, or the only schema there is.
    pub fn schema_of(&self, node: &Node<'a>, named: &Named<'a>) -> Option<String> {
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
        self.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &named.position, message));
        None
    }

    /// The object that a reference such as `table.users` names.
    pub fn resolve(&self, kind: Kind, value: &Value, position: &Position) -> Option<Entry> {
        self.resolve_any(&[kind], value, position)
    }

    /// The object of one of `kinds`, none of them left out in an error.
    pub fn resolve_any(&self, kinds: &[Kind], value: &Value, position: &Position) -> Option<Entry> {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let Value::Reference(segments) = value else {
            let message = format!("expected a reference such as `{}.name`, found {}", words[0], value.kind());
            self.report(Diagnostic::new(code::INVALID_VALUE, position, message));
            return None;
        };
        let kind = segments.first().and_then(|first| kinds.iter().find(|kind| kind.as_str() == first));
        let name = segments.join(".");
        let diagnostic = |message| Diagnostic::new(code::UNKNOWN_REFERENCE, position, message);
        let Some(kind) = kind.copied() else {
            let message = format!("`{name}` names no {} here", words.join(", "));
            self.report(diagnostic(message));
            return None;
        };
        let word = kind.as_str();
        let registry = self.globals.registry.borrow();
        let fault = match registry.find(kind, &segments[1..]) {
            Ok(entry) => return Some(entry.clone()),
            Err(fault) => fault,
        };
        let last = segments.last().map_or("", String::as_str);
        self.report(match fault {
            LookupFault::Missing => diagnostic(format!("`{name}` names no {word} here"))
                .nearest(last, registry.labels(kind).iter().map(String::as_str)),
            LookupFault::Ambiguous(schemas) => {
                diagnostic(format!("`{name}` is in several schemas: {}", schemas.join(", ")))
                    .hint(format!("write `{word}.SCHEMA.{last}`"))
            }
            LookupFault::Overloaded => diagnostic(format!("there are several blocks `{word} \"{last}\"`"))
                .hint("give them different labels and one `name`"),
            LookupFault::NeedsKey(keys) => {
                diagnostic(format!("`{name}` has `for_each`: choose one of {}", keys.join(", ")))
                    .hint(format!("write `{name}[\"KEY\"]`"))
            }
        });
        None
    }

    /// Order needs no help, but what is named must be there.
    pub fn depends_on(&self, node: &Node<'a>) {
        for (value, position) in node.list("depends_on") {
            let kind = match &value {
                Value::Reference(segments) => segments.first().and_then(|first| Kind::parse(first)),
                _ => None,
            };
            self.resolve(kind.unwrap_or(Kind::Table), &value, &position);
        }
    }

    /// What could not be checked before everything was read.
    pub fn finish(self) -> Model {
        self.check_columns();
        self.check_renames();
        self.model
    }

    /// Looks up the columns that references name, now that every table is read.
    fn check_columns(&self) {
        for reference in &self.columns {
            let Some(table) = self.model.table(&reference.schema, &reference.table) else { continue };
            if !table.columns.contains_key(&reference.column) {
                let message = format!("the table `{}` has no column `{}`", reference.table, reference.column);
                self.report(
                    Diagnostic::new(code::UNKNOWN_REFERENCE, &reference.position, message)
                        .nearest(&reference.column, table.columns.keys().map(String::as_str)),
                );
            }
        }
    }

    /// A name that is still in use was not given away, and no name can be given away twice.
    fn check_renames(&self) {
        let mut given: HashMap<(&str, &str), &Position> = HashMap::new();
        for rename in &self.renames {
            let key = (rename.space.clone(), rename.old.clone());
            if let Some(at) = self.names.taken.get(&key) {
                let message = format!("`{}` can not be renamed: the name is still in use", rename.old);
                self.report(
                    Diagnostic::new(code::CONFLICT, &rename.position, message)
                        .hint(format!("it stands at {}:{}:{}", at.file, at.line, at.column)),
                );
            }
            if given.insert((&rename.space, &rename.old), &rename.position).is_some() {
                let message = format!("`{}` is renamed twice", rename.old);
                self.report(Diagnostic::new(code::DUPLICATE, &rename.position, message));
            }
        }
    }
}
