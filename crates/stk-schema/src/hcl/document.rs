//! The top level: blocks by kind, every name before any body, since objects refer to one another in any order.

use hcl_edit::structure::Block;

use super::builder::Builder;
use super::eval::{Globals, Scope};
use super::expand::{Named, expand};
use super::node::{Grammar, Node};
use super::registry::{Entry, Kind};
use super::source::Source;
use super::{partitions, permissions, policies, routines, sequences, tables, triggers, types, views};
use crate::diagnostic::{Diagnostic, code};
use crate::model::{Extension, Model, Schema};

pub(super) const TOP_LEVEL: [&str; 17] = [
    "schema",
    "table",
    "enum",
    "variable",
    "locals",
    "extension",
    "domain",
    "composite",
    "sequence",
    "function",
    "procedure",
    "partition",
    "view",
    "materialized",
    "trigger",
    "policy",
    "permission",
];

/// Blocks of the dialect that can not be applied.
pub(super) const TOP_LEVEL_NOT_DONE: [&str; 8] =
    ["aggregate", "event_trigger", "range", "collation", "cast", "role", "user", "default_permission"];

const SCHEMA: Grammar = Grammar {
    what: "a schema",
    attributes: &["comment", "renamed_from"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

const EXTENSION: Grammar = Grammar {
    what: "an extension",
    attributes: &["schema", "version", "comment"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

/// The schema of a project that names none.
const DEFAULT_SCHEMA: &str = "public";

/// Kinds of objects in a schema, their grammars, and whether two may have one name.
const PLACED: [(Kind, &Grammar); 10] = [
    (Kind::Enum, &types::ENUM),
    (Kind::Domain, &types::DOMAIN),
    (Kind::Composite, &types::COMPOSITE),
    (Kind::Sequence, &sequences::SEQUENCE),
    (Kind::Table, &tables::TABLE),
    (Kind::Partition, &partitions::PARTITION),
    (Kind::View, &views::VIEW),
    (Kind::Materialized, &views::MATERIALIZED),
    (Kind::Function, &routines::FUNCTION),
    (Kind::Procedure, &routines::PROCEDURE),
];

type Located<'a> = (&'a Block, &'a Source<'a>);

#[derive(Default)]
pub(super) struct Document<'a> {
    pub variables: Vec<Located<'a>>,
    pub locals: Vec<Located<'a>>,
    objects: Vec<Located<'a>>,
}

/// An object with its schema, `None` if that could not be found out: then the object is only checked.
struct Placed<'a> {
    kind: Kind,
    named: Named<'a>,
    schema: Option<String>,
}

impl<'a> Document<'a> {
    /// Takes a block of the top level; false if there is no such kind.
    pub fn add(&mut self, block: &'a Block, source: &'a Source<'a>) -> bool {
        let list = match block.ident.as_str() {
            "variable" => &mut self.variables,
            "locals" => &mut self.locals,
            other if TOP_LEVEL.contains(&other) => &mut self.objects,
            _ => return false,
        };
        list.push((block, source));
        true
    }

    pub fn build(&self, globals: &'a Globals<'a>) -> Model {
        let mut builder = Builder::new(globals);
        for (block, source) in &self.locals {
            let scope = Scope::new(source, globals);
            for attribute in block.body.attributes() {
                if let Err(fault) = scope.local(attribute.key.as_str(), &attribute.value) {
                    globals.report(fault);
                }
            }
        }
        for named in self.expand("schema", globals, &SCHEMA) {
            schema(&mut builder, &named);
        }
        if builder.model.schemas.is_empty() && !globals.registry.borrow().has(Kind::Schema) {
            default_schema(&mut builder);
        }
        for named in self.expand("extension", globals, &EXTENSION) {
            extension(&mut builder, &named);
        }
        let mut placed = Vec::new();
        for (kind, grammar) in PLACED {
            for named in self.expand(kind.as_str(), globals, grammar) {
                let schema = place(&mut builder, kind, &named, grammar);
                placed.push(Placed { kind, named, schema });
            }
        }
        for Placed { kind, named, schema } in &placed {
            read(&mut builder, *kind, named, schema.as_deref());
        }
        // These have no name that others could refer to, and stand on what has been read by now.
        for named in self.expand("trigger", globals, &triggers::TRIGGER) {
            triggers::trigger(&mut builder, &named);
        }
        for named in self.expand("policy", globals, &policies::POLICY) {
            policies::policy(&mut builder, &named);
        }
        for named in self.expand("permission", globals, &permissions::PERMISSION) {
            permissions::permission(&mut builder, &named);
        }
        builder.finish()
    }

    fn expand(&self, word: &str, globals: &'a Globals<'a>, grammar: &Grammar) -> Vec<Named<'a>> {
        let blocks = self.objects.iter().filter(|(block, _)| block.ident.as_str() == word);
        blocks.flat_map(|(block, source)| expand(block, &Scope::new(source, globals), grammar)).collect()
    }
}

/// Takes the object's name in its schema and makes it known to references.
fn place<'a>(
    builder: &mut Builder<'a>,
    kind: Kind,
    named: &Named<'a>,
    grammar: &'static Grammar,
) -> Option<String> {
    let node = Node::peek(named.block, named.scope.clone(), grammar);
    let schema = builder.schema_of(&node, named)?;
    let (is_relation, is_type) = match kind {
        Kind::Table | Kind::Partition | Kind::View | Kind::Materialized | Kind::Composite => (true, true),
        Kind::Sequence => (true, false),
        Kind::Enum | Kind::Domain => (false, true),
        _ => (false, false),
    };
    let is_free =
        !is_relation || builder.claim_relation(&schema, &named.name, &named.position, kind.as_str());
    // One report is enough for a name that is taken in both spaces.
    if is_type && is_free {
        builder.claim(format!("type {schema}"), &named.name, &named.position, kind.as_str());
    }
    if !Kind::ROUTINES.contains(&kind) {
        builder.register(kind, named, &schema, String::new());
    }
    Some(schema)
}

fn read<'a>(builder: &mut Builder<'a>, kind: Kind, named: &Named<'a>, schema: Option<&str>) {
    match kind {
        Kind::Schema | Kind::Extension => {}
        Kind::Enum => types::enumeration(builder, named, schema),
        Kind::Domain => types::domain(builder, named, schema),
        Kind::Composite => types::composite(builder, named, schema),
        Kind::Sequence => sequences::sequence(builder, named, schema),
        Kind::Table => tables::table(builder, named, schema),
        Kind::Partition => partitions::partition(builder, named, schema),
        Kind::View | Kind::Materialized => views::view(builder, kind, named, schema),
        Kind::Function | Kind::Procedure => routines::routine(builder, kind, named, schema),
    }
}

fn schema<'a>(builder: &mut Builder<'a>, named: &Named<'a>) {
    let node = Node::open(named.block, named.scope.clone(), &SCHEMA);
    let name = named.name.clone();
    if name.starts_with("pg_") || name == "information_schema" || name == "stk_auth" {
        let message = format!("the schema `{name}` is not yours to define");
        builder.report(Diagnostic::new(code::INVALID_NAME, &named.position, message));
    }
    builder.claim("schema".into(), &name, &named.position, "schema");
    builder.register(Kind::Schema, named, &name, String::new());
    let renamed_from = builder.renamed_from(&node, "schema", &name);
    let declared = Schema {
        comment: node.string("comment"),
        renamed_from,
        origin: node.position().into(),
        ..Schema::default()
    };
    builder.model.schemas.insert(name, declared);
}

fn default_schema(builder: &mut Builder<'_>) {
    let name = DEFAULT_SCHEMA.to_owned();
    builder.globals.registry.borrow_mut().add(Entry {
        kind: Kind::Schema,
        label: name.clone(),
        key: None,
        schema: name.clone(),
        name: name.clone(),
        signature: String::new(),
    });
    builder.model.schemas.insert(name, Schema::default());
}

fn extension<'a>(builder: &mut Builder<'a>, named: &Named<'a>) {
    let node = Node::open(named.block, named.scope.clone(), &EXTENSION);
    builder.claim("extension".into(), &named.name, &named.position, "extension");
    builder.register(Kind::Extension, named, "", String::new());
    let schema = node.value("schema").and_then(|value| match value {
        // An extension may live in a schema that is not managed here.
        crate::hcl::value::Value::String(name) => Some(name),
        value => builder.resolve(Kind::Schema, &value, &node.position_of("schema")).map(|entry| entry.name),
    });
    let declared = Extension {
        schema,
        version: node.string("version"),
        comment: node.string("comment"),
        origin: node.position().into(),
    };
    builder.model.extensions.insert(named.name.clone(), declared);
}
