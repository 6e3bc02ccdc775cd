//! What running a statement may do besides answering: whether it may share a connection, and its answer be kept.

use std::collections::BTreeSet;

use super::catalog::{Catalog, Function};
use super::tree::{Oid, References};

/// What may happen anywhere in a statement, the views, policies and domains it goes through included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) volatile: bool,
    pub(crate) locks: bool,
    pub(crate) modifies: bool,
    /// It reads from another server, or something it names could not be looked into.
    pub(crate) unproved: bool,
}

pub(crate) fn reach(catalog: &Catalog, references: &References) -> Reach {
    let mut walk =
        Walk { catalog, reach: Reach::default(), relations: BTreeSet::new(), types: BTreeSet::new() };
    walk.references(references);
    walk.reach
}

struct Walk<'c> {
    catalog: &'c Catalog,
    reach: Reach,
    /// Those already gone through.
    relations: BTreeSet<Oid>,
    types: BTreeSet<Oid>,
}

impl Walk<'_> {
    fn references(&mut self, references: &References) {
        self.reach.locks |= references.locks;
        self.reach.modifies |= references.modifies;
        // Without REPEATABLE a sample is another one each time.
        self.reach.volatile |= references.samples;
        references.functions.iter().for_each(|id| self.function(self.catalog.function(*id)));
        references.operators.iter().for_each(|id| self.function(self.catalog.operator(*id)));
        references.types.iter().for_each(|id| self.type_io(*id));
        references.relations.iter().for_each(|id| self.relation(*id));
    }

    fn function(&mut self, function: Option<&Function>) {
        let Some(function) = function else {
            self.reach.unproved = true;
            return;
        };
        self.reach.volatile |= function.volatile;
        for part in &function.parts {
            match self.catalog.function(*part) {
                Some(part) => self.reach.volatile |= part.volatile,
                None => self.reach.unproved = true,
            }
        }
    }

    fn type_io(&mut self, id: Oid) {
        if !self.types.insert(id) {
            return;
        }
        let Some(facts) = self.catalog.type_facts(id) else {
            self.reach.unproved = true;
            return;
        };
        self.function(self.catalog.function(facts.input));
        self.function(self.catalog.function(facts.output));
        match &facts.checks {
            Some(checks) => checks.iter().for_each(|check| self.references(&check.references)),
            None => self.reach.unproved = true,
        }
    }

    fn relation(&mut self, id: Oid) {
        if !self.relations.insert(id) {
            return;
        }
        let Some(relation) = self.catalog.relation(id) else {
            self.reach.unproved = true;
            return;
        };
        self.reach.unproved |= relation.foreign;
        match &relation.policies {
            Some(policies) => policies.iter().for_each(|policy| self.references(&policy.references)),
            None => self.reach.unproved = true,
        }
        match (relation.kind, &relation.view) {
            (super::catalog::RelationKind::View, Some(view)) => self.references(&view.references),
            (super::catalog::RelationKind::View, None) => self.reach.unproved = true,
            // A materialised view is read as a table; its text does not run.
            _ => {}
        }
    }
}
