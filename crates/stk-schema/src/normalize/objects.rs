//! The objects of a declared model: which are settled, and which names each one mentions.
//!
//! Mentions are read off the words of expressions and types, so they may be too many (a column that is called as a
//! table is): more is built then, in an order that is still right.

use std::collections::{HashMap, HashSet};

use super::reduce::is_reducible;
use super::settled;
use crate::model::{
    Body, Check, DataType, Index, IndexPart, Model, Object, ObjectKind, PartitionKey, Returns, Schema, Table,
    Term, Token, Trigger, tokens, unquote,
};

pub(super) struct Objects<'a> {
    pub declared: &'a Model,
    pub live: &'a Model,
    /// By kind, in the order of declaration.
    pub all: Vec<Object>,
    pub unsettled: Vec<usize>,
    settled: HashSet<Object>,
    by_name: HashMap<String, Vec<usize>>,
}

/// What an object needs: to be created, and for what is added to it when everything is there.
#[derive(Default)]
pub(super) struct Needs {
    pub first: Vec<usize>,
    pub late: Vec<usize>,
}

impl<'a> Objects<'a> {
    pub fn of(declared: &'a Model, live: &'a Model) -> Objects<'a> {
        let mut objects = Objects {
            declared,
            live,
            all: Vec::new(),
            unsettled: Vec::new(),
            settled: HashSet::new(),
            by_name: HashMap::new(),
        };
        let nothing = Schema::default();
        for kind in [
            ObjectKind::Enum,
            ObjectKind::Composite,
            ObjectKind::Domain,
            ObjectKind::Sequence,
            ObjectKind::Function,
            ObjectKind::Table,
            ObjectKind::Partition,
            ObjectKind::View,
        ] {
            for (schema_name, schema) in &declared.schemas {
                let live = live.schemas.get(schema_name).unwrap_or(&nothing);
                for (name, is_settled) in of_kind(kind, schema, live) {
                    let object = Object { kind, schema: schema_name.clone(), name };
                    objects.add(object, is_settled);
                }
            }
        }
        objects
    }

    fn add(&mut self, object: Object, is_settled: bool) {
        let index = self.all.len();
        // A function is mentioned by its name alone.
        let name = match object.kind {
            ObjectKind::Function => object.name.split('(').next().unwrap_or_default().to_owned(),
            _ => object.name.clone(),
        };
        self.by_name.entry(name).or_default().push(index);
        if is_settled {
            self.settled.insert(object.clone());
        } else {
            self.unsettled.push(index);
        }
        self.all.push(object);
    }

    pub fn is_settled(&self, kind: ObjectKind, schema: &str, name: &str) -> bool {
        self.settled.contains(&Object { kind, schema: schema.to_owned(), name: name.to_owned() })
    }

    pub fn needs(&self, index: usize) -> Needs {
        let object = &self.all[index];
        let mut needs = Needs::default();
        let Some(schema) = self.declared.schemas.get(&object.schema) else { return needs };
        let mut words = Mentions { objects: self, found: &mut needs.first };
        match object.kind {
            ObjectKind::Schema | ObjectKind::Enum | ObjectKind::Sequence => {}
            ObjectKind::Domain => {
                let domain = &schema.domains[&object.name];
                words.data_type(&domain.data_type);
                words.optional(domain.default.as_ref());
                domain.checks.iter().for_each(|check| words.sql(&check.expr));
            }
            ObjectKind::Composite => {
                let composite = &schema.composites[&object.name];
                composite.fields.values().for_each(|field| words.data_type(&field.data_type));
            }
            ObjectKind::Function => words.function(&schema.functions[&object.name]),
            ObjectKind::Table => {
                let table = &schema.tables[&object.name];
                words.table(table);
                words.found = &mut needs.late;
                let live = self.live.table(&object.schema, &object.name);
                let live = live.filter(|live| is_reducible(table, live));
                for (name, key) in &table.foreign_keys {
                    let same = live.and_then(|live| live.foreign_keys.get(name));
                    if !same.is_some_and(|live| settled::foreign_key(key, live)) {
                        words.name(&key.ref_table);
                    }
                }
                for policy in table.policies.values() {
                    words.optional(policy.using.as_ref());
                    words.optional(policy.check.as_ref());
                }
                table.triggers.values().for_each(|trigger| words.trigger(trigger));
            }
            ObjectKind::Partition => {
                let partition = &schema.partitions[&object.name];
                words.name(&partition.parent);
                if let Some(PartitionKey::Declared(terms)) = partition.partition.as_ref().map(|by| &by.parts)
                {
                    terms.iter().for_each(|term| words.term(term));
                }
            }
            ObjectKind::View => {
                let view = &schema.views[&object.name];
                words.sql(&view.definition);
                view.indexes.values().for_each(|index| words.index(index));
                words.found = &mut needs.late;
                view.triggers.values().for_each(|trigger| words.trigger(trigger));
            }
        }
        needs.first.retain(|needed| *needed != index);
        needs.late.retain(|needed| *needed != index);
        needs
    }
}

impl Objects<'_> {
    /// Objects among `order` that each need the next, and the last the first, before they can be made.
    pub fn circle(&self, order: &[usize]) -> Option<Vec<usize>> {
        let mut done = HashSet::new();
        order.iter().find_map(|start| self.circle_from(*start, &mut Vec::new(), &mut done))
    }

    fn circle_from(
        &self,
        index: usize,
        path: &mut Vec<usize>,
        done: &mut HashSet<usize>,
    ) -> Option<Vec<usize>> {
        if let Some(at) = path.iter().position(|known| *known == index) {
            return Some(path[at..].to_vec());
        }
        if done.contains(&index) {
            return None;
        }
        path.push(index);
        let found =
            self.needs(index).first.into_iter().find_map(|needed| self.circle_from(needed, path, done));
        path.pop();
        done.insert(index);
        found
    }
}

/// The objects of a kind, each with whether it is settled.
fn of_kind(kind: ObjectKind, declared: &Schema, live: &Schema) -> Vec<(String, bool)> {
    fn each<T>(
        declared: &indexmap::IndexMap<String, T>,
        live: &indexmap::IndexMap<String, T>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Vec<(String, bool)> {
        let settled = |name: &String, object: &T| live.get(name).is_some_and(|live| same(object, live));
        declared.iter().map(|(name, object)| (name.clone(), settled(name, object))).collect()
    }
    match kind {
        ObjectKind::Schema => Vec::new(),
        ObjectKind::Enum => each(&declared.enums, &live.enums, settled::enumeration),
        ObjectKind::Domain => each(&declared.domains, &live.domains, settled::domain),
        ObjectKind::Composite => each(&declared.composites, &live.composites, settled::composite),
        ObjectKind::Sequence => each(&declared.sequences, &live.sequences, settled::sequence),
        ObjectKind::Function => each(&declared.functions, &live.functions, settled::function),
        ObjectKind::Table => each(&declared.tables, &live.tables, settled::table),
        ObjectKind::Partition => each(&declared.partitions, &live.partitions, settled::partition),
        ObjectKind::View => each(&declared.views, &live.views, settled::view),
    }
}

struct Mentions<'o, 'a> {
    objects: &'o Objects<'a>,
    found: &'o mut Vec<usize>,
}

impl Mentions<'_, '_> {
    fn name(&mut self, name: &str) {
        if let Some(indexes) = self.objects.by_name.get(name) {
            self.found.extend(indexes);
        }
    }

    fn sql(&mut self, sql: &str) {
        for token in tokens(sql) {
            match token {
                Token::Name(name) => self.name(&unquote(name)),
                // `nextval('app.order_number')`
                Token::Literal(text) if text.starts_with('\'') => {
                    let inner = text.trim_matches('\'');
                    self.name(&unquote(inner.rsplit('.').next().unwrap_or(inner)));
                }
                _ => {}
            }
        }
    }

    fn optional(&mut self, sql: Option<&String>) {
        if let Some(sql) = sql {
            self.sql(sql);
        }
    }

    fn data_type(&mut self, data_type: &DataType) {
        match data_type {
            DataType::Sql(sql) => self.sql(sql),
            DataType::Enum { name, .. }
            | DataType::Domain { name, .. }
            | DataType::Composite { name, .. } => self.name(name),
            DataType::Serial(_) => {}
        }
    }

    fn term(&mut self, term: &Term) {
        if let Term::Expression(sql) = term {
            self.sql(sql);
        }
    }

    fn part(&mut self, part: &IndexPart) {
        self.term(&part.term);
        self.optional(part.ops.as_ref());
    }

    fn index(&mut self, index: &Index) {
        index.parts.iter().for_each(|part| self.part(part));
        self.optional(index.predicate.as_ref());
    }

    fn check(&mut self, check: &Check) {
        self.sql(&check.expr);
    }

    fn table(&mut self, table: &Table) {
        for column in table.columns.values() {
            self.data_type(&column.data_type);
            self.optional(column.default.as_ref());
            self.optional(column.generated.as_ref());
        }
        table.checks.iter().for_each(|check| self.check(check));
        table.indexes.values().for_each(|index| self.index(index));
        for exclusion in table.exclusions.values() {
            exclusion.parts.iter().for_each(|part| self.part(&part.part));
            self.optional(exclusion.predicate.as_ref());
        }
        if let Some(PartitionKey::Declared(terms)) = table.partition.as_ref().map(|by| &by.parts) {
            terms.iter().for_each(|term| self.term(term));
        }
    }

    fn function(&mut self, function: &crate::model::Function) {
        for argument in &function.arguments {
            self.data_type(&argument.data_type);
            self.optional(argument.default.as_ref());
        }
        match &function.returns {
            Returns::Nothing => {}
            Returns::Type(data_type) | Returns::Set(data_type) => self.data_type(data_type),
            Returns::Table(columns) => columns.values().for_each(|data_type| self.data_type(data_type)),
        }
        // Any other body is a string to Postgres, and is not looked into here either.
        if let Body::Sql(sql) = &function.body {
            self.sql(sql);
        }
    }

    fn trigger(&mut self, trigger: &Trigger) {
        self.name(&trigger.function.1);
        self.optional(trigger.when.as_ref());
    }
}
