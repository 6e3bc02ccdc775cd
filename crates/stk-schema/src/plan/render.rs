//! The model as DDL. The same code writes the scratch copy that Postgres normalises and the steps of a plan.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::sql::Sql;
use crate::model::{
    Check, Column, DataType, Enum, ForeignKey, Identity, Index, IndexPart, Key, Model, Partition,
    PartitionKey, Schema, Table, Term, quote, quote_literal, requalify,
};

/// How names and expressions are written.
pub(crate) enum Renderer<'a> {
    /// A normal model: names as they are, expressions as Postgres printed them.
    Normal,
    /// A declared model into scratch schemas: each schema under another name, expressions in brackets.
    Scratch { schemas: &'a HashMap<String, String>, declared: &'a Model },
}

impl Renderer<'_> {
    pub fn schema_name<'n>(&'n self, schema: &'n str) -> &'n str {
        match self {
            Renderer::Normal => schema,
            Renderer::Scratch { schemas, .. } => schemas.get(schema).map_or(schema, String::as_str),
        }
    }

    pub fn qualified(&self, schema: &str, name: &str) -> String {
        format!("{}.{}", quote(self.schema_name(schema)), quote(name))
    }

    /// SQL in the user's words, where names of declared objects may be qualified.
    pub fn text(&self, sql: &str) -> String {
        let Renderer::Scratch { schemas, declared } = self else { return sql.to_owned() };
        requalify(sql, |schema, name| {
            let known = declared.schemas.get(schema)?;
            schemas.get(schema).filter(|_| known.has(name)).cloned()
        })
    }

    /// An expression that stands by itself: a declared one needs brackets, a normal one has what it needs.
    pub fn expression(&self, sql: &str) -> String {
        match self {
            Renderer::Normal => sql.to_owned(),
            Renderer::Scratch { .. } => format!("({})", self.text(sql)),
        }
    }

    pub fn create_schema(&self, name: &str, schema: &Schema) -> Sql {
        Sql::new(format!("CREATE SCHEMA {}", quote(self.schema_name(name))), &schema.origin)
    }

    pub fn create_enum(&self, schema: &str, name: &str, definition: &Enum) -> Sql {
        let values: Vec<String> = definition.values.iter().map(|value| quote_literal(value)).collect();
        let text = format!("CREATE TYPE {} AS ENUM ({})", self.qualified(schema, name), values.join(", "));
        Sql::new(text, &definition.origin)
    }

    /// The table with its columns, keys and checks; what else it has comes later, and so do checks that are not
    /// valid, for Postgres takes every check of a new table for valid.
    pub fn create_table(&self, schema: &str, name: &str, table: &Table) -> Sql {
        let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
        let create = format!("CREATE {unlogged}TABLE {} (", self.qualified(schema, name));
        let mut sql = Sql::new(create, &table.origin);
        let mut first = true;
        let mut item = |sql: &mut Sql, part: &Sql| {
            sql.push(if std::mem::take(&mut first) { "\n  " } else { ",\n  " }).append(part);
        };
        for (name, column) in &table.columns {
            item(&mut sql, &self.column(name, column));
        }
        if let Some(key) = &table.primary_key {
            item(&mut sql, &self.key("PRIMARY KEY", key));
        }
        for key in table.uniques.values() {
            item(&mut sql, &self.key("UNIQUE", key));
        }
        for check in table.checks.iter().filter(|check| !check.not_valid) {
            item(&mut sql, &self.check(check));
        }
        sql.mark(&table.origin).push(if table.columns.is_empty() { ")" } else { "\n)" });
        if let Some(partition) = &table.partition {
            sql.push(" PARTITION BY ").append(&self.partition(partition));
        }
        sql.push(&with(&table.storage_params));
        sql
    }

    pub fn partition(&self, partition: &Partition) -> Sql {
        match &partition.parts {
            PartitionKey::Normal(key) => Sql::new(key.clone(), &partition.origin),
            PartitionKey::Declared(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.term(part)).collect();
                let text = format!("{} ({})", partition.strategy.as_sql(), parts.join(", "));
                Sql::new(text, &partition.origin)
            }
        }
    }

    pub fn add_column(&self, schema: &str, table: &str, name: &str, column: &Column) -> Sql {
        let mut sql = self.alter_table(schema, table, &column.origin);
        sql.push("ADD COLUMN ").append(&self.column(name, column));
        sql
    }

    fn alter_table(&self, schema: &str, table: &str, origin: &crate::diagnostic::Origin) -> Sql {
        Sql::new(format!("ALTER TABLE {} ", self.qualified(schema, table)), origin)
    }

    fn column(&self, name: &str, column: &Column) -> Sql {
        let mut sql =
            Sql::new(format!("{} {}", quote(name), self.data_type(&column.data_type)), &column.origin);
        if let Some(collate) = &column.collate {
            sql.push(&format!(" COLLATE {collate}"));
        }
        if let Some(default) = &column.default {
            sql.push(&format!(" DEFAULT {}", self.expression(default)));
        }
        if let Some(generated) = &column.generated {
            sql.push(&format!(" GENERATED ALWAYS AS ({}) STORED", self.text(generated)));
        }
        if let Some(identity) = &column.identity {
            sql.push(&identity_sql(identity));
        }
        sql.push(if column.null { " NULL" } else { " NOT NULL" });
        sql
    }

    pub fn data_type(&self, data_type: &DataType) -> String {
        match data_type {
            DataType::Sql(sql) => self.text(sql),
            DataType::Enum { schema, name }
            | DataType::Domain { schema, name }
            | DataType::Composite { schema, name } => self.qualified(schema, name),
            DataType::Serial(size) => size.as_sql().to_owned(),
        }
    }

    pub fn add_key(&self, schema: &str, table: &str, word: &str, key: &Key) -> Sql {
        let mut sql = self.alter_table(schema, table, &key.origin);
        sql.push("ADD ").append(&self.key(word, key));
        sql
    }

    fn key(&self, word: &str, key: &Key) -> Sql {
        let mut sql = Sql::new(constraint_name(key.name.as_deref()), &key.origin);
        sql.push(word);
        if !key.nulls_distinct {
            sql.push(" NULLS NOT DISTINCT");
        }
        sql.push(&format!(" ({}){}", names(&key.columns), include(&key.include)));
        sql.push(&with(&key.storage_params)).push(key.deferrable.as_sql());
        sql
    }

    pub fn add_check(&self, schema: &str, table: &str, check: &Check) -> Sql {
        let mut sql = self.alter_table(schema, table, &check.origin);
        sql.push("ADD ").append(&self.check(check));
        sql
    }

    pub fn check(&self, check: &Check) -> Sql {
        let name = constraint_name(check.name.as_deref());
        let mut sql = Sql::new(format!("{name}CHECK ({})", self.text(&check.expr)), &check.origin);
        if check.no_inherit {
            sql.push(" NO INHERIT");
        }
        if check.not_valid {
            sql.push(" NOT VALID");
        }
        sql
    }

    pub fn add_foreign_key(&self, schema: &str, table: &str, name: &str, key: &ForeignKey) -> Sql {
        let mut sql = self.alter_table(schema, table, &key.origin);
        sql.push(&format!(
            "ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){} ON UPDATE {} ON DELETE {}",
            quote(name),
            names(&key.columns),
            self.qualified(&key.ref_schema, &key.ref_table),
            names(&key.ref_columns),
            if key.match_full { " MATCH FULL" } else { "" },
            key.on_update.as_sql(),
            key.on_delete.as_sql(),
        ));
        if !key.on_delete_columns.is_empty() {
            sql.push(&format!(" ({})", names(&key.on_delete_columns)));
        }
        sql.push(key.deferrable.as_sql());
        if key.not_valid {
            sql.push(" NOT VALID");
        }
        sql
    }

    pub fn create_index(
        &self,
        schema: &str,
        table: &str,
        name: &str,
        index: &Index,
        concurrently: bool,
    ) -> Sql {
        let mut sql = Sql::new(
            format!(
                "CREATE {}INDEX {}{} ON {} USING {} (",
                if index.unique { "UNIQUE " } else { "" },
                if concurrently { "CONCURRENTLY " } else { "" },
                quote(name),
                self.qualified(schema, table),
                index.method.as_str(),
            ),
            &index.origin,
        );
        sql.push(&self.index_parts(index)).push(")").push(&include(&index.include));
        if !index.nulls_distinct {
            sql.push(" NULLS NOT DISTINCT");
        }
        let mut storage_params = index.storage_params.clone();
        if let Some(pages) = index.pages_per_range {
            storage_params.insert("pages_per_range".to_owned(), pages.to_string());
        }
        sql.push(&with(&storage_params));
        if let Some(predicate) = &index.predicate {
            sql.push(&format!(" WHERE {}", self.expression(predicate)));
        }
        sql
    }

    pub fn index_parts(&self, index: &Index) -> String {
        index.parts.iter().map(|part| self.index_part(part)).collect::<Vec<_>>().join(", ")
    }

    pub fn index_part(&self, part: &IndexPart) -> String {
        let mut text = self.term(&part.term);
        if let Some(collate) = &part.collate {
            text.push_str(&format!(" COLLATE {collate}"));
        }
        if let Some(ops) = &part.ops {
            text.push_str(&format!(" {ops}"));
        }
        if part.desc {
            text.push_str(" DESC");
        }
        match part.nulls_first {
            Some(true) => text.push_str(" NULLS FIRST"),
            Some(false) => text.push_str(" NULLS LAST"),
            None => {}
        }
        text
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Column(name) => quote(name),
            Term::Expression(sql) => self.expression(sql),
        }
    }
}

fn constraint_name(name: Option<&str>) -> String {
    name.map(|name| format!("CONSTRAINT {} ", quote(name))).unwrap_or_default()
}

pub(crate) fn identity_sql(identity: &Identity) -> String {
    let kind = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let mut options = Vec::new();
    if identity.start != 1 {
        options.push(format!("START WITH {}", identity.start));
    }
    if identity.increment != 1 {
        options.push(format!("INCREMENT BY {}", identity.increment));
    }
    options.extend(identity.min.map(|min| format!("MINVALUE {min}")));
    options.extend(identity.max.map(|max| format!("MAXVALUE {max}")));
    options.extend(identity.cache.map(|cache| format!("CACHE {cache}")));
    if identity.cycle {
        options.push("CYCLE".to_owned());
    }
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    format!(" GENERATED {kind} AS IDENTITY{options}")
}

/// Storage parameters, with a leading space; nothing if there are none.
pub(crate) fn with(params: &IndexMap<String, String>) -> String {
    if params.is_empty() { String::new() } else { format!(" WITH ({})", settings(params)) }
}

/// `fillfactor = '70', "toast"."autovacuum_enabled" = 'off'`
pub(crate) fn settings(params: &IndexMap<String, String>) -> String {
    let setting =
        |(name, value): (&String, &String)| format!("{} = {}", parameter(name), quote_literal(value));
    params.iter().map(setting).collect::<Vec<_>>().join(", ")
}

/// The name of a storage parameter: `"toast"."autovacuum_enabled"`.
pub(crate) fn parameter(name: &str) -> String {
    name.split('.').map(quote).collect::<Vec<_>>().join(".")
}

pub(crate) fn names(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(" INCLUDE ({})", names(columns)) }
}
