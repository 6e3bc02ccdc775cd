//! `sequence` blocks.

use super::builder::{Builder, ColumnReference};
use super::expand::Named;
use super::node::{Grammar, Node};
use super::registry::Kind;
use super::types::data_type;
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{DataType, Sequence};

pub(super) const SEQUENCE: Grammar = Grammar {
    what: "a sequence",
    attributes: &[
        "schema",
        "type",
        "start",
        "increment",
        "min_value",
        "max_value",
        "cache",
        "cycle",
        "owner",
        "unlogged",
        "comment",
        "renamed_from",
    ],
    blocks: &[],
    not_done: &[],
    labels: (1, 2),
};

pub(super) fn sequence<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &SEQUENCE);
    let data_type = integer_type(builder, &node);
    let increment = node.integer("increment").unwrap_or(1);
    if increment == 0 {
        let message = "`increment` can not be 0";
        node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of("increment"), message));
    }
    let defaults = Sequence::defaults(data_type, increment);
    let min = node.integer("min_value").unwrap_or(defaults.min);
    let max = node.integer("max_value").unwrap_or(defaults.max);
    let owner = owner(builder, &node);
    let Some(schema) = schema else { return };
    let declared = Sequence {
        start: node.integer("start").unwrap_or(if increment < 0 { max } else { min }),
        min,
        max,
        cache: node.integer("cache").unwrap_or(defaults.cache),
        cycle: node.bool("cycle").unwrap_or(false),
        owner,
        unlogged: node.bool("unlogged").unwrap_or(false),
        comment: node.string("comment"),
        renamed_from: builder.renamed_from(&node, &format!("relation {schema}"), &named.name),
        origin: node.position().into(),
        ..defaults
    };
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.sequences.insert(named.name.clone(), declared);
    }
}

fn integer_type(builder: &Builder<'_>, node: &Node<'_>) -> &'static str {
    let Some(data_type) = data_type(builder, node, "type") else { return "bigint" };
    let word = if let DataType::Sql(word) = &data_type { word.as_str() } else { "" };
    match word {
        "smallint" | "int2" => "smallint",
        "integer" | "int" | "int4" => "integer",
        "bigint" | "int8" => "bigint",
        _ => {
            let message = "a sequence is of type smallint, integer or bigint";
            node.report(Diagnostic::new(code::INVALID_VALUE, &node.position_of("type"), message));
            "bigint"
        }
    }
}

/// The column that the sequence goes with, `table.orders.column.id`.
fn owner(builder: &mut Builder<'_>, node: &Node<'_>) -> Option<(String, String, String)> {
    let value = node.value("owner")?;
    let position = node.position_of("owner");
    if let Value::Reference(segments) = &value
        && let [table @ .., word, column] = segments.as_slice()
        && word == "column"
        && table.len() >= 2
    {
        let table = builder.resolve(Kind::Table, &Value::Reference(table.to_vec()), &position)?;
        builder.columns.push(ColumnReference {
            schema: table.schema.clone(),
            table: table.name.clone(),
            column: column.clone(),
            position,
        });
        return Some((table.schema, table.name, column.clone()));
    }
    let message = "`owner` takes a column such as `table.orders.column.id`";
    node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
    None
}
