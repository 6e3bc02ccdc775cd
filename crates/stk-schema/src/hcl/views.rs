//! `view` and `materialized` blocks.

use indexmap::IndexMap;

use super::builder::Builder;
use super::expand::{Named, expand};
use super::keys::{self, INDEX};
use super::node::{Grammar, Node};
use super::params::{TABLE_PARAMS, storage_params};
use super::registry::Kind;
use super::tables::{TableReader, each};
use super::types::data_type;
use crate::model::{CheckOption, Column, DataType, Table, View, ViewColumn};
use crate::plan::render::Renderer;

pub(super) const VIEW: Grammar = Grammar {
    what: "a view",
    attributes: &[
        "schema",
        "as",
        "check_option",
        "security_invoker",
        "security_barrier",
        "comment",
        "depends_on",
        "renamed_from",
    ],
    blocks: &["column"],
    not_done: &["recursive"],
    labels: (1, 2),
};

pub(super) const MATERIALIZED: Grammar = Grammar {
    what: "a materialized view",
    attributes: &["schema", "as", "with_data", "comment", "depends_on", "renamed_from"],
    blocks: &["column", "index", "storage_params"],
    not_done: &["tablespace"],
    labels: (1, 2),
};

const COLUMN: Grammar = Grammar {
    what: "a column of a view",
    attributes: &["type", "null", "comment"],
    blocks: &[],
    not_done: &[],
    labels: (1, 1),
};

pub(super) fn view<'a>(builder: &mut Builder<'a>, kind: Kind, named: &Named<'a>, schema: Option<&str>) {
    let materialized = kind == Kind::Materialized;
    let node = Node::open(named.block, named.scope.clone(), if materialized { &MATERIALIZED } else { &VIEW });
    node.require("as");
    builder.depends_on(&node);
    let columns = columns(builder, &node, schema, &named.name);
    let indexes = indexes(builder, &node, named, schema, &columns);
    let definition = node.query("as");
    let Some(schema) = schema else { return };
    let renamed_from = builder.renamed_from(&node, &format!("relation {schema}"), &named.name);
    let Some(definition) = definition else { return };
    let declared = View {
        materialized,
        columns,
        definition,
        check_option: node.word("check_option", &CheckOption::WORDS, CheckOption::parse),
        security_invoker: node.bool("security_invoker").unwrap_or(false),
        security_barrier: node.bool("security_barrier").unwrap_or(false),
        indexes,
        storage_params: storage_params(&node, &TABLE_PARAMS),
        with_data: node.bool("with_data").unwrap_or(true),
        triggers: IndexMap::new(),
        comment: node.string("comment"),
        renamed_from,
        origin: node.position().into(),
    };
    if let Some(schema) = builder.model.schemas.get_mut(schema) {
        schema.views.insert(named.name.clone(), declared);
    }
}

fn columns<'a>(
    builder: &mut Builder<'a>,
    node: &Node<'a>,
    schema: Option<&str>,
    view: &str,
) -> IndexMap<String, ViewColumn> {
    let mut columns = IndexMap::new();
    for block in node.blocks("column") {
        for inner in expand(block, &node.scope, &COLUMN) {
            let space = format!("column of {schema:?} {view:?}");
            builder.claim(space, &inner.name, &inner.position, "column");
            let node = Node::open(inner.block, inner.scope.clone(), &COLUMN);
            // Any column of a view may be null to Postgres: the attribute says nothing that could be compared.
            node.bool("null");
            let data_type = data_type(builder, &node, "type");
            let data_type = data_type.map(|data_type| Renderer::Normal.data_type(&data_type));
            let column = ViewColumn {
                data_type: data_type.unwrap_or_default(),
                comment: node.string("comment"),
                origin: node.position().into(),
            };
            columns.insert(inner.name.clone(), column);
        }
    }
    columns
}

/// The indexes of a materialized view, read as those of a table that has its columns.
fn indexes<'a>(
    builder: &mut Builder<'a>,
    node: &Node<'a>,
    named: &Named<'a>,
    schema: Option<&str>,
    columns: &IndexMap<String, ViewColumn>,
) -> IndexMap<String, crate::model::Index> {
    let column = |name: &String| (name.clone(), Column::of(DataType::Sql(String::new())));
    let mut reader = TableReader {
        builder,
        table: Table { columns: columns.keys().map(column).collect(), ..Table::default() },
        name: named.name.clone(),
        schema: schema.map(str::to_owned),
        columns_known: !columns.is_empty(),
    };
    for block in node.blocks("index") {
        each(block, node, &INDEX, |named, node| keys::index(&mut reader, named, node));
    }
    reader.table.indexes
}
