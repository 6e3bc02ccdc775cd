//! Policies and privileges.

use tokio_postgres::Row;

use super::rows::Fields as _;
use super::{Read, Reader};
use crate::diagnostic::Origin;
use crate::model::{Permission, PermissionTarget, Policy, PolicyCommand, Privilege};

impl Reader<'_> {
    pub(super) fn policies(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let policy = Policy {
                command: match row.try_get(2)? {
                    "r" => PolicyCommand::Select,
                    "a" => PolicyCommand::Insert,
                    "w" => PolicyCommand::Update,
                    "d" => PolicyCommand::Delete,
                    _ => PolicyCommand::All,
                },
                restrictive: !row.try_get::<_, bool>(3)?,
                roles: row.try_get(4)?,
                using: self.sql(row.optional_text(5)?),
                check: self.sql(row.optional_text(6)?),
                comment: row.try_get(7)?,
                renamed_from: None,
                origin: Origin::default(),
            };
            if let Some(table) = self.table(row.try_get(0)?) {
                table.policies.insert(row.try_get(1)?, policy);
            }
        }
        Ok(())
    }

    pub(super) fn permissions(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let (schema, name, part): (String, String, String) =
                (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            let on = match row.try_get(0)? {
                "schema" => PermissionTarget::Schema(schema),
                "table" => PermissionTarget::Table(schema, name),
                "column" => PermissionTarget::Column(schema, name, part),
                "sequence" => PermissionTarget::Sequence(schema, name),
                "function" => PermissionTarget::Function(schema, name),
                _ => PermissionTarget::Type(schema, name),
            };
            let words: Vec<String> = row.try_get(6)?;
            let mut privileges: Vec<Privilege> =
                words.iter().filter_map(|word| Privilege::parse(word)).collect();
            privileges.sort();
            self.model.permissions.push(Permission {
                on,
                to: row.try_get(4)?,
                privileges,
                grantable: row.try_get(5)?,
                origin: Origin::default(),
            });
        }
        self.model.permissions.sort_by(|a, b| a.key().cmp(&b.key()));
        Ok(())
    }
}
