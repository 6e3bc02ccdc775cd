//! The catalog of a database as a normal [`Model`]: a fixed number of queries for any number of objects.
//!
//! Every name in an expression or type comes out qualified, because the queries run with an empty search path. What
//! belongs to an extension is not read; what else stands in the schemas and is no part of the model is listed.

mod constraints;
mod dependencies;
mod indexes;
mod relations;
mod routines;
mod rows;
mod security;
mod types;
mod views;

use std::collections::HashMap;

use futures_util::future::try_join_all;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row, Transaction};

use crate::diagnostic::Origin;
use crate::model::{DataType, Extension, Model, Schema, Table, Unmanaged, View};
use crate::postgres::{CANONICAL, DatabaseError, failed};
use rows::Fields as _;

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
    read(&transaction, schemas, &Renames::default(), Extent::Database).await
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is in the schemas.
    Schemas,
    /// Also extensions, privileges, and what is not managed.
    Database,
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

type Read = Result<(), tokio_postgres::Error>;

/// A query and what reads its rows, in the order in which they are read.
type Part = (&'static str, fn(&mut Reader<'_>, &[Row]) -> Read);

const IN_SCHEMAS: [Part; 14] = [
    (include_str!("schemas.sql"), |reader, rows| reader.schemas(rows)),
    (include_str!("enums.sql"), |reader, rows| reader.enums(rows)),
    (include_str!("domains.sql"), |reader, rows| reader.domains(rows)),
    (include_str!("composites.sql"), |reader, rows| reader.composites(rows)),
    (include_str!("sequences.sql"), |reader, rows| reader.sequences(rows)),
    (include_str!("functions.sql"), |reader, rows| reader.functions(rows)),
    (include_str!("tables.sql"), |reader, rows| reader.tables(rows)),
    (include_str!("columns.sql"), |reader, rows| reader.columns(rows)),
    (include_str!("partitions.sql"), |reader, rows| reader.partitions(rows)),
    (include_str!("views.sql"), |reader, rows| reader.views(rows)),
    (include_str!("indexes.sql"), |reader, rows| reader.indexes(rows)),
    (include_str!("constraints.sql"), |reader, rows| reader.constraints(rows)),
    (include_str!("triggers.sql"), |reader, rows| reader.triggers(rows)),
    (include_str!("policies.sql"), |reader, rows| reader.policies(rows)),
];

const DEPENDENCIES: Part = (include_str!("dependencies.sql"), |reader, rows| reader.dependencies(rows));

const IN_DATABASE: [Part; 3] = [
    (include_str!("extensions.sql"), |reader, rows| reader.extensions(rows)),
    (include_str!("permissions.sql"), |reader, rows| reader.permissions(rows)),
    (include_str!("unmanaged.sql"), |reader, rows| reader.unmanaged(rows)),
];

/// [`inspect`] within a transaction; leaves it with the settings of [`CANONICAL`].
pub(crate) async fn read(
    transaction: &Transaction<'_>,
    schemas: &[String],
    renames: &Renames,
    extent: Extent,
) -> Result<Model, DatabaseError> {
    let doing = failed("read the catalog");
    transaction.batch_execute(CANONICAL).await.map_err(&doing)?;
    let mut parts: Vec<Part> = IN_SCHEMAS.to_vec();
    parts.push(DEPENDENCIES);
    if extent == Extent::Database {
        parts.extend(IN_DATABASE);
    }
    let schemas = schemas.to_vec();
    let queries = parts.iter().map(|(sql, _)| {
        let schemas = &schemas;
        async move { transaction.query_typed(sql, &[(schemas, Type::TEXT_ARRAY)]).await }
    });
    let answers: Vec<Vec<Row>> = try_join_all(queries).await.map_err(&doing)?;
    let mut reader =
        Reader { renames, tables: HashMap::new(), views: HashMap::new(), model: Model::default() };
    for ((_, read), rows) in parts.iter().zip(&answers) {
        read(&mut reader, rows).map_err(&doing)?;
    }
    Ok(reader.model)
}

struct Reader<'a> {
    renames: &'a Renames,
    /// Schema and name of each table by its oid.
    tables: HashMap<u32, (String, String)>,
    /// The same of each view.
    views: HashMap<u32, (String, String)>,
    model: Model,
}

impl Reader<'_> {
    fn table(&mut self, oid: u32) -> Option<&mut Table> {
        let (schema, name) = self.tables.get(&oid)?;
        self.model.schemas.get_mut(schema)?.tables.get_mut(name)
    }

    fn view(&mut self, oid: u32) -> Option<&mut View> {
        let (schema, name) = self.views.get(&oid)?;
        self.model.schemas.get_mut(schema)?.views.get_mut(name)
    }

    fn schema(&mut self, name: String) -> Option<&mut Schema> {
        let name = self.renames.schema(name);
        self.model.schemas.get_mut(&name)
    }

    /// Renames in an optional expression.
    fn sql(&self, text: Option<String>) -> Option<String> {
        text.map(|text| self.renames.text(text))
    }

    /// A type from what `format_type` prints and, if it is one that users make, its kind, schema and name.
    fn data_type(&self, printed: String, kind: Option<&str>, schema: String, name: String) -> DataType {
        let schema = self.renames.schema(schema);
        match kind {
            Some("e") => DataType::Enum { schema, name },
            Some("d") => DataType::Domain { schema, name },
            Some("c") => DataType::Composite { schema, name },
            _ => DataType::Sql(self.renames.text(printed)),
        }
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

    fn extensions(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let extension = Extension {
                schema: row.try_get(1)?,
                version: row.try_get(2)?,
                comment: row.optional_text(3)?,
                origin: Origin::default(),
            };
            self.model.extensions.insert(row.try_get(0)?, extension);
        }
        Ok(())
    }

    fn unmanaged(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let found = Unmanaged { kind: row.try_get(0)?, schema: row.try_get(1)?, name: row.try_get(2)? };
            self.model.unmanaged.push(found);
        }
        Ok(())
    }
}
