//! Views and materialized views.

use serde::Deserialize;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::rows::params;
use super::{Read, Reader};
use crate::diagnostic::Origin;
use crate::model::{CheckOption, View, ViewColumn};

#[derive(Deserialize)]
struct ColumnRow {
    name: String,
    #[serde(rename = "type")]
    printed: String,
    comment: Option<String>,
}

impl Reader<'_> {
    pub(super) fn views(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let (schema, name): (String, String) = (self.renames.schema(row.try_get(1)?), row.try_get(2)?);
            let view = self.view_of(row)?;
            self.views.insert(row.try_get(0)?, (schema.clone(), name.clone()));
            if let Some(schema) = self.model.schemas.get_mut(&schema) {
                schema.views.insert(name, view);
            }
        }
        Ok(())
    }

    fn view_of(&self, row: &Row) -> Result<View, tokio_postgres::Error> {
        let columns: Option<Json<Vec<ColumnRow>>> = row.try_get(7)?;
        let column = |row: ColumnRow| {
            let column = ViewColumn {
                data_type: self.renames.text(row.printed),
                comment: row.comment,
                origin: Origin::default(),
            };
            (row.name, column)
        };
        let mut options = params(row.try_get(5)?);
        let mut is = |name: &str| options.shift_remove(name).is_some_and(|value| value == "true");
        let (security_barrier, security_invoker) = (is("security_barrier"), is("security_invoker"));
        let check_option = options.shift_remove("check_option");
        let definition: String = row.try_get(4)?;
        let definition = self.renames.text(definition);
        Ok(View {
            materialized: row.try_get(3)?,
            columns: columns.map(|Json(rows)| rows.into_iter().map(column).collect()).unwrap_or_default(),
            definition: definition.trim().trim_end_matches(';').to_owned(),
            check_option: check_option.as_deref().and_then(CheckOption::parse),
            security_invoker,
            security_barrier,
            storage_params: options,
            with_data: true,
            comment: row.try_get(6)?,
            ..View::default()
        })
    }
}
