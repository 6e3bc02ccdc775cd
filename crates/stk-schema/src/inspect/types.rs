//! Enums, domains, composites and sequences.

use serde::Deserialize;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::rows::Fields as _;
use super::{Read, Reader};
use crate::diagnostic::Origin;
use crate::model::{Check, Composite, DataType, Domain, Enum, Field, Sequence};

#[derive(Deserialize)]
struct CheckRow {
    name: String,
    expr: String,
    valid: bool,
    comment: Option<String>,
}

impl Reader<'_> {
    pub(super) fn enums(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let found = Enum { values: row.try_get(2)?, comment: row.try_get(3)?, ..Enum::default() };
            if let Some(schema) = self.schema(row.try_get(0)?) {
                schema.enums.insert(row.try_get(1)?, found);
            }
        }
        Ok(())
    }

    /// A type from the printed text at `index` and, after it, its kind, schema and name.
    pub(super) fn type_at(&self, row: &Row, index: usize) -> Result<DataType, tokio_postgres::Error> {
        let kind = row.optional_text(index + 1)?;
        Ok(self.data_type(
            row.try_get(index)?,
            kind.as_deref(),
            row.try_get(index + 2)?,
            row.try_get(index + 3)?,
        ))
    }

    pub(super) fn domains(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let checks: Option<Json<Vec<CheckRow>>> = row.try_get(10)?;
            let check = |check: CheckRow| Check {
                name: Some(check.name),
                expr: self.renames.text(check.expr),
                not_valid: !check.valid,
                comment: check.comment,
                ..Check::default()
            };
            let domain = Domain {
                data_type: self.type_at(row, 2)?,
                null: !row.try_get::<_, bool>(6)?,
                default: self.sql(row.optional_text(7)?),
                collate: self.sql(row.optional_text(8)?),
                checks: checks
                    .map(|Json(checks)| checks.into_iter().map(check).collect())
                    .unwrap_or_default(),
                comment: row.try_get(9)?,
                renamed_from: None,
                origin: Origin::default(),
            };
            if let Some(schema) = self.schema(row.try_get(0)?) {
                schema.domains.insert(row.try_get(1)?, domain);
            }
        }
        Ok(())
    }

    pub(super) fn composites(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let field = match row.optional_text(3)? {
                None => None,
                Some(name) => {
                    let field = Field {
                        data_type: self.type_at(row, 4)?,
                        collate: self.sql(row.optional_text(8)?),
                        comment: row.try_get(9)?,
                        renamed_from: None,
                        origin: Origin::default(),
                    };
                    Some((name, field))
                }
            };
            let (name, comment): (String, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
            if let Some(schema) = self.schema(row.try_get(0)?) {
                let composite = schema.composites.entry(name).or_insert_with(Composite::default);
                composite.comment = comment;
                composite.fields.extend(field);
            }
        }
        Ok(())
    }

    pub(super) fn sequences(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let owner = match (row.optional_text(10)?, row.optional_text(11)?, row.optional_text(12)?) {
                (Some(schema), Some(table), Some(column)) => {
                    Some((self.renames.schema(schema), table, column))
                }
                _ => None,
            };
            let sequence = Sequence {
                data_type: row.try_get(2)?,
                start: row.try_get(3)?,
                increment: row.try_get(4)?,
                min: row.try_get(5)?,
                max: row.try_get(6)?,
                cache: row.try_get(7)?,
                cycle: row.try_get(8)?,
                owner,
                unlogged: row.try_get(9)?,
                comment: row.try_get(13)?,
                renamed_from: None,
                origin: Origin::default(),
            };
            if let Some(schema) = self.schema(row.try_get(0)?) {
                schema.sequences.insert(row.try_get(1)?, sequence);
            }
        }
        Ok(())
    }
}
