//! Rows of `constraints.sql`: checks and foreign keys.

use tokio_postgres::Row;

use super::rows::Fields as _;
use super::{Read, Reader};
use crate::model::{Check, Deferrable, ForeignKey, ReferenceAction};

impl Reader<'_> {
    pub(super) fn constraints(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let name: String = row.try_get(1)?;
            let not_valid = !row.try_get::<_, bool>(14)?;
            let comment: Option<String> = row.try_get(16)?;
            if row.try_get::<_, String>(2)? == "c" {
                let check = Check {
                    name: Some(name),
                    expr: self.sql(row.optional_text(3)?).unwrap_or_default(),
                    no_inherit: row.try_get(15)?,
                    not_valid,
                    comment,
                    ..Check::default()
                };
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
                on_delete_columns: row.try_get::<_, Option<Vec<String>>>(10)?.unwrap_or_default(),
                match_full: row.try_get(11)?,
                deferrable: deferrable(row.try_get(12)?, row.try_get(13)?),
                not_valid,
                comment,
                ..ForeignKey::default()
            };
            if let Some(table) = self.table(row.try_get(0)?) {
                table.foreign_keys.insert(name, foreign_key);
            }
        }
        Ok(())
    }
}

pub(super) fn deferrable(deferrable: bool, deferred: bool) -> Deferrable {
    match (deferrable, deferred) {
        (false, _) => Deferrable::Never,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
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
