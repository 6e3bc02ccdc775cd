//! `trigger` blocks.

use hcl_edit::structure::Block;

use super::builder::{Builder, ColumnReference};
use super::expand::Named;
use super::node::{Grammar, Node};
use super::registry::{Entry, Kind};
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::{Trigger, TriggerEnabled, TriggerEvents, TriggerTiming};

pub(super) const TRIGGER: Grammar = Grammar {
    what: "a trigger",
    attributes: &[
        "on",
        "foreach",
        "when",
        "constraint",
        "deferrable",
        "initially",
        "old_table",
        "new_table",
        "enabled",
        "comment",
        "depends_on",
        "renamed_from",
    ],
    blocks: &["before", "after", "instead_of", "execute"],
    not_done: &["as"],
    labels: (1, 1),
};

const EVENTS: Grammar = Grammar {
    what: "the events of a trigger",
    attributes: &["insert", "update", "update_of", "delete", "truncate"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

const EXECUTE: Grammar = Grammar {
    what: "`execute`",
    attributes: &["function", "args"],
    blocks: &[],
    not_done: &["procedure"],
    labels: (0, 0),
};

const ON: [Kind; 2] = [Kind::Table, Kind::View];

pub(super) fn trigger<'a>(builder: &mut Builder<'a>, named: &Named<'a>) {
    let node = Node::open(named.block, named.scope.clone(), &TRIGGER);
    node.require("on");
    builder.depends_on(&node);
    let on = node.value("on").and_then(|value| builder.resolve_any(&ON, &value, &node.position_of("on")));
    if !node.has("foreach") {
        let message = format!("the trigger `{}` needs `foreach`", named.name);
        node.report(
            Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message)
                .hint("write `foreach = ROW` or `foreach = STATEMENT`"),
        );
    }
    let each_row =
        node.word("foreach", &["ROW", "STATEMENT"], |word| match word.to_ascii_uppercase().as_str() {
            "ROW" => Some(true),
            "STATEMENT" => Some(false),
            _ => None,
        });
    let events = timing(builder, &node, on.as_ref());
    if !node.block.body.has_blocks("execute") {
        let message = format!("the trigger `{}` needs `execute`", named.name);
        node.report(
            Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message)
                .hint("write `execute { function = function.NAME }`"),
        );
    }
    let execute = node.single("execute").and_then(|block| execute(builder, &node, block));
    let (Some(on), Some(each_row), Some((timing, events)), Some((function, arguments))) =
        (on, each_row, events, execute)
    else {
        return;
    };
    let space = format!("trigger of {} {}", on.schema, on.name);
    builder.claim(space.clone(), &named.name, &named.position, "trigger");
    let deferrable = super::constraints::deferrable(&node);
    let is_constraint = node.bool("constraint").unwrap_or(false);
    if !is_constraint && (node.has("deferrable") || node.has("initially")) {
        let message = "only a trigger with `constraint = true` can be deferrable";
        let name = if node.has("deferrable") { "deferrable" } else { "initially" };
        node.report(Diagnostic::new(code::CONFLICT, &node.position_of(name), message));
    }
    let declared = Trigger {
        timing,
        events,
        each_row,
        when: node.sql("when"),
        function,
        arguments,
        constraint: is_constraint.then_some(deferrable),
        old_table: node.string("old_table"),
        new_table: node.string("new_table"),
        enabled: node.word("enabled", &TriggerEnabled::WORDS, TriggerEnabled::parse).unwrap_or_default(),
        comment: node.string("comment"),
        renamed_from: builder.renamed_from(&node, &space, &named.name),
        origin: node.position().into(),
    };
    let Some(schema) = builder.model.schemas.get_mut(&on.schema) else { return };
    if let Some(table) = schema.tables.get_mut(&on.name) {
        table.triggers.insert(named.name.clone(), declared);
    } else if let Some(view) = schema.views.get_mut(&on.name) {
        view.triggers.insert(named.name.clone(), declared);
    }
}

/// The one of `before`, `after` and `instead_of` that is there.
fn timing<'a>(
    builder: &mut Builder<'a>,
    node: &Node<'a>,
    on: Option<&Entry>,
) -> Option<(TriggerTiming, TriggerEvents)> {
    node.exclusive(&["before", "after", "instead_of"]);
    let timings = [
        ("before", TriggerTiming::Before),
        ("after", TriggerTiming::After),
        ("instead_of", TriggerTiming::InsteadOf),
    ];
    let found = timings.into_iter().find_map(|(name, timing)| Some((node.single(name)?, timing)));
    let Some((block, timing)) = found else {
        let message = "a trigger needs `before`, `after` or `instead_of`";
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message));
        return None;
    };
    let node = Node::open(block, node.scope.clone(), &EVENTS);
    let update_of = update_of(builder, &node, on);
    let is = |name| node.bool(name).unwrap_or(false);
    let events = TriggerEvents {
        insert: is("insert"),
        update: is("update") || !update_of.is_empty(),
        update_of,
        delete: is("delete"),
        truncate: is("truncate"),
    };
    if !(events.insert || events.update || events.delete || events.truncate) {
        let message = "a trigger needs an event: `insert`, `update`, `update_of`, `delete` or `truncate`";
        node.report(Diagnostic::new(code::MISSING_ATTRIBUTE, &node.position(), message));
    }
    Some((timing, events))
}

fn update_of<'a>(builder: &mut Builder<'a>, node: &Node<'a>, on: Option<&Entry>) -> Vec<String> {
    let mut columns = Vec::new();
    for (value, position) in node.list("update_of") {
        let Value::Reference(segments) = &value else {
            let message = format!("expected a column such as `column.id`, found {}", value.kind());
            node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
            continue;
        };
        let (table, column) = match segments.as_slice() {
            [word, column] if word == "column" => (None, column.clone()),
            [table @ .., word, column] if word == "column" && table.len() >= 2 => {
                (Some(Value::Reference(table.to_vec())), column.clone())
            }
            _ => {
                let message =
                    format!("expected a column such as `column.id`, found `{}`", segments.join("."));
                node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
                continue;
            }
        };
        if let Some(table) = table {
            let Some(table) = builder.resolve_any(&ON, &table, &position) else { continue };
            if on.is_some_and(|on| (&on.schema, &on.name) != (&table.schema, &table.name)) {
                let message = format!("`{column}` must be a column of what the trigger is on");
                node.report(Diagnostic::new(code::UNKNOWN_REFERENCE, &position, message));
                continue;
            }
        }
        if let Some(on) = on.filter(|on| on.kind == Kind::Table) {
            builder.columns.push(ColumnReference {
                schema: on.schema.clone(),
                table: on.name.clone(),
                column: column.clone(),
                position,
            });
        }
        columns.push(column);
    }
    columns
}

type Execute = ((String, String), Vec<String>);

/// The function, `function.f` or `sql("schema.f")`, and its arguments, which Postgres takes as strings.
fn execute<'a>(builder: &Builder<'a>, node: &Node<'a>, block: &'a Block) -> Option<Execute> {
    let node = Node::open(block, node.scope.clone(), &EXECUTE);
    node.require("function");
    let position = node.position_of("function");
    let function = match node.value("function")? {
        Value::Sql(sql) => {
            let Some(name) = crate::model::split_name(&sql) else {
                let message = format!("`{sql}` is no name of a function");
                node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
                return None;
            };
            name
        }
        value => {
            let entry = builder.resolve(Kind::Function, &value, &position)?;
            (entry.schema, entry.name)
        }
    };
    let mut arguments = Vec::new();
    for (value, position) in node.list("args") {
        match value.text() {
            Some(text) => arguments.push(text),
            None => {
                let message = format!("an argument of a trigger is a string, not {}", value.kind());
                node.report(Diagnostic::new(code::INVALID_VALUE, &position, message));
            }
        }
    }
    Some((function, arguments))
}
