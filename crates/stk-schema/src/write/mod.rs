//! A normal model as HCL: what [`crate::parse`] reads back as the same schema.
//!
//! Plain blocks in one order, without variables or `for_each`. What the model lists as unmanaged has no HCL and is
//! left out.

mod block;
mod names;
mod partitions;
mod routines;
mod security;
mod tables;
mod types;
mod views;

use block::{Block, string};
use names::Names;

use crate::model::Model;

/// The HCL of `model`, a normal model that [`crate::inspect()`] gave.
pub fn to_hcl(model: &Model) -> String {
    let writer = Writer { model, names: Names::of(model) };
    let mut blocks = Vec::new();
    for (name, schema) in &model.schemas {
        let mut block = Block::new("schema", &[name]);
        block.comment(schema.comment.as_ref());
        blocks.push(block);
    }
    for (name, extension) in &model.extensions {
        let mut block = Block::new("extension", &[name]);
        if let Some(schema) = &extension.schema {
            let known = model.schemas.contains_key(schema);
            block.attr("schema", if known { names::reference(&["schema", schema]) } else { string(schema) });
        }
        if let Some(version) = &extension.version {
            block.attr("version", string(version));
        }
        blocks.push(block);
    }
    for (schema_name, schema) in &model.schemas {
        blocks.extend(schema.enums.iter().map(|(name, it)| writer.enumeration(schema_name, name, it)));
    }
    for (schema_name, schema) in &model.schemas {
        blocks.extend(schema.composites.iter().map(|(name, it)| writer.composite(schema_name, name, it)));
        blocks.extend(schema.domains.iter().map(|(name, it)| writer.domain(schema_name, name, it)));
        blocks.extend(schema.sequences.iter().map(|(name, it)| writer.sequence(schema_name, name, it)));
    }
    for (schema_name, schema) in &model.schemas {
        let functions = schema.functions.iter();
        blocks.extend(functions.map(|(signature, it)| writer.function(schema_name, signature, it)));
    }
    for (schema_name, schema) in &model.schemas {
        for (name, table) in &schema.tables {
            blocks.push(writer.table(schema_name, name, table));
            let on = writer.names.relation(schema_name, name);
            blocks.extend(table.policies.iter().map(|(name, it)| security::policy(&on, name, it)));
            blocks.extend(table.triggers.iter().map(|(name, it)| writer.trigger(&on, name, it)));
        }
        blocks.extend(schema.partitions.iter().map(|(name, it)| writer.partition(schema_name, name, it)));
    }
    for (schema_name, schema) in &model.schemas {
        for (name, view) in &schema.views {
            blocks.push(writer.view(schema_name, name, view));
            let on = writer.names.relation(schema_name, name);
            blocks.extend(view.triggers.iter().map(|(name, it)| writer.trigger(&on, name, it)));
        }
    }
    blocks.extend(writer.permissions());
    blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n")
}

struct Writer<'a> {
    model: &'a Model,
    names: Names,
}

impl Writer<'_> {
    /// A block of an object in a schema.
    fn placed(&self, kind: &'static str, schema: &str, name: &str) -> Block {
        let mut block = Block::new(kind, &[name]);
        block.attr("schema", names::reference(&["schema", schema]));
        block
    }
}
