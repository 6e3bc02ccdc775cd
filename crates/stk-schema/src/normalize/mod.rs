//! A declared model as Postgres understands it.
//!
//! Nothing is guessed about types, expressions or generated names: the whole model is built in scratch schemas,
//! read back from the catalog, and rolled back. No lock on the user's tables is taken. In an expression a bare name
//! is looked for in the table's own schema, then in the other managed ones, then in `public`.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Transaction;
use tokio_postgres::error::ErrorPosition;

use crate::diagnostic::{Diagnostic, Origin, code};
use crate::inspect::{self, Extent, Renames};
use crate::model::{Model, Table, quote};
use crate::plan::PlanError;
use crate::plan::render::Renderer;
use crate::plan::sql::Sql;
use crate::postgres::{CANONICAL, describe, failed};

/// A name that no user's schema has.
const SCRATCH: &str = "stk_scratch_";

pub(crate) async fn normalize(
    transaction: &mut Transaction<'_>,
    declared: &Model,
) -> Result<Model, PlanError> {
    let doing = failed("build the schema in a scratch copy");
    let scratch = transaction.transaction().await.map_err(&doing)?;
    scratch.batch_execute(CANONICAL).await.map_err(&doing)?;
    let names: Vec<String> = declared.managed_schemas();
    let copies: Vec<String> = (0..names.len()).map(|index| format!("{SCRATCH}{index}")).collect();
    let quoted: Vec<String> = scratch
        .query_one("SELECT array(SELECT quote_ident(name) FROM unnest($1::text[]) name)", &[&names])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(&doing)?;
    let schemas: HashMap<String, String> = names.iter().cloned().zip(copies.iter().cloned()).collect();
    let statements = statements(declared, &names, &schemas);
    let (scratch, faults) = build(scratch, &statements).await?;
    if !faults.is_empty() {
        return Err(PlanError::Diagnostics(faults));
    }
    let renames = Renames {
        schemas: copies
            .iter()
            .zip(names.iter().zip(quoted))
            .map(|(copy, (name, quoted))| (copy.clone(), name.clone(), quoted))
            .collect(),
    };
    let mut normal = inspect::read(&scratch, &copies, &renames, Extent::Schemas).await?;
    scratch.rollback().await.map_err(&doing)?;
    adopt(&mut normal, declared);
    Ok(normal)
}

/// All of `declared` as statements that build its scratch copy.
fn statements(declared: &Model, names: &[String], schemas: &HashMap<String, String>) -> Vec<Sql> {
    let renderer = Renderer::Scratch { schemas, declared };
    let mut list = Vec::new();
    for (name, schema) in &declared.schemas {
        list.push(renderer.create_schema(name, schema));
    }
    for (name, schema) in &declared.schemas {
        for (enum_name, definition) in &schema.enums {
            list.push(renderer.create_enum(name, enum_name, definition));
        }
    }
    for (schema_name, schema) in &declared.schemas {
        list.push(search_path(schema_name, names, schemas));
        for (name, table) in &schema.tables {
            list.push(renderer.create_table(schema_name, name, table));
            for (index_name, index) in &table.indexes {
                list.push(renderer.create_index(schema_name, name, index_name, index, false));
            }
        }
    }
    for (schema_name, schema) in &declared.schemas {
        for (name, table) in &schema.tables {
            for (key_name, key) in &table.foreign_keys {
                list.push(renderer.add_foreign_key(schema_name, name, key_name, key));
            }
        }
    }
    list
}

fn search_path(own: &str, names: &[String], schemas: &HashMap<String, String>) -> Sql {
    let own_first =
        || std::iter::once(own).chain(names.iter().map(String::as_str).filter(move |name| *name != own));
    let copies = own_first().filter_map(|name| schemas.get(name).map(String::as_str));
    let path: Vec<String> = copies.chain(own_first()).chain(["public"]).map(quote).collect();
    Sql::new(format!("SET LOCAL search_path = {}", path.join(", ")), &Origin::default())
}

/// Runs `statements` in one go; if that fails, again one by one to find everything that is refused.
async fn build<'a>(
    mut scratch: Transaction<'a>,
    statements: &[Sql],
) -> Result<(Transaction<'a>, Vec<Diagnostic>), PlanError> {
    let doing = failed("build the schema in a scratch copy");
    let all = statements.iter().map(|sql| sql.text.as_str()).collect::<Vec<_>>().join(";\n");
    let attempt = scratch.savepoint("stk_all").await.map_err(&doing)?;
    match attempt.batch_execute(&all).await {
        Ok(()) => {
            attempt.commit().await.map_err(&doing)?;
            return Ok((scratch, Vec::new()));
        }
        Err(error) if error.as_db_error().is_none() => return Err(doing(error).into()),
        Err(_) => attempt.rollback().await.map_err(&doing)?,
    }
    let mut faults = Vec::new();
    for sql in statements {
        let attempt = scratch.savepoint("stk_one").await.map_err(&doing)?;
        match attempt.batch_execute(&sql.text).await {
            Ok(()) => attempt.commit().await.map_err(&doing)?,
            Err(error) if error.as_db_error().is_none() => return Err(doing(error).into()),
            Err(error) => {
                let origin = culprit(sql, &error);
                if origin.0.is_none() {
                    // Not the user's words: the role may lack the right to make a schema, for one.
                    return Err(doing(error).into());
                }
                attempt.rollback().await.map_err(&doing)?;
                // A table that fails takes what refers to it along; only the first cause is worth saying.
                if faults.is_empty() || !is_missing_object(&error) {
                    faults.push(refused(&origin, &error));
                }
            }
        }
    }
    Ok((scratch, faults))
}

fn is_missing_object(error: &tokio_postgres::Error) -> bool {
    use tokio_postgres::error::SqlState;
    error.code().is_some_and(|code| *code == SqlState::UNDEFINED_TABLE)
}

fn refused(origin: &Origin, error: &tokio_postgres::Error) -> Diagnostic {
    let message = describe(error).replace(SCRATCH, "scratch_");
    let mut diagnostic = Diagnostic::at(code::REFUSED, origin, format!("Postgres refuses this: {message}"));
    diagnostic.hint = error.as_db_error().and_then(|db| db.hint()).map(str::to_owned);
    diagnostic
}

/// The object whose part of the statement Postgres points at.
fn culprit(sql: &Sql, error: &tokio_postgres::Error) -> Origin {
    let offset = match error.as_db_error().and_then(|db| db.position()) {
        // Characters from 1.
        Some(ErrorPosition::Original(position)) => {
            let characters = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
            sql.text.char_indices().nth(characters).map_or(sql.text.len(), |(at, _)| at)
        }
        _ => 0,
    };
    sql.origin_at(offset)
}

/// Gives the normal model what only the declared one knows: origins, comments, order, and which names were chosen.
fn adopt(normal: &mut Model, declared: &Model) {
    normal.schemas.sort_by_cached_key(|name, _| declared.schemas.get_index_of(name));
    for (name, from) in &declared.schemas {
        let Some(schema) = normal.schemas.get_mut(name) else { continue };
        schema.origin = from.origin.clone();
        schema.comment = from.comment.clone();
        schema.enums.sort_by_cached_key(|name, _| from.enums.get_index_of(name));
        schema.tables.sort_by_cached_key(|name, _| from.tables.get_index_of(name));
        for (name, found) in &mut schema.enums {
            if let Some(from) = from.enums.get(name) {
                found.origin = from.origin.clone();
                found.comment = from.comment.clone();
            }
        }
        for (name, table) in &mut schema.tables {
            if let Some(from) = from.tables.get(name) {
                adopt_table(table, from);
            }
        }
    }
}

fn adopt_table(table: &mut Table, from: &Table) {
    table.origin = from.origin.clone();
    table.comment = from.comment.clone();
    for (name, column) in &mut table.columns {
        if let Some(from) = from.columns.get(name) {
            column.origin = from.origin.clone();
            column.comment = from.comment.clone();
        }
    }
    if let (Some(key), Some(from)) = (&mut table.primary_key, &from.primary_key) {
        key.origin = from.origin.clone();
        key.comment = from.comment.clone();
        key.name = key.name.take().filter(|_| from.name.is_some() || from.comment.is_some());
    }
    table.uniques.sort_by_cached_key(|name, _| from.uniques.get_index_of(name));
    for (name, key) in &mut table.uniques {
        if let Some(from) = from.uniques.get(name) {
            key.origin = from.origin.clone();
            key.comment = from.comment.clone();
        }
    }
    table.indexes.sort_by_cached_key(|name, _| from.indexes.get_index_of(name));
    for (name, index) in &mut table.indexes {
        if let Some(from) = from.indexes.get(name) {
            index.origin = from.origin.clone();
            index.comment = from.comment.clone();
        }
    }
    table.foreign_keys.sort_by_cached_key(|name, _| from.foreign_keys.get_index_of(name));
    for (name, key) in &mut table.foreign_keys {
        if let Some(from) = from.foreign_keys.get(name) {
            key.origin = from.origin.clone();
            key.comment = from.comment.clone();
        }
    }
    if let (Some(partition), Some(from)) = (&mut table.partition, &from.partition) {
        partition.origin = from.origin.clone();
    }
    adopt_checks(table, from);
}

/// Postgres makes checks in the order of the statement, so that those it named itself pair up with those unnamed.
fn adopt_checks(table: &mut Table, from: &Table) {
    let chosen: HashSet<&str> = from.checks.iter().filter_map(|check| check.name.as_deref()).collect();
    let mut unnamed = from.checks.iter().filter(|check| check.name.is_none());
    for check in &mut table.checks {
        let name = check.name.as_deref().unwrap_or_default();
        let declared = if chosen.contains(name) {
            from.checks.iter().find(|from| from.name.as_deref() == Some(name))
        } else {
            unnamed.next()
        };
        let Some(declared) = declared else { continue };
        check.origin = declared.origin.clone();
        check.comment = declared.comment.clone();
        check.name = check.name.take().filter(|_| declared.name.is_some() || declared.comment.is_some());
    }
}
