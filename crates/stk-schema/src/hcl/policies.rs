//! `policy` blocks, and the names of roles wherever they stand.

use super::builder::Builder;
use super::expand::Named;
use super::node::{Grammar, Node};
use super::registry::Kind;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{Policy, PolicyCommand};

pub(super) const POLICY: Grammar = Grammar {
    what: "a policy",
    attributes: &["on", "for", "to", "using", "check", "as", "comment", "depends_on", "renamed_from"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

pub(super) fn policy<'a>(builder: &mut Builder<'a>, named: &Named<'a>) {
    let node = Node::open(named.block, named.scope.clone(), &POLICY);
    node.require("on");
    builder.depends_on(&node);
    let on = node.value("on").and_then(|value| builder.resolve(Kind::Table, &value, &node.position_of("on")));
    let mut roles: Vec<String> =
        node.list("to").iter().filter_map(|(value, position)| role(&node, value, position)).collect();
    roles.sort();
    roles.dedup();
    if roles.is_empty() {
        roles.push("public".to_owned());
    }
    let restrictive =
        node.word("as", &["PERMISSIVE", "RESTRICTIVE"], |word| match word.to_ascii_uppercase().as_str() {
            "PERMISSIVE" => Some(false),
            "RESTRICTIVE" => Some(true),
            _ => None,
        });
    let Some(on) = on else { return };
    let space = format!("policy of {} {}", on.schema, on.name);
    builder.claim(space.clone(), &named.name, &named.position, "policy");
    let declared = Policy {
        command: node.word("for", &PolicyCommand::WORDS, PolicyCommand::parse).unwrap_or_default(),
        restrictive: restrictive.unwrap_or(false),
        roles,
        using: node.sql("using"),
        check: node.sql("check"),
        comment: node.string("comment"),
        renamed_from: builder.renamed_from(&node, &space, &named.name),
        origin: node.position().into(),
    };
    let schema = builder.model.schemas.get_mut(&on.schema);
    if let Some(table) = schema.and_then(|schema| schema.tables.get_mut(&on.name)) {
        table.policies.insert(named.name.clone(), declared);
    }
}

/// A role: `"app"`, `role.app` or `PUBLIC`. Roles are made by the server's administrator; that it is there is asked
/// of Postgres.
pub(super) fn role(node: &Node<'_>, value: &Value, position: &Position) -> Option<String> {
    match value {
        Value::String(name) if !name.is_empty() => {
            Some(if name.eq_ignore_ascii_case("public") { "public".to_owned() } else { name.clone() })
        }
        Value::Word(word) if word.eq_ignore_ascii_case("public") => Some("public".to_owned()),
        Value::Reference(segments) => match segments.as_slice() {
            [word, name] if word == "role" => Some(name.clone()),
            _ => {
                let message = format!("`{}` is no role", segments.join("."));
                node.report(Diagnostic::new(code::UNKNOWN_REFERENCE, position, message));
                None
            }
        },
        other => {
            let message = format!("a role is a string, role.name or PUBLIC, not {}", other.kind());
            node.report(Diagnostic::new(code::INVALID_VALUE, position, message));
            None
        }
    }
}
