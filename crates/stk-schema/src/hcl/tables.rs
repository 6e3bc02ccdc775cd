//! `table` blocks.

use super::columns::column;
use super::document::{Builder, ColumnReference};
use super::expand::{Named, expand};
use super::keys;
use super::node::{Grammar, Node};
use super::registry::Kind;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::Table;

pub(super) const TABLE: Grammar = Grammar {
    what: "a table",
    attributes: &["schema", "comment", "depends_on"],
    blocks: &["column", "primary_key", "index", "unique", "check", "foreign_key", "partition"],
    not_done: &["exclude", "renamed_from", "row_security", "storage_params", "trigger", "unlogged"],
    labels: (1, 2),
};

/// The table being read. `schema` is `None` if it could not be found out: then the table is only checked.
pub(super) struct TableReader<'b, 'a> {
    pub builder: &'b mut Builder<'a>,
    pub table: Table,
    pub name: String,
    pub schema: Option<String>,
}

pub(super) fn table<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &TABLE);
    let mut reader = TableReader {
        builder,
        table: Table { comment: node.string("comment"), origin: node.position().into(), ..Table::default() },
        name: named.name.clone(),
        schema: schema.map(str::to_owned),
    };
    reader.depends_on(&node);
    for block in node.blocks("column") {
        for named in expand(block, &node.scope, &super::columns::COLUMN) {
            column(&mut reader, &named);
        }
    }
    keys::read(&mut reader, &node);
    let TableReader { builder, table, name, schema } = reader;
    if let Some(schema) = schema.and_then(|schema| builder.model.schemas.get_mut(&schema)) {
        schema.tables.insert(name, table);
    }
}

impl TableReader<'_, '_> {
    /// Takes `name` among what must differ within the table.
    pub fn claim_inside(&mut self, what: &str, name: &str, position: &Position) {
        let space = format!("{what} of {:?} {:?}", self.schema, self.name);
        self.builder.claim(space, name, position, what);
    }

    /// Takes `name` among the schema's tables and indexes.
    pub fn claim_relation(&mut self, what: &str, name: &str, position: &Position) {
        if let Some(schema) = &self.schema {
            self.builder.claim(format!("relation {schema}"), name, position, what);
        }
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.builder.globals.report(diagnostic);
    }

    /// Order needs no help, foreign keys being added last, but what is named must be there.
    fn depends_on(&self, node: &Node<'_>) {
        for (value, position) in node.list("depends_on") {
            let kind = match &value {
                Value::Reference(segments) => [Kind::Schema, Kind::Enum, Kind::Table]
                    .into_iter()
                    .find(|kind| segments.first().is_some_and(|first| first == kind.as_str())),
                _ => None,
            };
            self.builder.resolve(kind.unwrap_or(Kind::Table), &value, &position);
        }
    }

    /// A column of this table, from `column.name` or `table.this.column.name`.
    pub fn own_column(&self, value: &Value, position: &Position) -> Option<String> {
        let (table, column) = self.column_reference(value, position)?;
        if let Some(table) = table {
            let entry = self.builder.resolve(Kind::Table, &table, position)?;
            if entry.name != self.name || Some(&entry.schema) != self.schema.as_ref() {
                let message =
                    format!("`{column}` must be a column of `{}`, not of `{}`", self.name, entry.name);
                self.report(Diagnostic::new(code::UNKNOWN_REFERENCE, position, message));
                return None;
            }
        }
        if !self.table.columns.contains_key(&column) {
            let message = format!("the table `{}` has no column `{column}`", self.name);
            self.report(
                Diagnostic::new(code::UNKNOWN_REFERENCE, position, message)
                    .nearest(&column, self.table.columns.keys().map(String::as_str)),
            );
            return None;
        }
        Some(column)
    }

    /// Schema, table and name of a column of any table; that the column is there is checked at the end.
    pub fn any_column(&mut self, value: &Value, position: &Position) -> Option<(String, String, String)> {
        let (table, column) = self.column_reference(value, position)?;
        let (schema, table) = match table {
            Some(table) => {
                let entry = self.builder.resolve(Kind::Table, &table, position)?;
                (entry.schema, entry.name)
            }
            None => {
                self.own_column(value, position)?;
                (self.schema.clone()?, self.name.clone())
            }
        };
        self.builder.columns.push(ColumnReference {
            schema: schema.clone(),
            table: table.clone(),
            column: column.clone(),
            position: position.clone(),
        });
        Some((schema, table, column))
    }

    /// Splits a reference to a column into its table, if one is named, and the column's name.
    fn column_reference(&self, value: &Value, position: &Position) -> Option<(Option<Value>, String)> {
        if let Value::Reference(segments) = value {
            match segments.as_slice() {
                [word, column] if word == "column" => return Some((None, column.clone())),
                [table @ .., word, column] if word == "column" && table.len() >= 2 => {
                    return Some((Some(Value::Reference(table.to_vec())), column.clone()));
                }
                _ => {}
            }
        }
        let found = match value {
            Value::Reference(segments) => format!("`{}`", segments.join(".")),
            other => other.kind().to_owned(),
        };
        let message = format!("expected a column such as `column.id`, found {found}");
        self.report(Diagnostic::new(code::INVALID_VALUE, position, message));
        None
    }

    /// The columns of the list `name`, each once.
    pub fn own_columns(&self, node: &Node<'_>, name: &str) -> Vec<String> {
        let mut columns = Vec::new();
        for (value, position) in node.list(name) {
            let Some(column) = self.own_column(&value, &position) else { continue };
            if columns.contains(&column) {
                let message = format!("`{column}` is in `{name}` twice");
                self.report(Diagnostic::new(code::DUPLICATE, &position, message));
            } else {
                columns.push(column);
            }
        }
        columns
    }
}
