//! Two normal models to the closed set of changes between them. No I/O, no SQL, and no opinion on safety.

mod change;
mod comments;
mod needed;
mod objects;
mod partitions;
mod permissions;
mod rename;
mod rewrite;
mod same;
mod tables;
pub(crate) mod text;

pub(crate) use change::{Change, CommentOn, KeyKind, Place, Storage};
pub(crate) use needed::needed;
pub(crate) use partitions::is_managed;
pub(crate) use rename::{Rename, Renamed, apply_renames};
pub(crate) use same::{
    can_replace_function, can_replace_view, is_made_anew, same_check, same_check_but_validity,
    same_foreign_key_but_validity, same_index_but_storage, same_trigger_but_enabled, same_type,
};

use crate::model::{Model, Schema, Unmanaged};

/// What makes `live`, whose renames are done, into `desired`, but for what is [`needed`]; in the order of `desired`.
pub(crate) fn diff<'a>(live: &'a Model, desired: &'a Model) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    extensions(&mut changes, live, desired);
    for (name, schema) in &desired.schemas {
        let before = live.schemas.get(name);
        if before.is_none() {
            changes.push(Change::CreateSchema { name, schema });
        }
        let before = before.unwrap_or(&EMPTY);
        objects::compare(&mut changes, name, before, schema);
        tables::compare_all(&mut changes, name, before, schema);
        partitions::compare(&mut changes, name, (live, before), (desired, schema));
        comments::of_schema(&mut changes, name, before, schema);
    }
    permissions::compare(&mut changes, live, desired);
    let alone = needed(live, desired);
    changes.retain(|change| !drops_one_of(change, &alone));
    changes
}

fn drops_one_of(change: &Change<'_>, alone: &[Unmanaged]) -> bool {
    let (Change::DropFunction { place }
    | Change::DropSequence { place }
    | Change::DropDomain { place }
    | Change::DropComposite { place }
    | Change::DropEnum { place }) = change
    else {
        return false;
    };
    alone.iter().any(|it| (it.schema.as_str(), it.name.as_str()) == (place.schema, place.name))
}

static EMPTY: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(Schema::default);

/// A schema file that names no extension leaves those of the database alone.
fn extensions<'a>(changes: &mut Vec<Change<'a>>, live: &'a Model, desired: &'a Model) {
    for (name, after) in &desired.extensions {
        let before = live.extensions.get(name);
        match before {
            None => changes.push(Change::CreateExtension { name, extension: after }),
            Some(before) => {
                let moved = after.schema.is_some() && before.schema != after.schema;
                let updated = after.version.is_some() && before.version != after.version;
                if moved || updated {
                    changes.push(Change::AlterExtension { name, before, after });
                }
            }
        }
        // An extension comes with a comment of its own; without one in the schema that stays.
        if after.comment.is_some() {
            let before = before.and_then(|before| before.comment.as_deref());
            comments::push(changes, CommentOn::Extension(name), before, after.comment.as_deref());
        }
    }
    if !desired.extensions.is_empty() {
        let gone = live.extensions.keys().filter(|name| !desired.extensions.contains_key(*name));
        changes.extend(gone.map(|name| Change::DropExtension { name }));
    }
}
