//! Functions, procedures and triggers.

use super::Writer;
use super::block::{Block, sql, string, text};
use super::names::{columns, reference};
use crate::model::{
    Argument, ArgumentMode, Body, Deferrable, Function, Parallel, Returns, RoutineKind, Trigger,
    TriggerEnabled, TriggerTiming, Volatility, quote,
};

impl Writer<'_> {
    pub(super) fn function(&self, schema: &str, signature: &str, it: &Function) -> Block {
        let kind = match it.kind {
            RoutineKind::Function => "function",
            RoutineKind::Procedure => "procedure",
        };
        let label =
            self.names.routine(schema, signature).map_or(it.name.as_str(), |(label, _)| label.as_str());
        let mut block = self.placed(kind, schema, label);
        if label != it.name {
            block.attr("name", string(&it.name));
        }
        block.attr("lang", language(&it.language));
        match &it.returns {
            Returns::Type(data_type) => block.attr("return", self.names.data_type(data_type)),
            Returns::Set(data_type) => block.attr("return_set", self.names.data_type(data_type)),
            Returns::Nothing | Returns::Table(_) => {}
        }
        if it.volatility != Volatility::Volatile {
            block.attr("volatility", it.volatility.as_sql());
        }
        block.flag("strict", it.strict);
        block.flag("leakproof", it.leakproof);
        block.flag("window", it.window);
        if it.security_definer {
            block.attr("security", "DEFINER");
        }
        if it.parallel != Parallel::Unsafe {
            block.attr("parallel", it.parallel.as_sql());
        }
        for (name, value) in [("cost", &it.cost), ("rows", &it.rows)] {
            if let Some(value) = value {
                block.attr(name, value.clone());
            }
        }
        if !it.settings.is_empty() {
            let pair = |(name, value): (&String, &String)| format!("{} = {}", string(name), string(value));
            let pairs: Vec<String> = it.settings.iter().map(pair).collect();
            block.attr("set", format!("{{ {} }}", pairs.join(", ")));
        }
        block.comment(it.comment.as_ref());
        for argument in &it.arguments {
            block.push(self.argument(argument));
        }
        if let Returns::Table(columns) = &it.returns {
            let mut table = Block::new("return_table", &[]);
            for (name, data_type) in columns {
                let mut column = Block::new("column", &[name]);
                column.attr("type", self.names.data_type(data_type));
                table.push(column);
            }
            block.push(table);
        }
        let (Body::Text(body) | Body::Sql(body)) = &it.body;
        block.attr("as", text(body));
        block
    }

    fn argument(&self, argument: &Argument) -> Block {
        let mut block = Block::new("arg", &[argument.name.as_deref().unwrap_or_default()]);
        block.attr("type", self.names.data_type(&argument.data_type));
        if argument.mode != ArgumentMode::In {
            block.attr("mode", argument.mode.as_sql());
        }
        if let Some(default) = &argument.default {
            block.attr("default", sql(default));
        }
        block
    }

    /// `on` is the reference to the table or view.
    pub(super) fn trigger(&self, on: &str, name: &str, it: &Trigger) -> Block {
        let mut block = Block::new("trigger", &[name]);
        block.attr("on", on);
        block.attr("foreach", if it.each_row { "ROW" } else { "STATEMENT" });
        if let Some(when) = &it.when {
            block.attr("when", string(when));
        }
        if let Some(constraint) = it.constraint {
            block.attr("constraint", "true");
            match constraint {
                Deferrable::Never => {}
                Deferrable::Immediate => block.attr("deferrable", "true"),
                Deferrable::Deferred => block.attr("initially", "DEFERRED"),
            }
        }
        for (name, table) in [("old_table", &it.old_table), ("new_table", &it.new_table)] {
            if let Some(table) = table {
                block.attr(name, string(table));
            }
        }
        let enabled = match it.enabled {
            TriggerEnabled::Origin => None,
            TriggerEnabled::Disabled => Some("DISABLED"),
            TriggerEnabled::Replica => Some("REPLICA"),
            TriggerEnabled::Always => Some("ALWAYS"),
        };
        if let Some(enabled) = enabled {
            block.attr("enabled", enabled);
        }
        block.comment(it.comment.as_ref());
        block.push(events(it));
        let mut execute = Block::new("execute", &[]);
        execute.attr("function", self.called(&it.function));
        execute.list("args", it.arguments.iter().map(|argument| string(argument)).collect());
        block.push(execute);
        block
    }

    /// The function of a trigger, which takes no arguments of its own.
    fn called(&self, (schema, name): &(String, String)) -> String {
        match self.names.routine(schema, &format!("{name}()")) {
            Some((_, reference)) => reference.clone(),
            None => sql(&format!("{}.{}", quote(schema), quote(name))),
        }
    }
}

fn events(trigger: &Trigger) -> Block {
    let mut block = Block::new(
        match trigger.timing {
            TriggerTiming::Before => "before",
            TriggerTiming::After => "after",
            TriggerTiming::InsteadOf => "instead_of",
        },
        &[],
    );
    let events = &trigger.events;
    block.flag("insert", events.insert);
    block.flag("update", events.update && events.update_of.is_empty());
    block.list("update_of", columns(&events.update_of));
    block.flag("delete", events.delete);
    block.flag("truncate", events.truncate);
    block
}

/// Languages of Postgres itself as words, others in their own spelling.
fn language(name: &str) -> String {
    match name {
        "sql" => "SQL".to_owned(),
        "plpgsql" => "PLpgSQL".to_owned(),
        other if reference(&["lang", other]) == format!("lang.{other}") && other == other.to_lowercase() => {
            other.to_owned()
        }
        other => string(other),
    }
}
