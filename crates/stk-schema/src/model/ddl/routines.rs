//! Functions, procedures and triggers.

use crate::model::{
    Argument, ArgumentMode, Body, DataType, Function, Parallel, Returns, RoutineKind, Trigger,
    TriggerEnabled, Volatility, quote, quote_literal,
};
use crate::plan::render::Renderer;
use crate::plan::sql::Sql;

impl Renderer<'_> {
    /// A routine by its signature in the model, for `DROP ROUTINE`, `COMMENT ON ROUTINE` and the like.
    pub fn routine(&self, schema: &str, signature: &str) -> String {
        let (name, arguments) = signature.split_once('(').unwrap_or((signature, ")"));
        format!("{}({}", self.qualified(schema, name), self.text(arguments))
    }

    pub fn create_function(&self, schema: &str, function: &Function, or_replace: bool) -> Sql {
        let arguments: Vec<String> =
            function.arguments.iter().map(|argument| self.argument(argument)).collect();
        let text = format!(
            "CREATE {}{} {}({}){}\nLANGUAGE {}{}",
            if or_replace { "OR REPLACE " } else { "" },
            function.kind.as_sql(),
            self.qualified(schema, &function.name),
            arguments.join(", "),
            self.returns(&function.returns),
            quote(&function.language),
            options(function),
        );
        let body = match &function.body {
            Body::Text(text) => format!("AS {}", dollar_quote(text)),
            Body::Sql(sql) => self.text(sql),
        };
        Sql::new(format!("{text}\n{body}"), &function.origin)
    }

    fn argument(&self, argument: &Argument) -> String {
        let mode = match argument.mode {
            ArgumentMode::In => String::new(),
            mode => format!("{} ", mode.as_sql()),
        };
        let name = argument.name.as_deref().map(|name| format!("{} ", quote(name))).unwrap_or_default();
        let default = argument.default.as_deref().map(|sql| format!(" DEFAULT {}", self.expression(sql)));
        format!("{mode}{name}{}{}", self.data_type(&argument.data_type), default.unwrap_or_default())
    }

    fn returns(&self, returns: &Returns) -> String {
        match returns {
            Returns::Nothing => String::new(),
            Returns::Type(data_type) => format!("\nRETURNS {}", self.data_type(data_type)),
            Returns::Set(data_type) => format!("\nRETURNS SETOF {}", self.data_type(data_type)),
            Returns::Table(columns) => {
                let column = |(name, data_type): (&String, &DataType)| {
                    format!("{} {}", quote(name), self.data_type(data_type))
                };
                format!("\nRETURNS TABLE ({})", columns.iter().map(column).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The trigger as it is created, enabled; see [`Renderer::trigger_enabled`].
    pub fn create_trigger(&self, schema: &str, table: &str, name: &str, trigger: &Trigger) -> Sql {
        let mut sql = Sql::new(
            format!(
                "CREATE {}TRIGGER {} {} {} ON {}",
                if trigger.constraint.is_some() { "CONSTRAINT " } else { "" },
                quote(name),
                trigger.timing.as_sql(),
                events(trigger),
                self.qualified(schema, table),
            ),
            &trigger.origin,
        );
        sql.push(trigger.constraint.map_or("", |constraint| constraint.as_sql()));
        if trigger.old_table.is_some() || trigger.new_table.is_some() {
            sql.push(" REFERENCING");
            for (word, table) in [("OLD", &trigger.old_table), ("NEW", &trigger.new_table)] {
                if let Some(table) = table {
                    sql.push(&format!(" {word} TABLE AS {}", quote(table)));
                }
            }
        }
        sql.push(if trigger.each_row { " FOR EACH ROW" } else { " FOR EACH STATEMENT" });
        if let Some(when) = &trigger.when {
            sql.push(&format!(" WHEN ({})", self.text(when)));
        }
        let (function_schema, function) = &trigger.function;
        let function = match function_schema.as_str() {
            "" => quote(function),
            schema => self.qualified(schema, function),
        };
        let arguments: Vec<String> = trigger.arguments.iter().map(|text| quote_literal(text)).collect();
        sql.push(&format!(" EXECUTE FUNCTION {function}({})", arguments.join(", ")));
        sql
    }

    /// What makes the trigger fire as it should; `None` where `CREATE TRIGGER` has done so.
    pub fn trigger_enabled(&self, schema: &str, table: &str, name: &str, trigger: &Trigger) -> Option<Sql> {
        let is_default = trigger.enabled == TriggerEnabled::Origin;
        (!is_default).then(|| self.set_trigger_enabled(schema, table, name, trigger))
    }

    pub fn set_trigger_enabled(&self, schema: &str, table: &str, name: &str, trigger: &Trigger) -> Sql {
        let text = format!(
            "ALTER TABLE {} {} TRIGGER {}",
            self.qualified(schema, table),
            trigger.enabled.as_sql(),
            quote(name)
        );
        Sql::new(text, &trigger.origin)
    }
}

fn options(function: &Function) -> String {
    let mut options = String::new();
    if function.window {
        options.push_str(" WINDOW");
    }
    if function.kind == RoutineKind::Function {
        if function.volatility != Volatility::Volatile {
            options.push_str(&format!(" {}", function.volatility.as_sql()));
        }
        options.push_str(if function.leakproof { " LEAKPROOF" } else { "" });
        options.push_str(if function.strict { " STRICT" } else { "" });
        if function.parallel != Parallel::Unsafe {
            options.push_str(&format!(" PARALLEL {}", function.parallel.as_sql()));
        }
    }
    options.push_str(if function.security_definer { " SECURITY DEFINER" } else { "" });
    for (word, value) in [("COST", &function.cost), ("ROWS", &function.rows)] {
        if let Some(value) = value {
            options.push_str(&format!(" {word} {value}"));
        }
    }
    for (name, value) in &function.settings {
        options.push_str(&format!("\nSET {} = {}", setting_name(name), setting_value(name, value)));
    }
    options
}

/// A setting of an extension, `app.tenant`, has two names.
fn setting_name(name: &str) -> String {
    name.split('.').map(quote).collect::<Vec<_>>().join(".")
}

/// Settings that are lists take their items one by one; a list in one string would be a single name.
fn setting_value(name: &str, value: &str) -> String {
    const LISTS: [&str; 5] = [
        "search_path",
        "temp_tablespaces",
        "local_preload_libraries",
        "session_preload_libraries",
        "DateStyle",
    ];
    if !LISTS.iter().any(|list| list.eq_ignore_ascii_case(name)) || value.is_empty() {
        return quote_literal(value);
    }
    let item = |item: &str| {
        let item = item.trim();
        let bare = item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        quote_literal(&bare.map_or_else(|| item.to_owned(), |bare| bare.replace("\"\"", "\"")))
    };
    value.split(',').map(item).collect::<Vec<_>>().join(", ")
}

fn events(trigger: &Trigger) -> String {
    let events = &trigger.events;
    let mut words = Vec::new();
    if events.insert {
        words.push("INSERT".to_owned());
    }
    if events.update {
        let columns: Vec<String> = events.update_of.iter().map(|column| quote(column)).collect();
        let of = if columns.is_empty() { String::new() } else { format!(" OF {}", columns.join(", ")) };
        words.push(format!("UPDATE{of}"));
    }
    if events.delete {
        words.push("DELETE".to_owned());
    }
    if events.truncate {
        words.push("TRUNCATE".to_owned());
    }
    words.join(" OR ")
}

/// `text` between two tags that it does not have.
fn dollar_quote(text: &str) -> String {
    let tags = std::iter::once("$$".to_owned()).chain((0..).map(|number| format!("$body{number}$")));
    // A text that ends in `$` would run into the closing tag.
    let free = |tag: &String| !format!("{text}$").contains(tag.as_str());
    let tag = tags.into_iter().find(free).unwrap_or_else(|| unreachable!("a text has finitely many tags"));
    format!("{tag}{text}{tag}")
}
