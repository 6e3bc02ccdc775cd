//! From nodes to the query levels of `query`.

use super::node::{Node, Value};
use super::query::*;
use super::read_expr::{expr, exprs, optional};

pub(super) fn query(node: &Node<'_>) -> Query {
    let jointree = node.node("jointree");
    Query {
        command: command(node.number("commandType"), *node.value("utilityStmt") != Value::Null),
        result: index(node, "resultRelation"),
        has_aggregates: node.flag("hasAggs"),
        ctes: node.nodes("cteList").filter_map(cte).collect(),
        tables: node.nodes("rtable").map(table).collect(),
        from: jointree.map(|tree| tree.nodes("fromlist").map(from).collect()).unwrap_or_default(),
        filter: jointree.and_then(|tree| optional(tree.value("quals"))),
        targets: targets(node, "targetList"),
        returning: targets(node, "returningList"),
        conflict: node.node("onConflict").map(conflict),
        groups: node.nodes("groupClause").map(|group| group.oid("tleSortGroupRef")).collect(),
        grouping_sets: node.nodes("groupingSets").map(grouping_set).collect(),
        having: optional(node.value("havingQual")),
        windows: node
            .nodes("windowClause")
            .map(|window| Window { id: window.oid("winref"), frame: window.number("frameOptions") })
            .collect(),
        limit: optional(node.value("limitCount")),
        offset: optional(node.value("limitOffset")),
        set: node.node("setOperations").map(set_tree),
    }
}

/// MERGE took the number of the utility commands in Postgres 15, so the utility statement decides.
pub(super) fn command(number: i64, utility: bool) -> Command {
    match number {
        _ if utility => Command::Utility,
        1 => Command::Select,
        2 => Command::Update,
        3 => Command::Insert,
        4 => Command::Delete,
        5 => Command::Merge,
        _ => Command::Utility,
    }
}

fn index(node: &Node<'_>, name: &str) -> usize {
    node.text(name).parse().unwrap_or(0)
}

fn targets(node: &Node<'_>, name: &str) -> Vec<Target> {
    // Since Postgres 18 RETURNING may be a clause of its own; its list has the same name there.
    node.nodes(name)
        .filter(|target| target.tag == "TARGETENTRY")
        .map(|target| Target {
            expr: expr(target.value("expr")),
            number: target.text("resno").parse().unwrap_or(0),
            reference: target.oid("ressortgroupref"),
            junk: target.flag("resjunk"),
        })
        .collect()
}

fn cte(node: &Node<'_>) -> Option<Cte> {
    let inner = node.node("ctequery").filter(|inner| inner.tag == "QUERY")?;
    Some(Cte {
        name: node.text("ctename").to_owned(),
        recursive: node.flag("cterecursive"),
        query: query(inner),
    })
}

/// The kinds of range table entries as Postgres numbers them (`RTEKind`).
fn table(node: &Node<'_>) -> Table {
    match node.number("rtekind") {
        0 => Table::Relation { id: node.oid("relid") },
        1 => node.node("subquery").map_or(Table::Other, |inner| Table::Subquery(Box::new(query(inner)))),
        2 => Table::Join { columns: exprs(node.list("joinaliasvars")) },
        3 => Table::Functions {
            calls: node
                .nodes("functions")
                .map(|call| Call { expr: expr(call.value("funcexpr")), columns: index(call, "funccolcount") })
                .collect(),
            ordinality: node.flag("funcordinality"),
        },
        5 => Table::Values(
            node.list("values_lists")
                .iter()
                .map(|row| match row {
                    Value::List(row) => exprs(row),
                    _ => Vec::new(),
                })
                .collect(),
        ),
        6 => Table::Cte { name: node.text("ctename").to_owned(), up: node.oid("ctelevelsup") },
        9 => Table::Group(exprs(node.list("groupexprs"))),
        _ => Table::Other,
    }
}

fn from(node: &Node<'_>) -> From {
    match node.tag {
        "RANGETBLREF" => From::Table(index(node, "rtindex")),
        "JOINEXPR" => {
            let side = |name| node.node(name).map_or(From::Table(0), from);
            From::Join {
                kind: match node.number("jointype") {
                    0 => JoinKind::Inner,
                    1 => JoinKind::Left,
                    3 => JoinKind::Right,
                    // The parser makes no other kinds; a full join claims least.
                    _ => JoinKind::Full,
                },
                left: Box::new(side("larg")),
                right: Box::new(side("rarg")),
                on: optional(node.value("quals")),
            }
        }
        _ => From::All {
            items: node.nodes("fromlist").map(from).collect(),
            filter: optional(node.value("quals")),
        },
    }
}

fn conflict(node: &Node<'_>) -> Conflict {
    const DO_NOTHING: i64 = 1;
    Conflict { updates: node.number("action") != DO_NOTHING, set: targets(node, "onConflictSet") }
}

fn grouping_set(node: &Node<'_>) -> GroupingSet {
    match node.number("kind") {
        0 => GroupingSet::Empty,
        1 => GroupingSet::Simple(node.numbers("content")),
        2 | 3 => GroupingSet::WithEmpty,
        _ => GroupingSet::Sets(node.nodes("content").map(grouping_set).collect()),
    }
}

fn set_tree(node: &Node<'_>) -> SetTree {
    if node.tag == "RANGETBLREF" {
        return SetTree::Arm(index(node, "rtindex"));
    }
    let side = |name| Box::new(node.node(name).map_or(SetTree::Arm(0), set_tree));
    SetTree::Node {
        op: match node.number("op") {
            2 => SetOp::Intersect,
            3 => SetOp::Except,
            _ => SetOp::Union,
        },
        left: side("larg"),
        right: side("rarg"),
    }
}
