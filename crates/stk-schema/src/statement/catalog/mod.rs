//! What the judgement of a statement needs to know of the database, and nothing more.
//!
//! A snapshot in memory: no I/O here. `fetch` fills it with what the trees at hand name.

mod fetch;

use std::collections::{BTreeSet, HashMap};

use super::tree::{Expr, ExprTree, Oid, QueryTree};

pub(crate) use fetch::Loader;

#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) version: u32,
    functions: HashMap<Oid, Option<Function>>,
    /// The function behind an operator.
    operators: HashMap<Oid, Oid>,
    relations: HashMap<Oid, Option<Relation>>,
    types: HashMap<Oid, Option<TypeFacts>>,
}

#[derive(Debug)]
pub(crate) struct Function {
    /// Set for the functions that come with Postgres only: nobody else's name or source says anything.
    pub(crate) builtin: Option<Builtin>,
    /// Null for a null argument, without being called.
    pub(crate) strict: bool,
    pub(crate) volatile: bool,
    /// The functions an aggregate is made of.
    pub(crate) parts: Vec<Oid>,
}

#[derive(Debug)]
pub(crate) struct Builtin {
    pub(crate) name: String,
    /// The C function; empty where it is written in SQL.
    pub(crate) source: String,
}

#[derive(Debug, Default)]
pub(crate) struct Relation {
    pub(crate) kind: RelationKind,
    /// Columns that hold no null in any row of the table or of a table below it.
    pub(crate) not_null: BTreeSet<i16>,
    /// What generated columns are made of.
    pub(crate) generated: HashMap<i16, Expr>,
    pub(crate) defaults: HashMap<i16, Expr>,
    /// What a view shows; `None` for a view whose text could not be read.
    pub(crate) view: Option<QueryTree>,
    /// BEFORE row triggers, which may change what is written.
    pub(crate) before_insert: bool,
    pub(crate) before_update: bool,
    pub(crate) instead_of: bool,
    /// Rewrite rules besides a view's own.
    pub(crate) rules: bool,
    pub(crate) children: bool,
    /// It or a table below it lives on another server.
    pub(crate) foreign: bool,
    /// Conditions of row security on reading; `None` where one could not be read.
    pub(crate) policies: Option<Vec<ExprTree>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RelationKind {
    Table,
    View,
    MaterializedView,
    #[default]
    Other,
}

#[derive(Debug)]
pub(crate) struct TypeFacts {
    /// A cast to this domain fails for null.
    pub(crate) refuses_null: bool,
    pub(crate) input: Oid,
    pub(crate) output: Oid,
    /// The domain's checks; `None` where one could not be read.
    pub(crate) checks: Option<Vec<ExprTree>>,
}

impl Catalog {
    /// Knows nothing yet but the server's `server_version_num`.
    pub(crate) fn of_version(version: u32) -> Catalog {
        Catalog { version, ..Catalog::default() }
    }

    pub(crate) fn function(&self, id: Oid) -> Option<&Function> {
        self.functions.get(&id)?.as_ref()
    }

    pub(crate) fn operator(&self, id: Oid) -> Option<&Function> {
        self.function(*self.operators.get(&id)?)
    }

    pub(crate) fn operator_function(&self, id: Oid) -> Option<Oid> {
        self.operators.get(&id).copied()
    }

    pub(crate) fn relation(&self, id: Oid) -> Option<&Relation> {
        self.relations.get(&id)?.as_ref()
    }

    pub(crate) fn type_facts(&self, id: Oid) -> Option<&TypeFacts> {
        self.types.get(&id)?.as_ref()
    }

    /// The name of a function that comes with Postgres.
    pub(crate) fn builtin_name(&self, id: Oid) -> Option<&str> {
        self.function(id)?.builtin.as_ref().map(|builtin| builtin.name.as_str())
    }
}

impl Relation {
    /// A plain table of this server: what a statement writes is what RETURNING shows, but for triggers and rules.
    pub(crate) fn is_plain(&self) -> bool {
        self.kind == RelationKind::Table && !self.foreign && !self.rules && !self.children
    }
}
