//! Everything of the catalog that a tree names, found by the names of the fields and not by the kind of node, so that
//! nothing is missed in a node we have no word for.

use std::collections::BTreeSet;

use super::expr::Oid;
use super::node::{Node, Value};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct References {
    /// Functions, aggregates and window functions.
    pub(crate) functions: BTreeSet<Oid>,
    pub(crate) operators: BTreeSet<Oid>,
    pub(crate) relations: BTreeSet<Oid>,
    /// Types whose input or output function, or whose constraints, run.
    pub(crate) types: BTreeSet<Oid>,
    /// FOR UPDATE and its kin stand somewhere.
    pub(crate) locks: bool,
    /// An INSERT, UPDATE, DELETE or MERGE stands somewhere, or a command.
    pub(crate) modifies: bool,
    /// TABLESAMPLE stands somewhere.
    pub(crate) samples: bool,
}

impl References {
    pub(super) fn of(node: &Node<'_>) -> References {
        let mut references = References::default();
        references.add(node);
        references
    }

    pub(super) fn of_value(value: &Value<'_>) -> References {
        let mut references = References::default();
        references.add_value(value);
        references
    }

    fn add(&mut self, node: &Node<'_>) {
        match node.tag {
            "QUERY" => {
                self.modifies |= node.number("commandType") != 1;
                self.locks |= !node.list("rowMarks").is_empty();
            }
            "TABLESAMPLECLAUSE" => self.samples = true,
            "COERCEVIAIO" => self.add_coercion(node),
            "COERCETODOMAIN" => insert(&mut self.types, node.oid("resulttype")),
            _ => {}
        }
        for (name, values) in node.fields() {
            match name {
                "funcid" | "aggfnoid" | "winfnoid" | "startInRangeFunc" | "endInRangeFunc" | "tsmhandler" => {
                    insert(&mut self.functions, node.oid(name));
                }
                "opno" | "eqop" | "sortop" => insert(&mut self.operators, node.oid(name)),
                "opnos" => self.operators.extend(node.numbers(name)),
                "relid" => insert(&mut self.relations, node.oid(name)),
                _ => {}
            }
            values.iter().for_each(|value| self.add_value(value));
        }
    }

    fn add_value(&mut self, value: &Value<'_>) {
        match value {
            Value::Node(node) => self.add(node),
            Value::List(values) => values.iter().for_each(|value| self.add_value(value)),
            Value::Null | Value::Atom(_) => {}
        }
    }

    /// A cast through text runs the output function of the one type and the input function of the other.
    fn add_coercion(&mut self, node: &Node<'_>) {
        insert(&mut self.types, node.oid("resulttype"));
        let Some(arg) = node.node("arg") else { return };
        for name in ["vartype", "consttype", "paramtype", "funcresulttype", "opresulttype", "resulttype"] {
            insert(&mut self.types, arg.oid(name));
        }
    }
}

fn insert(set: &mut BTreeSet<Oid>, oid: Oid) {
    if oid != 0 {
        set.insert(oid);
    }
}
