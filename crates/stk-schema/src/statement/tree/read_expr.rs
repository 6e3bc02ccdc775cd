//! From nodes to the expressions of `expr`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::expr::{Expr, SubLinkKind, TruthTest, Var};
use super::node::{Node, Value};
use super::read_query::query;

pub(super) fn exprs(values: &[Value<'_>]) -> Vec<Expr> {
    values.iter().map(expr).collect()
}

pub(super) fn optional(value: &Value<'_>) -> Option<Expr> {
    (*value != Value::Null).then(|| expr(value))
}

pub(super) fn expr(value: &Value<'_>) -> Expr {
    match value {
        Value::Node(node) => of_node(node),
        // A condition that is a list is the AND of its elements.
        Value::List(values) => Expr::And(exprs(values)),
        Value::Null | Value::Atom(_) => Expr::Other(Vec::new()),
    }
}

fn of_node(node: &Node<'_>) -> Expr {
    let args = || exprs(node.list("args"));
    let arg = || Box::new(expr(node.value("arg")));
    // Postgres 15 and older leave the `EXPR` off some tags.
    match node.tag {
        "CONST" => Expr::Const {
            type_oid: node.oid("consttype"),
            bytes: if node.flag("constisnull") {
                None
            } else {
                Some(node.bytes("constvalue").unwrap_or_default())
            },
        },
        "PARAM" => Expr::Param { kind: node.number("paramkind"), id: node.number("paramid") },
        "VAR" => var(node),
        "FUNCEXPR" => Expr::Func {
            id: node.oid("funcid"),
            args: args(),
            variadic: node.flag("funcvariadic"),
            set: node.flag("funcretset"),
        },
        // An operator that returns a set is kept out of everything that could call it non-null.
        "OPEXPR" if node.flag("opretset") => Expr::Other(args()),
        "OPEXPR" => Expr::Op { id: node.oid("opno"), args: args() },
        "DISTINCTEXPR" => Expr::Distinct { args: args() },
        "NULLIFEXPR" => Expr::NullIf { args: args() },
        "SCALARARRAYOPEXPR" => scalar_array(node),
        "BOOLEXPR" => boolean(node),
        "AGGREF" => Expr::Aggregate {
            id: node.oid("aggfnoid"),
            direct: exprs(node.list("aggdirectargs")),
            args: node.nodes("args").map(|target| expr(target.value("expr"))).collect(),
            filtered: *node.value("aggfilter") != Value::Null,
            up: node.oid("agglevelsup"),
            shape: shape(node),
        },
        "WINDOWFUNC" => Expr::Window {
            id: node.oid("winfnoid"),
            args: args(),
            filtered: *node.value("aggfilter") != Value::Null,
            window: node.oid("winref"),
            shape: shape(node),
        },
        "CASE" | "CASEEXPR" => case(node),
        "CASETESTEXPR" => Expr::CaseTest,
        "COALESCE" | "COALESCEEXPR" => Expr::Coalesce(args()),
        "MINMAX" | "MINMAXEXPR" => Expr::MinMax(args()),
        "NULLTEST" => {
            Expr::IsNull { arg: arg(), negated: node.number("nulltesttype") == 1, row: node.flag("argisrow") }
        }
        "BOOLEANTEST" => truth(node),
        "SUBLINK" => sublink(node),
        "ARRAY" | "ARRAYEXPR" => {
            Expr::Array { elements: exprs(node.list("elements")), nested: node.flag("multidims") }
        }
        "ROW" | "ROWEXPR" => Expr::Row(args()),
        "SUBSCRIPTINGREF" => subscript(node),
        "FIELDSELECT" => Expr::Field { arg: arg(), shape: shape(node) },
        "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR" | "COLLATE"
        | "COLLATEEXPR" | "NAMEDARGEXPR" => Expr::Convert { arg: arg(), shape: shape(node) },
        "COERCETODOMAIN" => Expr::ToDomain { arg: arg(), domain: node.oid("resulttype") },
        "SQLVALUEFUNCTION" => Expr::SqlValue { op: node.number("op") },
        "GROUPINGFUNC" => Expr::Grouping,
        "SETTODEFAULT" => Expr::Default,
        // The value that a domain's check looks at is a placeholder like that of CASE.
        "COERCETODOMAINVALUE" => Expr::CaseTest,
        _ => other(node),
    }
}

fn var(node: &Node<'_>) -> Expr {
    Expr::Var(Var {
        rel: node.text("varno").parse().unwrap_or(0),
        column: node.text("varattno").parse().unwrap_or(0),
        up: node.oid("varlevelsup"),
        old_or_new: node.number("varreturningtype") != 0,
    })
}

fn scalar_array(node: &Node<'_>) -> Expr {
    let mut args = exprs(node.list("args")).into_iter();
    let mut next = || Box::new(args.next().unwrap_or(Expr::Other(Vec::new())));
    Expr::ScalarArray { id: node.oid("opno"), any: node.flag("useOr"), left: next(), right: next() }
}

fn boolean(node: &Node<'_>) -> Expr {
    let mut args = exprs(node.list("args"));
    match node.text("boolop") {
        "and" => Expr::And(args),
        "or" => Expr::Or(args),
        _ => Expr::Not(Box::new(args.pop().unwrap_or(Expr::Other(Vec::new())))),
    }
}

fn case(node: &Node<'_>) -> Expr {
    Expr::Case {
        arg: optional(node.value("arg")).map(Box::new),
        whens: node
            .nodes("args")
            .map(|when| (expr(when.value("expr")), expr(when.value("result"))))
            .collect(),
        default: optional(node.value("defresult")).map(Box::new),
    }
}

fn truth(node: &Node<'_>) -> Expr {
    let test = match node.number("booltesttype") {
        0 => TruthTest::True,
        1 => TruthTest::NotTrue,
        2 => TruthTest::False,
        3 => TruthTest::NotFalse,
        4 => TruthTest::Unknown,
        _ => TruthTest::NotUnknown,
    };
    Expr::Truth { arg: Box::new(expr(node.value("arg"))), test }
}

fn sublink(node: &Node<'_>) -> Expr {
    let Some(inner) = node.node("subselect").filter(|inner| inner.tag == "QUERY") else {
        return other(node);
    };
    Expr::SubLink {
        kind: match node.number("subLinkType") {
            0 => SubLinkKind::Exists,
            1 => SubLinkKind::All,
            2 => SubLinkKind::Any,
            4 => SubLinkKind::Scalar,
            6 => SubLinkKind::Array,
            _ => SubLinkKind::Other,
        },
        test: optional(node.value("testexpr")).map(Box::new),
        query: Box::new(query(inner)),
    }
}

fn subscript(node: &Node<'_>) -> Expr {
    let (upper, lower) = (node.list("refupperindexpr"), node.list("reflowerindexpr"));
    Expr::Subscript {
        array: Box::new(expr(node.value("refexpr"))),
        indexes: upper.iter().chain(lower).filter_map(optional).collect(),
        slice: !lower.is_empty(),
        assigns: *node.value("refassgnexpr") != Value::Null,
        shape: shape(node),
    }
}

/// A node we have no word for: its parts are kept, for what they name.
fn other(node: &Node<'_>) -> Expr {
    let mut parts = Vec::new();
    for (_, values) in node.fields() {
        for value in values {
            match value {
                Value::Node(inner) => parts.push(of_node(inner)),
                Value::List(inner) => {
                    parts.extend(inner.iter().filter_map(Value::as_node).map(of_node));
                }
                Value::Null | Value::Atom(_) => {}
            }
        }
    }
    Expr::Other(parts)
}

/// A digest of everything a node says but where it stood in the text and how it was spelt.
fn shape(node: &Node<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_node(node, &mut hasher);
    hasher.finish()
}

fn hash_node(node: &Node<'_>, hasher: &mut DefaultHasher) {
    node.tag.hash(hasher);
    for (name, values) in node.fields() {
        let spelling = name.ends_with("location") || name.ends_with("format") || name.ends_with("syn");
        if !spelling && name != "opfuncid" {
            name.hash(hasher);
            values.iter().for_each(|value| hash_value(value, hasher));
        }
    }
}

fn hash_value(value: &Value<'_>, hasher: &mut DefaultHasher) {
    match value {
        Value::Null => 0u8.hash(hasher),
        Value::Atom(text) => text.hash(hasher),
        Value::Node(node) => hash_node(node, hasher),
        Value::List(values) => {
            values.len().hash(hasher);
            values.iter().for_each(|value| hash_value(value, hasher));
        }
    }
}
