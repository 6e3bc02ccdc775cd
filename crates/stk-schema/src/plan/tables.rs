//! Tables: made, renamed things in them, storage. Columns and constraints have parts of their own.

use super::draft::Stage;
use super::planner::{NORMAL, Planner, path_sql};
use super::render::{parameter, settings};
use super::step::{Effort, LockLevel, Step};
use crate::diff::{Change, Place, Storage};
use crate::model::ObjectKind;

impl<'a> Planner<'a> {
    pub fn table(&mut self, change: &'a Change<'a>) {
        match change {
            Change::CreateTable { place, table } => {
                let sql = NORMAL.create_table(place.schema, place.name, table);
                let step = Step::new(sql.text, format!("create table {}", place.path()));
                self.make(ObjectKind::Table, place, step);
            }
            Change::AlterPartitionKey { place } => {
                let message =
                    format!("Postgres can not change how the table `{}` is partitioned", place.path());
                self.refuse(place.origin, message, "make a new table, and move the rows");
            }
            Change::SetLogged { place, logged } => self.set_logged(place, *logged),
            Change::SetStorage { place, before, after } => {
                let kind = "TABLE";
                self.set_storage(kind, place, place.name, before, after);
            }
            Change::AddColumn { place, name, column } => self.add_column(place, name, column),
            Change::AlterColumn { place, name, before, after } => {
                self.alter_column(place, name, before, after)
            }
            _ => {}
        }
    }

    fn set_logged(&mut self, place: &Place<'_>, logged: bool) {
        let word = if logged { "LOGGED" } else { "UNLOGGED" };
        let summary = format!("make table {} {}", place.path(), word.to_lowercase());
        let step = self.alter(place, &format!("SET {word}"), summary);
        let mut step =
            self.on(place, LockLevel::AccessExclusive, Effort::Rewrite, Step { locks: Vec::new(), ..step });
        if self.facts.has_rows(place.schema, place.name) {
            step.hazards.push(super::columns::rewrite(place));
        }
        self.push(Stage::Attach, step);
    }

    /// Storage parameters of a table, or of an index of it.
    pub fn set_storage(
        &mut self,
        kind: &str,
        place: &Place<'_>,
        name: &str,
        before: Storage<'_>,
        after: Storage<'_>,
    ) {
        let path = NORMAL.qualified(place.schema, name);
        let changed: indexmap::IndexMap<String, String> = after
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(value))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        let gone: Vec<String> =
            before.keys().filter(|name| !after.contains_key(*name)).map(|name| parameter(name)).collect();
        let mut actions = Vec::new();
        if !changed.is_empty() {
            actions.push(format!("SET ({})", settings(&changed)));
        }
        if !gone.is_empty() {
            actions.push(format!("RESET ({})", gone.join(", ")));
        }
        for action in actions {
            let what = if kind == "INDEX" { format!("index {name}") } else { place.path() };
            let step =
                Step::new(format!("ALTER {kind} {path} {action}"), format!("change the storage of {what}"));
            let step = self.on(place, LockLevel::ShareUpdateExclusive, Effort::Catalog, step);
            self.push(Stage::Attach, step);
        }
    }

    /// `ALTER TABLE … RENAME …` and the like.
    pub fn rename(&mut self, rename: &crate::diff::Rename) {
        let (sql, subject) = super::renames::statement(rename);
        let mut step = Step::new(sql, format!("rename {subject} to {}", rename.to));
        if let Some(hazard) = super::renames::hazard_of(rename) {
            step.hazards.push(hazard);
        }
        let table = if rename.within.is_empty() { &rename.to } else { &rename.within };
        if self.live.table(&rename.schema, table).is_some() {
            let place = Place { schema: &rename.schema, name: table, origin: &rename.origin };
            step = self.on(&place, LockLevel::AccessExclusive, Effort::Catalog, step);
        }
        self.push(Stage::Rename, step);
    }

    /// The query that finds a row of the table for which `condition` is true.
    pub fn finds(place: &Place<'_>, condition: &str) -> String {
        format!("SELECT FROM {} WHERE {condition} LIMIT 1", path_sql(place))
    }
}
