//! Postgres' own analysis of a statement, read from the text it prints: `debug_print_parse`, `pg_rewrite.ev_action`,
//! `pg_policy.polqual` and the like. Nothing here parses SQL.

mod expr;
mod node;
mod query;
mod read_expr;
mod read_query;
mod references;

use std::sync::Arc;

pub(crate) use expr::{Expr, Oid, PARAM_SUBLINK, SubLinkKind, TruthTest, Var};
pub(crate) use node::NodeError;
pub(crate) use query::{
    Call, Command, Cte, From, GroupingSet, JoinKind, Query, SetOp, SetTree, Table, Target, Window,
};
pub(crate) use references::References;

use node::Value;

/// An analysed query and everything of the catalog that it names.
#[derive(Debug, Clone, Default)]
pub(crate) struct QueryTree {
    pub(crate) query: Arc<Query>,
    pub(crate) references: References,
}

/// A stored expression (a default, a check, a policy) and everything of the catalog that it names.
#[derive(Debug, Clone)]
pub(crate) struct ExprTree {
    pub(crate) expr: Expr,
    pub(crate) references: References,
}

/// Reads a query: one node, or a list of one as `ev_action` has it.
pub(crate) fn read_query(text: &str) -> Result<QueryTree, NodeError> {
    let value = node::read(text)?;
    let first = match &value {
        Value::List(values) => values.first(),
        value => Some(value),
    };
    let node =
        first.and_then(Value::as_node).filter(|node| node.tag == "QUERY").ok_or(NodeError::Malformed)?;
    Ok(QueryTree { query: Arc::new(read_query::query(node)), references: References::of(node) })
}

pub(crate) fn read_expr(text: &str) -> Result<ExprTree, NodeError> {
    let value = node::read(text)?;
    Ok(ExprTree { expr: read_expr::expr(&value), references: References::of_value(&value) })
}

/// What a query does, from the beginning of its text alone: for trees that are too deep to be read.
pub(crate) fn outline(text: &str) -> (Command, bool) {
    let after = |field: &str| {
        let rest = text.split_once(field)?.1;
        rest.split_whitespace().next()
    };
    let number = after(":commandType").and_then(|number| number.parse().ok()).unwrap_or(0);
    let utility = after(":utilityStmt").is_some_and(|value| value != "<>");
    let modifies = after(":hasModifyingCTE") == Some("true");
    (read_query::command(number, utility), modifies)
}
