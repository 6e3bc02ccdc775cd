//! A declared model as Postgres understands it.
//!
//! Nothing is guessed about types, expressions or generated names: what is not word for word in the database already
//! is built in scratch schemas, read back from the catalog, and rolled back. Nothing is evaluated, no lock on the
//! user's tables is taken. In an expression a bare name is looked for in the object's own schema, then in the other
//! managed ones, then in `public`.
//!
//! `settled` finds what needs no scratch copy; `objects` says what each object mentions, and so what must be built
//! with it and in which order; `build` does it in batches, since every new table takes locks and locks are limited;
//! `adopt` gives the result what only the declared model knows.

mod adopt;
mod build;
mod objects;
mod reduce;
mod roles;
mod run;
mod settled;
mod statements;

use std::collections::HashSet;

use tokio_postgres::Transaction;

use crate::diagnostic::{Diagnostic, code};
use crate::model::{DataType, Dependency, Model, Object, ObjectKind, Schema};
use crate::plan::PlanError;
use build::Scratch;
use objects::Objects;

/// `declared` in its normal form; `live` is the database's own model.
pub(crate) async fn normalize(
    transaction: &mut Transaction<'_>,
    declared: &Model,
    live: &Model,
) -> Result<Model, PlanError> {
    roles::check(transaction, declared).await?;
    let objects = Objects::of(declared, live);
    let mut normal = settled_part(declared, live, &objects);
    if !objects.unsettled.is_empty() {
        let mut scratch = Scratch::new(transaction, declared, live).await?;
        for batch in scratch.batches(&objects) {
            let built = scratch.build(transaction, &objects, &batch).await?;
            take(&mut normal, built, &batch.wanted);
        }
    }
    normal.extensions = declared.extensions.clone();
    normal.permissions = permissions(declared);
    let mut faults = sequences_of_serials(declared, &normal);
    faults.extend(columns_of_views(declared, &normal));
    if !faults.is_empty() {
        return Err(PlanError::Diagnostics(faults));
    }
    adopt::adopt(&mut normal, declared, live);
    keep_known(&mut normal.dependencies, declared);
    Ok(normal)
}

/// The schemas, with what of them is in the database exactly as it is declared.
fn settled_part(declared: &Model, live: &Model, objects: &Objects<'_>) -> Model {
    let mut normal = Model::default();
    for (name, from) in &declared.schemas {
        let mut schema = Schema { comment: from.comment.clone(), ..Schema::default() };
        if let Some(live) = live.schemas.get(name) {
            let settled = |kind, object: &str| objects.is_settled(kind, name, object);
            copy(&mut schema.enums, &live.enums, |object| settled(ObjectKind::Enum, object));
            copy(&mut schema.domains, &live.domains, |object| settled(ObjectKind::Domain, object));
            copy(&mut schema.composites, &live.composites, |object| settled(ObjectKind::Composite, object));
            copy(&mut schema.sequences, &live.sequences, |object| settled(ObjectKind::Sequence, object));
            copy(&mut schema.functions, &live.functions, |object| settled(ObjectKind::Function, object));
            copy(&mut schema.tables, &live.tables, |object| settled(ObjectKind::Table, object));
            copy(&mut schema.partitions, &live.partitions, |object| settled(ObjectKind::Partition, object));
            copy(&mut schema.views, &live.views, |object| settled(ObjectKind::View, object));
        }
        normal.schemas.insert(name.clone(), schema);
    }
    normal.dependencies.clone_from(&live.dependencies);
    normal
}

fn copy<T: Clone>(
    to: &mut indexmap::IndexMap<String, T>,
    from: &indexmap::IndexMap<String, T>,
    keep: impl Fn(&str) -> bool,
) {
    to.extend(
        from.iter().filter(|(name, _)| keep(name)).map(|(name, object)| (name.clone(), object.clone())),
    );
}

/// Takes the objects of a batch out of what was built, and leaves what was built only for their sake.
fn take(normal: &mut Model, built: Model, wanted: &HashSet<Object>) {
    let is_wanted = |kind, schema: &str, name: &str| {
        wanted.contains(&Object { kind, schema: schema.to_owned(), name: name.to_owned() })
    };
    for (schema_name, from) in built.schemas {
        let Some(to) = normal.schemas.get_mut(&schema_name) else { continue };
        let wants = |kind| {
            let schema_name = schema_name.clone();
            move |name: &str| is_wanted(kind, &schema_name, name)
        };
        let enums = from.enums.into_iter();
        to.enums.extend(enums.filter(|(name, _)| wants(ObjectKind::Enum)(name)));
        let domains = from.domains.into_iter();
        to.domains.extend(domains.filter(|(name, _)| wants(ObjectKind::Domain)(name)));
        let composites = from.composites.into_iter();
        to.composites.extend(composites.filter(|(name, _)| wants(ObjectKind::Composite)(name)));
        let sequences = from.sequences.into_iter();
        to.sequences.extend(sequences.filter(|(name, _)| wants(ObjectKind::Sequence)(name)));
        // Signatures are the user's own until they are normal: those of one name go together.
        let functions = from.functions.into_iter();
        to.functions.extend(functions.filter(|(_, function)| {
            wanted.iter().any(|object| {
                object.kind == ObjectKind::Function
                    && object.schema == schema_name
                    && object.name.split('(').next() == Some(function.name.as_str())
            })
        }));
        to.tables.extend(from.tables.into_iter().filter(|(name, _)| wants(ObjectKind::Table)(name)));
        let partitions = from.partitions.into_iter();
        to.partitions.extend(partitions.filter(|(name, _)| wants(ObjectKind::Partition)(name)));
        to.views.extend(from.views.into_iter().filter(|(name, _)| wants(ObjectKind::View)(name)));
    }
    normal.dependencies.extend(built.dependencies);
}

/// One entry for each target, role and grantability.
fn permissions(declared: &Model) -> Vec<crate::model::Permission> {
    let mut permissions = declared.permissions.clone();
    permissions.sort_by(|a, b| a.key().cmp(&b.key()));
    permissions.dedup_by(|next, first| {
        let same = next.key() == first.key();
        if same {
            first.privileges.append(&mut next.privileges);
            first.privileges.sort();
            first.privileges.dedup();
        }
        same
    });
    permissions
}

/// Declared sequences that Postgres can not tell from those of serial columns.
fn sequences_of_serials(declared: &Model, normal: &Model) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (schema_name, schema) in &declared.schemas {
        for (name, sequence) in &schema.sequences {
            let Some((owner_schema, table, column)) = &sequence.owner else { continue };
            let owner = normal.table(owner_schema, table).and_then(|table| table.columns.get(column));
            let is_there =
                normal.schemas.get(schema_name).is_some_and(|schema| schema.sequences.contains_key(name));
            if !is_there && owner.is_some_and(|owner| matches!(owner.data_type, DataType::Serial(_))) {
                let message =
                    format!("the sequence `{name}` is what makes `{table}.{column}` a serial column");
                faults.push(
                    Diagnostic::at(code::CONFLICT, &sequence.origin, message).hint(
                        "write `type = serial` (or bigserial) for the column and leave the sequence out",
                    ),
                );
            }
        }
    }
    faults
}

/// Columns of views whose declared type is not the one that the query gives.
fn columns_of_views(declared: &Model, normal: &Model) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (schema_name, schema) in &declared.schemas {
        for (name, view) in &schema.views {
            let found = normal.schemas.get(schema_name).and_then(|schema| schema.views.get(name));
            let Some(found) = found else { continue };
            for (column_name, column) in
                view.columns.iter().filter(|(_, column)| !column.data_type.is_empty())
            {
                let Some(found) = found.columns.get(column_name) else { continue };
                if !settled::same_type(&column.data_type, &found.data_type) {
                    let message = format!(
                        "the column `{column_name}` of the view `{name}` is of type {}, not {}",
                        found.data_type, column.data_type
                    );
                    faults.push(
                        Diagnostic::at(code::CONFLICT, &column.origin, message)
                            .hint("leave `type` out, or cast in the query"),
                    );
                }
            }
        }
    }
    faults
}

/// Dependencies of the live model tell of settled objects; what else they tell of may be gone by now.
fn keep_known(dependencies: &mut Vec<Dependency>, declared: &Model) {
    let known = |object: &Object| {
        let Some(schema) = declared.schemas.get(&object.schema) else { return false };
        match object.kind {
            ObjectKind::Function => {
                let name = object.name.split('(').next().unwrap_or_default();
                schema.functions.values().any(|function| function.name == name)
            }
            _ => schema.has(&object.name),
        }
    };
    dependencies.retain(|dependency| known(&dependency.object) && known(&dependency.on));
    dependencies.sort();
    dependencies.dedup();
}
