//! Partitions that become tables of their own: what they will be once they are detached.
//!
//! A partition has the columns, keys and indexes of its table, the last two under names of its own, which only the
//! catalog knows. Triggers and policies stay with the table.

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::render::Renderer;
use crate::model::{Model, RowSecurity, Table};
use crate::postgres::{DatabaseError, failed};

/// By the kind of thing, its name in the partitioned table and its name in the partition.
type Names = Vec<(String, String, String)>;

const NAMES: &str = "
SELECT 'index', above.relname::text, own.relname::text
FROM pg_index x
JOIN pg_inherits i ON i.inhrelid = x.indexrelid
JOIN pg_class own ON own.oid = i.inhrelid
JOIN pg_class above ON above.oid = i.inhparent
WHERE x.indrelid = to_regclass($1)
UNION ALL
SELECT 'constraint', above.conname::text, own.conname::text
FROM pg_constraint own
JOIN pg_constraint above ON above.oid = own.conparentid
WHERE own.conrelid = to_regclass($1)";

/// Adds to the live model's tables those that partitions become.
pub(super) async fn add_tables(
    transaction: &Transaction<'_>,
    live: &mut Model,
    desired: &Model,
) -> Result<(), DatabaseError> {
    let doing = failed("ask for the names in partitions that are to be detached");
    let mut found = Vec::new();
    for (schema, it) in &desired.schemas {
        let Some(before) = live.schemas.get(schema) else { continue };
        for name in it.tables.keys() {
            let Some(partition) = before.partitions.get(name) else { continue };
            // Of a partition of a partition the model has no table to start from.
            let Some(above) = live.table(&partition.parent_schema, &partition.parent) else { continue };
            let path = Renderer::Normal.qualified(schema, name);
            let rows = transaction.query_typed(NAMES, &[(&path, Type::TEXT)]).await.map_err(&doing)?;
            let names: Result<Names, tokio_postgres::Error> =
                rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect();
            let table = Table {
                comment: partition.comment.clone(),
                partition: partition.partition.clone(),
                unlogged: partition.unlogged,
                storage_params: partition.storage_params.clone(),
                ..of_its_own(above, &names.map_err(&doing)?)
            };
            found.push((schema.clone(), name.clone(), table));
        }
    }
    for (schema, name, table) in found {
        if let Some(schema) = live.schemas.get_mut(&schema) {
            schema.tables.insert(name, table);
        }
    }
    Ok(())
}

fn of_its_own(above: &Table, names: &Names) -> Table {
    let own = |kind: &str, name: &String| {
        let named = names.iter().find(|(of, from, _)| of == kind && from == name);
        named.map_or_else(|| name.clone(), |(.., own)| own.clone())
    };
    let mut table = above.clone();
    if let Some(key) = &mut table.primary_key {
        key.name = key.name.as_ref().map(|name| own("constraint", name));
    }
    table.uniques = above
        .uniques
        .iter()
        .map(|(name, key)| {
            let name = own("constraint", name);
            (name.clone(), crate::model::Key { name: Some(name), ..key.clone() })
        })
        .collect();
    table.indexes = above.indexes.iter().map(|(name, index)| (own("index", name), index.clone())).collect();
    table.foreign_keys =
        above.foreign_keys.iter().map(|(name, key)| (own("constraint", name), key.clone())).collect();
    table.exclusions.clear();
    table.triggers.clear();
    table.policies.clear();
    table.row_security = RowSecurity::default();
    table
}
