//! Extensions, domains, composites and sequences.

use crate::model::{Check, Composite, Domain, Extension, Sequence, quote, quote_literal};
use crate::plan::render::Renderer;
use crate::plan::sql::Sql;

impl Renderer<'_> {
    pub fn create_extension(&self, name: &str, extension: &Extension) -> Sql {
        let mut sql = Sql::new(format!("CREATE EXTENSION IF NOT EXISTS {}", quote(name)), &extension.origin);
        if let Some(schema) = &extension.schema {
            sql.push(&format!(" SCHEMA {}", quote(self.schema_name(schema))));
        }
        if let Some(version) = &extension.version {
            sql.push(&format!(" VERSION {}", quote_literal(version)));
        }
        sql
    }

    pub fn create_domain(&self, schema: &str, name: &str, domain: &Domain) -> Sql {
        let mut sql = Sql::new(
            format!(
                "CREATE DOMAIN {} AS {}",
                self.qualified(schema, name),
                self.data_type(&domain.data_type)
            ),
            &domain.origin,
        );
        if let Some(collate) = &domain.collate {
            sql.push(&format!(" COLLATE {collate}"));
        }
        if let Some(default) = &domain.default {
            sql.push(&format!(" DEFAULT {}", self.expression(default)));
        }
        if !domain.null {
            sql.push(" NOT NULL");
        }
        for check in &domain.checks {
            sql.push(" ").append(&self.domain_check(check));
        }
        sql
    }

    /// `CONSTRAINT … CHECK (…)`, also for `ALTER DOMAIN … ADD`.
    pub fn domain_check(&self, check: &Check) -> Sql {
        let name = check.name.as_deref().map(|name| format!("CONSTRAINT {} ", quote(name)));
        let not_valid = if check.not_valid { " NOT VALID" } else { "" };
        let text = format!("{}CHECK ({}){not_valid}", name.unwrap_or_default(), self.text(&check.expr));
        Sql::new(text, &check.origin)
    }

    pub fn create_composite(&self, schema: &str, name: &str, composite: &Composite) -> Sql {
        let mut sql =
            Sql::new(format!("CREATE TYPE {} AS (", self.qualified(schema, name)), &composite.origin);
        for (index, (field_name, field)) in composite.fields.iter().enumerate() {
            let collate = field.collate.as_deref().map(|collate| format!(" COLLATE {collate}"));
            let text = format!(
                "{} {}{}",
                quote(field_name),
                self.data_type(&field.data_type),
                collate.unwrap_or_default()
            );
            sql.push(if index > 0 { ", " } else { "" }).append(&Sql::new(text, &field.origin));
        }
        sql.mark(&composite.origin).push(")");
        sql
    }

    /// The sequence, owned by nobody: the table of its owner may not be there yet.
    pub fn create_sequence(&self, schema: &str, name: &str, sequence: &Sequence) -> Sql {
        let text = format!(
            "CREATE {}SEQUENCE {} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
            if sequence.unlogged { "UNLOGGED " } else { "" },
            self.qualified(schema, name),
            sequence.data_type,
            sequence.increment,
            sequence.min,
            sequence.max,
            sequence.start,
            sequence.cache,
            if sequence.cycle { " CYCLE" } else { "" },
        );
        Sql::new(text, &sequence.origin)
    }

    pub fn sequence_owner(&self, schema: &str, name: &str, sequence: &Sequence) -> Sql {
        let owner = match &sequence.owner {
            Some((schema, table, column)) => format!("{}.{}", self.qualified(schema, table), quote(column)),
            None => "NONE".to_owned(),
        };
        let text = format!("ALTER SEQUENCE {} OWNED BY {owner}", self.qualified(schema, name));
        Sql::new(text, &sequence.origin)
    }
}
