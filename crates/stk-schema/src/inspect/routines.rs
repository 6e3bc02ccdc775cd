//! Functions, procedures and triggers.

use indexmap::IndexMap;
use serde::Deserialize;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::constraints::deferrable;
use super::rows::Fields as _;
use super::{Read, Reader};
use crate::diagnostic::Origin;
use crate::model::{
    Argument, ArgumentMode, Body, DataType, Function, Parallel, Returns, RoutineKind, Trigger,
    TriggerEnabled, TriggerEvents, TriggerTiming, Volatility, bracketed,
};

#[derive(Deserialize)]
struct ArgumentRow {
    name: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    printed: String,
    kind: Option<String>,
    type_schema: String,
    type_name: String,
    default: Option<String>,
}

/// The bits of `pg_trigger.tgtype`.
mod bit {
    pub const ROW: i16 = 1;
    pub const BEFORE: i16 = 1 << 1;
    pub const INSERT: i16 = 1 << 2;
    pub const DELETE: i16 = 1 << 3;
    pub const UPDATE: i16 = 1 << 4;
    pub const TRUNCATE: i16 = 1 << 5;
    pub const INSTEAD: i16 = 1 << 6;
}

impl Reader<'_> {
    pub(super) fn functions(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let arguments: Option<Json<Vec<ArgumentRow>>> = row.try_get(19)?;
            let arguments = arguments.map(|Json(arguments)| arguments).unwrap_or_default();
            let inputs = arguments.iter().filter(|argument| !["o", "t"].contains(&argument.mode.as_str()));
            let types: Vec<String> =
                inputs.map(|argument| self.renames.text(argument.printed.clone())).collect();
            let signature = format!("{}({})", row.try_get::<_, String>(1)?, types.join(", "));
            let function = self.function(row, arguments)?;
            if let Some(schema) = self.schema(row.try_get(0)?) {
                schema.functions.insert(signature, function);
            }
        }
        Ok(())
    }

    fn function(&self, row: &Row, arguments: Vec<ArgumentRow>) -> Result<Function, tokio_postgres::Error> {
        let (columns, arguments): (Vec<ArgumentRow>, Vec<ArgumentRow>) =
            arguments.into_iter().partition(|argument| argument.mode == "t");
        let arguments: Vec<Argument> = arguments.into_iter().map(|row| self.argument(row)).collect();
        let kind = match row.try_get::<_, String>(2)?.as_str() {
            "p" => RoutineKind::Procedure,
            _ => RoutineKind::Function,
        };
        let has_outputs =
            arguments.iter().any(|argument| matches!(argument.mode, ArgumentMode::Out | ArgumentMode::InOut));
        let is_set: bool = row.try_get(13)?;
        let returns = match (kind, columns.is_empty(), is_set) {
            (RoutineKind::Procedure, ..) => Returns::Nothing,
            (_, false, _) => Returns::Table(self.return_columns(columns)),
            (_, _, true) => Returns::Set(self.type_at(row, 15)?),
            _ if has_outputs => Returns::Nothing,
            _ => Returns::Type(self.type_at(row, 15)?),
        };
        let sql_body = self.sql(row.optional_text(5)?);
        Ok(Function {
            name: row.try_get(1)?,
            kind,
            arguments,
            returns,
            language: row.try_get(3)?,
            body: match sql_body {
                Some(sql) => Body::Sql(sql),
                None => Body::Text(row.try_get(4)?),
            },
            volatility: volatility(row.try_get(6)?),
            strict: row.try_get(7)?,
            leakproof: row.try_get(8)?,
            security_definer: row.try_get(9)?,
            parallel: parallel(row.try_get(10)?),
            cost: row.try_get(11)?,
            rows: row.try_get(12)?,
            window: row.try_get::<_, String>(2)? == "w",
            settings: self.settings(row.try_get(14)?),
            comment: row.try_get(20)?,
            renamed_from: None,
            origin: Origin::default(),
        })
    }

    fn argument(&self, row: ArgumentRow) -> Argument {
        Argument {
            name: row.name,
            mode: match row.mode.as_str() {
                "o" => ArgumentMode::Out,
                "b" => ArgumentMode::InOut,
                "v" => ArgumentMode::Variadic,
                _ => ArgumentMode::In,
            },
            data_type: self.data_type(row.printed, row.kind.as_deref(), row.type_schema, row.type_name),
            default: self.sql(row.default),
        }
    }

    fn return_columns(&self, columns: Vec<ArgumentRow>) -> IndexMap<String, DataType> {
        let column = |row: ArgumentRow| {
            let data_type = self.data_type(row.printed, row.kind.as_deref(), row.type_schema, row.type_name);
            (row.name.unwrap_or_default(), data_type)
        };
        columns.into_iter().map(column).collect()
    }

    /// From `name=value` each, sorted by name.
    fn settings(&self, options: Vec<String>) -> IndexMap<String, String> {
        let pairs = options.iter().filter_map(|option| option.split_once('='));
        let mut settings: IndexMap<String, String> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        settings.sort_keys();
        settings
    }

    pub(super) fn triggers(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let (oid, name): (u32, String) = (row.try_get(0)?, row.try_get(1)?);
            let trigger = self.trigger(row)?;
            if let Some(table) = self.table(oid) {
                table.triggers.insert(name, trigger);
            } else if let Some(view) = self.view(oid) {
                view.triggers.insert(name, trigger);
            }
        }
        Ok(())
    }

    fn trigger(&self, row: &Row) -> Result<Trigger, tokio_postgres::Error> {
        let bits: i16 = row.try_get(2)?;
        let has = |bit: i16| bits & bit != 0;
        let timing = match (has(bit::BEFORE), has(bit::INSTEAD)) {
            (true, _) => TriggerTiming::Before,
            (_, true) => TriggerTiming::InsteadOf,
            _ => TriggerTiming::After,
        };
        let events = TriggerEvents {
            insert: has(bit::INSERT),
            update: has(bit::UPDATE),
            update_of: row.try_get(3)?,
            delete: has(bit::DELETE),
            truncate: has(bit::TRUNCATE),
        };
        // Only the whole statement shows the condition, in brackets.
        let definition = row.optional_text(4)?;
        let when = definition.as_deref().and_then(|text| bracketed(text, "WHEN"));
        let arguments: Vec<u8> = row.try_get(7)?;
        let arguments =
            arguments.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let mut arguments: Vec<String> = arguments.collect();
        // Each argument ends in a zero byte, the last one too.
        arguments.pop();
        Ok(Trigger {
            timing,
            events,
            each_row: has(bit::ROW),
            when: self.sql(when),
            function: (self.renames.schema(row.try_get(5)?), row.try_get(6)?),
            arguments,
            constraint: row.try_get::<_, bool>(8)?.then_some(deferrable(row.try_get(9)?, row.try_get(10)?)),
            old_table: row.try_get(11)?,
            new_table: row.try_get(12)?,
            enabled: match row.try_get(13)? {
                "D" => TriggerEnabled::Disabled,
                "R" => TriggerEnabled::Replica,
                "A" => TriggerEnabled::Always,
                _ => TriggerEnabled::Origin,
            },
            comment: row.try_get(14)?,
            renamed_from: None,
            origin: Origin::default(),
        })
    }
}

fn volatility(letter: &str) -> Volatility {
    match letter {
        "i" => Volatility::Immutable,
        "s" => Volatility::Stable,
        _ => Volatility::Volatile,
    }
}

fn parallel(letter: &str) -> Parallel {
    match letter {
        "s" => Parallel::Safe,
        "r" => Parallel::Restricted,
        _ => Parallel::Unsafe,
    }
}
