//! Rows of `dependencies.sql`.

use tokio_postgres::Row;

use super::{Read, Reader};
use crate::model::{Dependency, Object, ObjectKind};

impl Reader<'_> {
    pub(super) fn dependencies(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let dependency = Dependency {
                object: self.object(row, 0)?,
                part: row.try_get(3)?,
                on: self.object(row, 4)?,
                column: row.try_get(7)?,
            };
            self.model.dependencies.push(dependency);
        }
        Ok(())
    }

    fn object(&self, row: &Row, index: usize) -> Result<Object, tokio_postgres::Error> {
        let kind = match row.try_get(index)? {
            "enum" => ObjectKind::Enum,
            "domain" => ObjectKind::Domain,
            "composite" => ObjectKind::Composite,
            "sequence" => ObjectKind::Sequence,
            "function" => ObjectKind::Function,
            "partition" => ObjectKind::Partition,
            "view" => ObjectKind::View,
            _ => ObjectKind::Table,
        };
        let name: String = row.try_get(index + 2)?;
        Ok(Object {
            kind,
            schema: self.renames.schema(row.try_get(index + 1)?),
            name: if kind == ObjectKind::Function { self.renames.text(name) } else { name },
        })
    }
}
