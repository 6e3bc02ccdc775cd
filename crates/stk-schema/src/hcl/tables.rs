//! `table` blocks.

use hcl_edit::structure::Block;

use super::builder::{Builder, ColumnReference};
use super::columns::column;
use super::constraints::{CHECK, EXCLUDE, FOREIGN_KEY, check, exclusion, foreign_key};
use super::expand::{Named, expand};
use super::keys;
use super::node::{Grammar, Node};
use super::params::{TABLE_PARAMS, storage_params};
use super::partitions::{PARTITION_BY, partition_by};
use super::registry::Kind;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Position, code};
use crate::model::{RowSecurity, Table};

pub(super) const TABLE: Grammar = Grammar {
    what: "a table",
    attributes: &["schema", "comment", "depends_on", "unlogged", "renamed_from"],
    blocks: &[
        "column",
        "primary_key",
        "index",
        "unique",
        "check",
        "exclude",
        "foreign_key",
        "partition",
        "row_security",
        "storage_params",
    ],
    not_done: &["inherits", "tablespace"],
    labels: (1, 2),
};

const ROW_SECURITY: Grammar = Grammar {
    what: "`row_security`",
    attributes: &["enabled", "enforced"],
    blocks: &[],
    not_done: &[],
    labels: (0, 0),
};

/// The table being read. `schema` is `None` if it could not be found out: then the table is only checked.
pub(super) struct TableReader<'b, 'a> {
    pub builder: &'b mut Builder<'a>,
    pub table: Table,
    pub name: String,
    pub schema: Option<String>,
    /// Whether `table` has all columns there are; a view may leave them out.
    pub columns_known: bool,
}

pub(super) fn table<'a>(builder: &mut Builder<'a>, named: &Named<'a>, schema: Option<&str>) {
    let node = Node::open(named.block, named.scope.clone(), &TABLE);
    let mut reader = TableReader {
        builder,
        table: Table { comment: node.string("comment"), origin: node.position().into(), ..Table::default() },
        name: named.name.clone(),
        schema: schema.map(str::to_owned),
        columns_known: true,
    };
    reader.builder.depends_on(&node);
    reader.table.unlogged = node.bool("unlogged").unwrap_or(false);
    reader.table.storage_params = storage_params(&node, &TABLE_PARAMS);
    reader.table.renamed_from = reader.renamed_relation(&node, &named.name);
    if let Some(block) = node.single("row_security") {
        let node = Node::open(block, node.scope.clone(), &ROW_SECURITY);
        reader.table.row_security = RowSecurity {
            enabled: node.bool("enabled").unwrap_or(false),
            enforced: node.bool("enforced").unwrap_or(false),
        };
    }
    for block in node.blocks("column") {
        for named in expand(block, &node.scope, &super::columns::COLUMN) {
            column(&mut reader, &named);
        }
    }
    constraints(&mut reader, &node);
    let TableReader { builder, table, name, schema, .. } = reader;
    if let Some(schema) = schema.and_then(|schema| builder.model.schemas.get_mut(&schema)) {
        schema.tables.insert(name, table);
    }
}

fn constraints<'a>(reader: &mut TableReader<'_, 'a>, node: &Node<'a>) {
    if let Some(block) = node.single("primary_key") {
        each(block, node, &keys::PRIMARY_KEY, |named, node| keys::primary_key(reader, named, node));
    }
    for block in node.blocks("unique") {
        each(block, node, &keys::UNIQUE, |named, node| keys::unique(reader, named, node));
    }
    for block in node.blocks("index") {
        each(block, node, &keys::INDEX, |named, node| keys::index(reader, named, node));
    }
    for block in node.blocks("foreign_key") {
        each(block, node, &FOREIGN_KEY, |named, node| foreign_key(reader, named, node));
    }
    for block in node.blocks("check") {
        each(block, node, &CHECK, |named, node| {
            if !named.name.is_empty() {
                reader.claim_inside("constraint", &named.name, &named.position);
            }
            let space = reader.space("constraint");
            let check = check(reader.builder, named, node, &space);
            reader.table.checks.extend(check);
        });
    }
    for block in node.blocks("exclude") {
        each(block, node, &EXCLUDE, |named, node| exclusion(reader, named, node));
    }
    if let Some(block) = node.single("partition") {
        let node = Node::open(block, node.scope.clone(), &PARTITION_BY);
        reader.table.partition = partition_by(reader, &node);
    }
}

/// Reads every object that `block` of a table stands for.
pub(super) fn each<'a>(
    block: &'a Block,
    table: &Node<'a>,
    grammar: &Grammar,
    mut read: impl FnMut(&Named<'a>, &Node<'a>),
) {
    for named in expand(block, &table.scope, grammar) {
        let node = Node::open(named.block, named.scope.clone(), grammar);
        read(&named, &node);
    }
}

impl<'a> TableReader<'_, 'a> {
    /// Takes `name` among what must differ within the table.
    pub fn claim_inside(&mut self, what: &str, name: &str, position: &Position) {
        let space = self.space(what);
        self.builder.claim(space, name, position, what);
    }

    /// The space in which names of `what` differ within the table.
    pub fn space(&self, what: &str) -> String {
        format!("{what} of {:?} {:?}", self.schema, self.name)
    }

    /// Takes `name` among the schema's tables and indexes.
    pub fn claim_relation(&mut self, what: &str, name: &str, position: &Position) {
        if let Some(schema) = self.schema.clone() {
            self.builder.claim_relation(&schema, name, position, what);
        }
    }

    /// The old name of something within the table.
    pub fn renamed_inside(&mut self, what: &str, node: &Node<'a>, name: &str) -> Option<String> {
        let space = self.space(what);
        self.builder.renamed_from(node, &space, name)
    }

    /// The old name of the table or of an index.
    pub fn renamed_relation(&mut self, node: &Node<'a>, name: &str) -> Option<String> {
        let schema = self.schema.clone()?;
        self.builder.renamed_from(node, &format!("relation {schema}"), name)
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.builder.globals.report(diagnostic);
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
        if self.columns_known && !self.table.columns.contains_key(&column) {
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
