//! `permission` blocks.

use super::builder::{Builder, ColumnReference};
use super::expand::Named;
use super::node::{Grammar, Node};
use super::policies::role;
use super::registry::{Entry, Kind};
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{Permission, PermissionTarget, Privilege};

pub(super) const PERMISSION: Grammar = Grammar {
    what: "a permission",
    attributes: &["for_each", "for", "to", "privileges", "grantable"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

const TARGETS: [Kind; 11] = [
    Kind::Table,
    Kind::View,
    Kind::Materialized,
    Kind::Partition,
    Kind::Schema,
    Kind::Sequence,
    Kind::Function,
    Kind::Procedure,
    Kind::Enum,
    Kind::Domain,
    Kind::Composite,
];

pub(super) fn permission<'a>(builder: &mut Builder<'a>, named: &Named<'a>) {
    let node = Node::open(named.block, named.scope.clone(), &PERMISSION);
    for name in ["for", "to", "privileges"] {
        node.require(name);
    }
    let position = node.position_of("for");
    let on = node.value("for").and_then(|value| target(builder, value, &position));
    let to: Vec<String> = match node.value("to") {
        Some(Value::List(_)) => {
            node.list("to").iter().filter_map(|(value, position)| role(&node, value, position)).collect()
        }
        Some(value) => role(&node, &value, &node.position_of("to")).into_iter().collect(),
        None => Vec::new(),
    };
    let Some(on) = on else { return };
    let privileges = privileges(&node, &on);
    for to in to {
        builder.model.permissions.push(Permission {
            on: on.clone(),
            to,
            privileges: privileges.clone(),
            grantable: node.bool("grantable").unwrap_or(false),
            origin: node.position().into(),
        });
    }
}

fn target(builder: &mut Builder<'_>, value: Value, position: &Position) -> Option<PermissionTarget> {
    if let Value::Reference(segments) = &value
        && let [table @ .., word, column] = segments.as_slice()
        && word == "column"
        && table.len() >= 2
    {
        let kinds = [Kind::Table, Kind::View, Kind::Materialized];
        let entry = builder.resolve_any(&kinds, &Value::Reference(table.to_vec()), position)?;
        if entry.kind == Kind::Table {
            builder.columns.push(ColumnReference {
                schema: entry.schema.clone(),
                table: entry.name.clone(),
                column: column.clone(),
                position: position.clone(),
            });
        }
        return Some(PermissionTarget::Column(entry.schema, entry.name, column.clone()));
    }
    let Entry { kind, schema, name, signature, .. } = builder.resolve_any(&TARGETS, &value, position)?;
    Some(match kind {
        Kind::Schema | Kind::Extension => PermissionTarget::Schema(name),
        Kind::Table | Kind::Partition | Kind::View | Kind::Materialized => {
            PermissionTarget::Table(schema, name)
        }
        Kind::Sequence => PermissionTarget::Sequence(schema, name),
        Kind::Function | Kind::Procedure => PermissionTarget::Function(schema, signature),
        Kind::Enum | Kind::Domain | Kind::Composite => PermissionTarget::Type(schema, name),
    })
}

/// The privileges of the list, sorted; `ALL` stands for all that the target has.
fn privileges(node: &Node<'_>, on: &PermissionTarget) -> Vec<Privilege> {
    let possible = on.privileges();
    let words: Vec<&str> = possible.iter().map(|privilege| privilege.as_sql()).chain(["ALL"]).collect();
    let mut privileges = Vec::new();
    for (value, position) in node.list("privileges") {
        let (Value::Word(word) | Value::String(word)) = &value else {
            let message = format!("a privilege is one of {}, not {}", words.join(", "), value.kind());
            node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
            continue;
        };
        match Privilege::parse(word).filter(|privilege| possible.contains(privilege)) {
            Some(privilege) => privileges.push(privilege),
            None if word.eq_ignore_ascii_case("all") => privileges.extend(possible),
            None => {
                let message = format!("a privilege here is one of {}, not `{word}`", words.join(", "));
                node.report(
                    Diagnostic::new(code::INVALID_VALUE, &position, message)
                        .nearest(word, words.iter().copied()),
                );
            }
        }
    }
    privileges.sort();
    privileges.dedup();
    privileges
}
