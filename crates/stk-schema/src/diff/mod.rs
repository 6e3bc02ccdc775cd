//! Two normal models to the closed set of changes between them. No I/O, no SQL, and no opinion on safety.

mod change;
mod tables;

pub(crate) use change::{Change, CommentOn, KeyKind, Place};

use crate::model::{Enum, Model, Schema, Table};

/// What makes `live` into `desired`, in the order of `desired`; drops stand where their schema or table stands.
pub(crate) fn diff<'a>(live: &'a Model, desired: &'a Model) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    for (name, schema) in &desired.schemas {
        match live.schemas.get(name) {
            Some(before) => {
                comment(
                    &mut changes,
                    CommentOn::Schema(name),
                    before.comment.as_deref(),
                    schema.comment.as_deref(),
                );
                compare_schema(&mut changes, name, before, schema);
            }
            None => {
                changes.push(Change::CreateSchema { name, schema });
                comment(&mut changes, CommentOn::Schema(name), None, schema.comment.as_deref());
                compare_schema(&mut changes, name, &EMPTY, schema);
            }
        }
    }
    changes
}

static EMPTY: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(Schema::default);

fn compare_schema<'a>(changes: &mut Vec<Change<'a>>, schema: &'a str, live: &'a Schema, desired: &'a Schema) {
    for (name, wanted) in &desired.enums {
        let place = Place { schema, name, origin: &wanted.origin };
        match live.enums.get(name) {
            Some(before) => compare_enum(changes, place, before, wanted),
            None => {
                changes.push(Change::CreateEnum { place, definition: wanted });
                comment(changes, CommentOn::Enum(place), None, wanted.comment.as_deref());
            }
        }
    }
    for name in live.enums.keys().filter(|name| !desired.enums.contains_key(*name)) {
        changes.push(Change::DropEnum { place: Place { schema, name, origin: &desired.origin } });
    }
    for (name, wanted) in &desired.tables {
        let place = Place { schema, name, origin: &wanted.origin };
        match live.tables.get(name) {
            Some(before) => tables::compare(changes, place, before, wanted),
            None => create_table(changes, place, wanted),
        }
    }
    for name in live.tables.keys().filter(|name| !desired.tables.contains_key(*name)) {
        changes.push(Change::DropTable { place: Place { schema, name, origin: &desired.origin } });
    }
}

fn compare_enum<'a>(changes: &mut Vec<Change<'a>>, place: Place<'a>, live: &'a Enum, desired: &'a Enum) {
    if live.values != desired.values {
        changes.push(Change::AlterEnum { place, before: &live.values, after: &desired.values });
    }
    comment(changes, CommentOn::Enum(place), live.comment.as_deref(), desired.comment.as_deref());
}

fn create_table<'a>(changes: &mut Vec<Change<'a>>, place: Place<'a>, table: &'a Table) {
    changes.push(Change::CreateTable { place, table });
    for (name, index) in &table.indexes {
        changes.push(Change::AddIndex { place, name, index, on_new_table: true });
    }
    for (name, key) in &table.foreign_keys {
        changes.push(Change::AddForeignKey { place, name, key });
    }
    tables::comments(changes, place, None, table);
}

fn comment<'a>(
    changes: &mut Vec<Change<'a>>,
    on: CommentOn<'a>,
    live: Option<&str>,
    desired: Option<&'a str>,
) {
    if live != desired {
        changes.push(Change::SetComment { on, comment: desired });
    }
}
