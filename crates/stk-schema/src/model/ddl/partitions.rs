//! Partitions and exclusion constraints.

use crate::model::{Bound, Exclusion, PartitionTable, quote};
use crate::plan::render::{Renderer, names, with};
use crate::plan::sql::Sql;

impl Renderer<'_> {
    pub fn create_partition(&self, schema: &str, name: &str, partition: &PartitionTable) -> Sql {
        let mut sql = Sql::new(
            format!(
                "CREATE {}TABLE {} PARTITION OF {} {}",
                if partition.unlogged { "UNLOGGED " } else { "" },
                self.qualified(schema, name),
                self.qualified(&partition.parent_schema, &partition.parent),
                self.bound(&partition.bound),
            ),
            &partition.origin,
        );
        if let Some(by) = &partition.partition {
            sql.push(" PARTITION BY ").append(&self.partition(by));
        }
        sql.push(&with(&partition.storage_params));
        sql
    }

    /// What follows the partition's name, also in `ATTACH PARTITION`.
    pub fn bound(&self, bound: &Bound) -> String {
        match bound {
            Bound::Default => "DEFAULT".to_owned(),
            Bound::Values(values) => self.text(values),
        }
    }

    pub fn add_exclusion(&self, schema: &str, table: &str, name: &str, exclusion: &Exclusion) -> Sql {
        let mut sql =
            Sql::new(format!("ALTER TABLE {} ADD ", self.qualified(schema, table)), &exclusion.origin);
        sql.append(&self.exclusion(name, exclusion));
        sql
    }

    /// The constraint as it stands in `CREATE TABLE`.
    pub fn exclusion(&self, name: &str, exclusion: &Exclusion) -> Sql {
        let part = |part: &crate::model::ExclusionPart| {
            format!("{} WITH {}", self.index_part(&part.part), part.operator)
        };
        let parts: Vec<String> = exclusion.parts.iter().map(part).collect();
        let include = match exclusion.include.as_slice() {
            [] => String::new(),
            columns => format!(" INCLUDE ({})", names(columns)),
        };
        let mut text = format!(
            "CONSTRAINT {} EXCLUDE USING {} ({}){include}{}",
            quote(name),
            exclusion.method.as_str(),
            parts.join(", "),
            with(&exclusion.storage_params),
        );
        if let Some(predicate) = &exclusion.predicate {
            // Here Postgres wants the brackets whatever the expression.
            text.push_str(&format!(" WHERE ({})", self.text(predicate)));
        }
        text.push_str(exclusion.deferrable.as_sql());
        Sql::new(text, &exclusion.origin)
    }
}
