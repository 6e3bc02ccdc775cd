//! Tables, their columns, and partitions.

use std::collections::HashSet;

use tokio_postgres::Row;

use super::rows::{Fields as _, params};
use super::{Read, Reader};
use crate::diagnostic::Origin;
use crate::model::{
    Bound, Column, DataType, Identity, Partition, PartitionKey, PartitionStrategy, PartitionTable,
    RowSecurity, SerialSize, Table,
};

impl Reader<'_> {
    pub(super) fn tables(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let schema = self.renames.schema(row.try_get(1)?);
            let name: String = row.try_get(2)?;
            let table = Table {
                comment: row.try_get(3)?,
                partition: self.partition(row, 4)?,
                unlogged: row.try_get(6)?,
                storage_params: params(row.try_get(7)?),
                row_security: RowSecurity { enabled: row.try_get(8)?, enforced: row.try_get(9)? },
                ..Table::default()
            };
            self.tables.insert(row.try_get(0)?, (schema.clone(), name.clone()));
            if let Some(schema) = self.model.schemas.get_mut(&schema) {
                schema.tables.insert(name, table);
            }
        }
        Ok(())
    }

    /// How something is partitioned, from the strategy at `index` and the key after it.
    fn partition(&self, row: &Row, index: usize) -> Result<Option<Partition>, tokio_postgres::Error> {
        let strategy = match row.optional_text(index)?.as_deref() {
            Some("r") => Some(PartitionStrategy::Range),
            Some("l") => Some(PartitionStrategy::List),
            Some("h") => Some(PartitionStrategy::Hash),
            _ => None,
        };
        let key = self.sql(row.optional_text(index + 1)?);
        Ok(strategy.zip(key).map(|(strategy, key)| Partition {
            strategy,
            parts: PartitionKey::Normal(key),
            origin: Origin::default(),
        }))
    }

    pub(super) fn partitions(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let bound: String = self.sql(row.optional_text(4)?).unwrap_or_default();
            let partition = PartitionTable {
                parent_schema: self.renames.schema(row.try_get(2)?),
                parent: row.try_get(3)?,
                bound: if bound == "DEFAULT" { Bound::Default } else { Bound::Values(bound) },
                partition: self.partition(row, 5)?,
                unlogged: row.try_get(7)?,
                storage_params: params(row.try_get(8)?),
                comment: row.try_get(9)?,
                beyond: row.try_get(10)?,
                renamed_from: None,
                origin: Origin::default(),
            };
            if let Some(schema) = self.schema(row.try_get(0)?) {
                schema.partitions.insert(row.try_get(1)?, partition);
            }
        }
        Ok(())
    }

    pub(super) fn columns(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let column = self.column(row)?;
            if let Some(table) = self.table(row.try_get(0)?) {
                table.columns.insert(row.try_get(1)?, column);
            }
        }
        self.leave_out_sequences_of_serials();
        Ok(())
    }

    fn leave_out_sequences_of_serials(&mut self) {
        let mut serials = HashSet::new();
        for (schema_name, schema) in &self.model.schemas {
            for (table_name, table) in &schema.tables {
                let columns = table.columns.iter();
                let of_table = columns.filter(|(_, column)| matches!(column.data_type, DataType::Serial(_)));
                serials.extend(
                    of_table.map(|(column, _)| (schema_name.clone(), table_name.clone(), column.clone())),
                );
            }
        }
        for schema in self.model.schemas.values_mut() {
            schema
                .sequences
                .retain(|_, sequence| sequence.owner.as_ref().is_none_or(|it| !serials.contains(it)));
        }
    }

    fn column(&self, row: &Row) -> Result<Column, tokio_postgres::Error> {
        let printed: String = row.try_get(2)?;
        let serial = row.try_get::<_, Option<bool>>(16)?.unwrap_or(false);
        let size = match printed.as_str() {
            "smallint" => Some(SerialSize::Small),
            "integer" => Some(SerialSize::Normal),
            "bigint" => Some(SerialSize::Big),
            _ => None,
        };
        let data_type = match size.filter(|_| serial) {
            Some(size) => DataType::Serial(size),
            None => {
                self.data_type(printed, row.optional_text(3)?.as_deref(), row.try_get(4)?, row.try_get(5)?)
            }
        };
        let expression = self.sql(row.optional_text(7)?);
        let generated: bool = row.try_get(8)?;
        let is_serial = matches!(data_type, DataType::Serial(_));
        let (generated, default) = if generated { (expression, None) } else { (None, expression) };
        Ok(Column {
            data_type,
            null: !row.try_get::<_, bool>(6)?,
            default: default.filter(|_| !is_serial),
            generated,
            identity: identity(row)?,
            collate: self.sql(row.optional_text(17)?),
            comment: row.try_get(18)?,
            renamed_from: None,
            origin: Origin::default(),
        })
    }
}

fn identity(row: &Row) -> Result<Option<Identity>, tokio_postgres::Error> {
    let letter: String = row.try_get(9)?;
    if letter.is_empty() {
        return Ok(None);
    }
    let (start, increment): (Option<i64>, Option<i64>) = (row.try_get(10)?, row.try_get(11)?);
    Ok(Some(Identity {
        always: letter == "a",
        start: start.unwrap_or(1),
        increment: increment.unwrap_or(1),
        min: row.try_get(12)?,
        max: row.try_get(13)?,
        cache: row.try_get(14)?,
        cycle: row.try_get::<_, Option<bool>>(15)?.unwrap_or(false),
    }))
}
