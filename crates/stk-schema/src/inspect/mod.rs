//! The catalog of a database as a normal [`Model`]: six queries for any number of tables.
//!
//! Every name in an expression or type comes out qualified, because the queries run with an empty search path.
//! Views, functions, policies and triggers are not read, nor is anything that belongs to an extension.

mod indexes;
mod rows;

use std::collections::HashMap;

use futures_util::future::try_join_all;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row, Transaction};

use crate::diagnostic::Origin;
use crate::model::{
    Check, Column, DataType, Enum, ForeignKey, Identity, Model, Partition, PartitionKey, PartitionStrategy,
    ReferenceAction, Schema, SerialSize, Table,
};
use crate::postgres::{CANONICAL, DatabaseError, failed};
use rows::Fields as _;

const SCHEMAS: &str = include_str!("schemas.sql");
const ENUMS: &str = include_str!("enums.sql");
const TABLES: &str = include_str!("tables.sql");
const COLUMNS: &str = include_str!("columns.sql");
const INDEXES: &str = include_str!("indexes.sql");
const CONSTRAINTS: &str = include_str!("constraints.sql");

/// What Postgres says of its own accord about the schema `public`.
const PUBLIC_COMMENT: &str = "standard public schema";

/// Reads `schemas`; one that does not exist is not in the model.
///
/// # Errors
/// Whatever Postgres or the connection answers.
pub async fn inspect(client: &mut Client, schemas: &[String]) -> Result<Model, DatabaseError> {
    let transaction = client
        .build_transaction()
        .read_only(true)
        .start()
        .await
        .map_err(failed("begin reading the catalog"))?;
    read(&transaction, schemas, &Renames::default()).await
}

/// The names by which the catalog's schemas go in the model, where they differ: scratch schemas stand for real ones.
#[derive(Default)]
pub(crate) struct Renames {
    /// Name in the catalog, name in the model, and the latter as Postgres would quote it.
    pub schemas: Vec<(String, String, String)>,
}

impl Renames {
    fn schema(&self, name: String) -> String {
        let renamed = self.schemas.iter().find(|(from, ..)| *from == name);
        renamed.map_or(name, |(_, to, _)| to.clone())
    }

    /// Renames within an expression that Postgres printed.
    fn text(&self, text: String) -> String {
        self.schemas.iter().fold(text, |text, (from, _, quoted)| {
            if text.contains(from.as_str()) {
                text.replace(&format!("{from}."), &format!("{quoted}."))
            } else {
                text
            }
        })
    }
}

/// [`inspect`] within a transaction; leaves it with the settings of [`CANONICAL`].
pub(crate) async fn read(
    transaction: &Transaction<'_>,
    schemas: &[String],
    renames: &Renames,
) -> Result<Model, DatabaseError> {
    let doing = failed("read the catalog");
    transaction.batch_execute(CANONICAL).await.map_err(&doing)?;
    let queries = [SCHEMAS, ENUMS, TABLES, COLUMNS, INDEXES, CONSTRAINTS];
    let rows =
        queries.map(|sql| async move { transaction.query_typed(sql, &[(&schemas, Type::TEXT_ARRAY)]).await });
    let rows: [Vec<Row>; 6] = try_join_all(rows)
        .await
        .map_err(&doing)?
        .try_into()
        .unwrap_or_else(|_| unreachable!("six queries give six answers"));
    let mut reader = Reader { renames, tables: HashMap::new(), model: Model::default() };
    reader.all(&rows).map_err(doing)?;
    Ok(reader.model)
}

struct Reader<'a> {
    renames: &'a Renames,
    /// Schema and name of each table by its oid.
    tables: HashMap<u32, (String, String)>,
    model: Model,
}

type Read = Result<(), tokio_postgres::Error>;

impl Reader<'_> {
    fn all(&mut self, rows: &[Vec<Row>; 6]) -> Read {
        let [schemas, enums, tables, columns, indexes, constraints] = rows;
        self.schemas(schemas)?;
        self.enums(enums)?;
        self.tables(tables)?;
        self.columns(columns)?;
        self.indexes(indexes)?;
        self.constraints(constraints)
    }

    fn table(&mut self, oid: u32) -> Option<&mut Table> {
        let (schema, name) = self.tables.get(&oid)?;
        self.model.schemas.get_mut(schema)?.tables.get_mut(name)
    }

    fn schemas(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let name: String = self.renames.schema(row.try_get(0)?);
            let comment: Option<String> = row.try_get(1)?;
            let comment = comment.filter(|comment| !(name == "public" && comment == PUBLIC_COMMENT));
            self.model.schemas.insert(name, Schema { comment, ..Schema::default() });
        }
        Ok(())
    }

    fn enums(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let schema = self.renames.schema(row.try_get(0)?);
            let found = Enum { values: row.try_get(2)?, comment: row.try_get(3)?, ..Enum::default() };
            if let Some(schema) = self.model.schemas.get_mut(&schema) {
                schema.enums.insert(row.try_get(1)?, found);
            }
        }
        Ok(())
    }

    fn tables(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let schema = self.renames.schema(row.try_get(1)?);
            let name: String = row.try_get(2)?;
            let strategy = match row.optional_text(4)?.as_deref() {
                Some("r") => Some(PartitionStrategy::Range),
                Some("l") => Some(PartitionStrategy::List),
                Some("h") => Some(PartitionStrategy::Hash),
                _ => None,
            };
            let key = row.optional_text(5)?.map(|key| self.renames.text(key));
            let partition = strategy.zip(key).map(|(strategy, key)| Partition {
                strategy,
                parts: PartitionKey::Normal(key),
                origin: Origin::default(),
            });
            let table = Table { comment: row.try_get(3)?, partition, ..Table::default() };
            self.tables.insert(row.try_get(0)?, (schema.clone(), name.clone()));
            if let Some(schema) = self.model.schemas.get_mut(&schema) {
                schema.tables.insert(name, table);
            }
        }
        Ok(())
    }

    fn columns(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let column = self.column(row)?;
            if let Some(table) = self.table(row.try_get(0)?) {
                table.columns.insert(row.try_get(1)?, column);
            }
        }
        Ok(())
    }

    fn column(&self, row: &Row) -> Result<Column, tokio_postgres::Error> {
        let type_text: String = row.try_get(2)?;
        let serial = row.try_get::<_, Option<bool>>(11)?.unwrap_or(false);
        let size = match type_text.as_str() {
            "smallint" => Some(SerialSize::Small),
            "integer" => Some(SerialSize::Normal),
            "bigint" => Some(SerialSize::Big),
            _ => None,
        };
        let in_enum = row.optional_text(3)?.zip(row.optional_text(4)?);
        let data_type = match (size.filter(|_| serial), in_enum) {
            (Some(size), _) => DataType::Serial(size),
            (None, Some((schema, name))) => DataType::Enum { schema: self.renames.schema(schema), name },
            (None, None) => DataType::Sql(self.renames.text(type_text)),
        };
        let expression = row.optional_text(6)?.map(|expression| self.renames.text(expression));
        let generated: bool = row.try_get(7)?;
        let identity: String = row.try_get(8)?;
        let (start, increment): (Option<i64>, Option<i64>) = (row.try_get(9)?, row.try_get(10)?);
        let identity = (!identity.is_empty()).then(|| Identity {
            always: identity == "a",
            start: start.unwrap_or(1),
            increment: increment.unwrap_or(1),
            min: None,
            max: None,
            cache: None,
            cycle: false,
        });
        let is_serial = matches!(data_type, DataType::Serial(_));
        let (generated, default) = if generated { (expression, None) } else { (None, expression) };
        Ok(Column {
            data_type,
            null: !row.try_get::<_, bool>(5)?,
            default: default.filter(|_| !is_serial),
            generated,
            identity,
            collate: row.optional_text(12)?.map(|collate| self.renames.text(collate)),
            comment: row.try_get(13)?,
            renamed_from: None,
            origin: Origin::default(),
        })
    }

    fn constraints(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let name: String = row.try_get(1)?;
            let (beyond, comment): (Vec<String>, Option<String>) = (row.try_get(10)?, row.try_get(11)?);
            if row.try_get::<_, String>(2)? == "c" {
                let expr = self.renames.text(row.optional_text(3)?.unwrap_or_default());
                let check = Check { name: Some(name), expr, comment, beyond, ..Check::default() };
                if let Some(table) = self.table(row.try_get(0)?) {
                    table.checks.push(check);
                }
                continue;
            }
            let foreign_key = ForeignKey {
                columns: row.try_get(4)?,
                ref_schema: self.renames.schema(row.optional_text(5)?.unwrap_or_default()),
                ref_table: row.optional_text(6)?.unwrap_or_default(),
                ref_columns: row.try_get(7)?,
                on_update: action(row.try_get(8)?),
                on_delete: action(row.try_get(9)?),
                comment,
                beyond,
                ..ForeignKey::default()
            };
            if let Some(table) = self.table(row.try_get(0)?) {
                table.foreign_keys.insert(name, foreign_key);
            }
        }
        Ok(())
    }
}

fn action(letter: &str) -> ReferenceAction {
    match letter {
        "r" => ReferenceAction::Restrict,
        "c" => ReferenceAction::Cascade,
        "n" => ReferenceAction::SetNull,
        "d" => ReferenceAction::SetDefault,
        _ => ReferenceAction::NoAction,
    }
}
