//! What a rehearsal has to copy: the objects that a plan touches, and all that they stand on.
//!
//! Which names a plan mentions is read off the words of its SQL, so it may be too many; more is copied then.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::model::{Model, Object, ObjectKind, PermissionTarget, Schema, quote};
use crate::plan::Step;

pub(super) struct Closure {
    objects: HashSet<Object>,
}

impl Closure {
    /// The closure of a plan's steps, and of what `statements` name.
    pub fn of(live: &Model, steps: &[Step], statements: &[&str]) -> Closure {
        let all = objects_of(live);
        let edges = Edges::of(live);
        let plan: String = steps.iter().map(|step| format!("{}\n", step.sql)).collect();
        let logic = statements.join("\n");
        let (in_plan, in_statements) = (Words::of(&plan), Words::of(&logic));
        let touched: HashSet<&Object> = all.iter().filter(|object| in_plan.mention(object)).collect();
        let mut objects: HashSet<Object> = touched.iter().map(|object| (*object).clone()).collect();
        // A drop or a change of type meets what stands on the object; an addition does not.
        let is_harsh = ["DROP ", " TYPE ", "RENAME "].iter().any(|word| plan.contains(word));
        let mut queue: Vec<Object> = objects.iter().cloned().collect();
        while let Some(object) = queue.pop() {
            for user in edges.users.get(&object).into_iter().flatten() {
                let is_table = user.kind == ObjectKind::Table;
                // Tables that refer to a touched one matter, those that refer to them do not.
                let counts = !is_table || (is_harsh && touched.contains(&object));
                if counts && objects.insert(user.clone()) {
                    queue.push(user.clone());
                }
            }
        }
        objects.extend(all.iter().filter(|object| in_statements.mention(object)).cloned());
        let mut queue: Vec<Object> = objects.iter().cloned().collect();
        while let Some(object) = queue.pop() {
            for needed in edges.needs.get(&object).into_iter().flatten() {
                if objects.insert(needed.clone()) {
                    queue.push(needed.clone());
                }
            }
        }
        Closure { objects }
    }

    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// The part of the live model that is copied.
    pub fn before(&self, live: &Model) -> Model {
        subset(live, |object| self.objects.contains(object))
    }

    /// What the copy must be after the plan.
    pub fn after(&self, live: &Model, desired: &Model) -> Model {
        let known: HashSet<Object> = objects_of(live).into_iter().collect();
        subset(desired, |object| self.objects.contains(object) || !known.contains(object))
    }
}

/// What needs what, and the other way round.
struct Edges {
    needs: HashMap<Object, Vec<Object>>,
    users: HashMap<Object, Vec<Object>>,
}

impl Edges {
    fn of(live: &Model) -> Edges {
        let mut edges = Edges { needs: HashMap::new(), users: HashMap::new() };
        for dependency in &live.dependencies {
            edges.add(dependency.object.clone(), dependency.on.clone());
        }
        let object =
            |kind, schema: &str, name: &str| Object { kind, schema: schema.into(), name: name.into() };
        for (schema_name, schema) in &live.schemas {
            for (name, table) in &schema.tables {
                for key in table.foreign_keys.values() {
                    let table = object(ObjectKind::Table, schema_name, name);
                    edges.add(table, object(ObjectKind::Table, &key.ref_schema, &key.ref_table));
                }
            }
            for (name, partition) in &schema.partitions {
                let parent = &partition.parent;
                let of_table = live.table(&partition.parent_schema, parent).is_some();
                let kind = if of_table { ObjectKind::Table } else { ObjectKind::Partition };
                edges.add(
                    object(ObjectKind::Partition, schema_name, name),
                    object(kind, &partition.parent_schema, parent),
                );
            }
            for (name, sequence) in &schema.sequences {
                if let Some((owner_schema, table, _)) = &sequence.owner {
                    let sequence = object(ObjectKind::Sequence, schema_name, name);
                    edges.add(sequence, object(ObjectKind::Table, owner_schema, table));
                }
            }
        }
        edges
    }

    fn add(&mut self, object: Object, on: Object) {
        if object != on {
            self.users.entry(on.clone()).or_default().push(object.clone());
            self.needs.entry(object).or_default().push(on);
        }
    }
}

/// The words of a text, as Postgres would read names.
struct Words<'a> {
    text: &'a str,
    words: HashSet<String>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Words<'a> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let mut words = HashSet::new();
        for word in text.split(|c| !is_part(c)) {
            words.insert(word.to_owned());
            words.insert(word.to_lowercase());
        }
        Words { text, words }
    }

    fn mention(&self, object: &Object) -> bool {
        let name = match object.kind {
            ObjectKind::Function => object.name.split('(').next().unwrap_or_default(),
            _ => object.name.as_str(),
        };
        let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        if is_plain { self.words.contains(name) } else { self.text.contains(&quote(name)) }
    }
}

fn objects_of(model: &Model) -> Vec<Object> {
    let mut all = Vec::new();
    for (schema_name, schema) in &model.schemas {
        let mut add = |kind, name: &String| {
            all.push(Object { kind, schema: schema_name.clone(), name: name.clone() });
        };
        schema.enums.keys().for_each(|name| add(ObjectKind::Enum, name));
        schema.domains.keys().for_each(|name| add(ObjectKind::Domain, name));
        schema.composites.keys().for_each(|name| add(ObjectKind::Composite, name));
        schema.sequences.keys().for_each(|name| add(ObjectKind::Sequence, name));
        schema.functions.keys().for_each(|name| add(ObjectKind::Function, name));
        schema.tables.keys().for_each(|name| add(ObjectKind::Table, name));
        schema.partitions.keys().for_each(|name| add(ObjectKind::Partition, name));
        schema.views.keys().for_each(|name| add(ObjectKind::View, name));
    }
    all
}

/// The objects to be kept, with what is said about them. Schemas and extensions stay.
fn subset(model: &Model, keep: impl Fn(&Object) -> bool) -> Model {
    let keeps =
        |kind, schema: &str, name: &str| keep(&Object { kind, schema: schema.into(), name: name.into() });
    let mut part = Model { extensions: model.extensions.clone(), ..Model::default() };
    for (schema_name, from) in &model.schemas {
        let wanted = |kind| move |name: &str| keeps(kind, schema_name, name);
        let schema = Schema {
            comment: from.comment.clone(),
            enums: pick(&from.enums, wanted(ObjectKind::Enum)),
            domains: pick(&from.domains, wanted(ObjectKind::Domain)),
            composites: pick(&from.composites, wanted(ObjectKind::Composite)),
            sequences: pick(&from.sequences, wanted(ObjectKind::Sequence)),
            functions: pick(&from.functions, wanted(ObjectKind::Function)),
            tables: pick(&from.tables, wanted(ObjectKind::Table)),
            partitions: pick(&from.partitions, wanted(ObjectKind::Partition)),
            views: pick(&from.views, wanted(ObjectKind::View)),
            renamed_from: None,
            origin: from.origin.clone(),
        };
        part.schemas.insert(schema_name.clone(), schema);
    }
    let has = |target: &PermissionTarget| {
        let schema = |name: &str| part.schemas.get(name);
        match target {
            PermissionTarget::Schema(name) => schema(name).is_some(),
            PermissionTarget::Table(owner, name)
            | PermissionTarget::Column(owner, name, _)
            | PermissionTarget::Sequence(owner, name)
            | PermissionTarget::Type(owner, name) => schema(owner).is_some_and(|schema| schema.has(name)),
            PermissionTarget::Function(owner, name) => {
                schema(owner).is_some_and(|schema| schema.functions.contains_key(name))
            }
        }
    };
    part.permissions = model.permissions.iter().filter(|permission| has(&permission.on)).cloned().collect();
    let known =
        model.dependencies.iter().filter(|dependency| keep(&dependency.object) && keep(&dependency.on));
    part.dependencies = known.cloned().collect();
    part
}

fn pick<T: Clone>(from: &IndexMap<String, T>, keep: impl Fn(&str) -> bool) -> IndexMap<String, T> {
    from.iter().filter(|(name, _)| keep(name)).map(|(name, object)| (name.clone(), object.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ForeignKey, Table};

    /// Tables of `public`, each with those that it refers to.
    fn model(tables: &[(&str, &[&str])]) -> Model {
        let mut schema = Schema::default();
        for (name, targets) in tables {
            let mut table = Table::default();
            for target in *targets {
                let key = ForeignKey {
                    ref_schema: "public".to_owned(),
                    ref_table: (*target).to_owned(),
                    ..ForeignKey::default()
                };
                table.foreign_keys.insert(format!("to_{target}"), key);
            }
            schema.tables.insert((*name).to_owned(), table);
        }
        Model { schemas: IndexMap::from([("public".to_owned(), schema)]), ..Model::default() }
    }

    fn check(sql: &str, statements: &[&str], expect: &[&str]) {
        let live = model(&[
            ("users", &["plans"]),
            ("orders", &["users"]),
            ("lines", &["orders"]),
            ("plans", &[]),
            ("Odd one", &[]),
            ("logs", &[]),
        ]);
        let closure = Closure::of(&live, &[Step::new(sql, "")], statements);
        let mut names: Vec<String> = closure.before(&live).schemas["public"].tables.keys().cloned().collect();
        names.sort();
        assert_eq!(names, expect, "{sql}");
    }

    #[test]
    fn a_closure_is_what_is_named_and_what_that_stands_on() {
        check("ALTER TABLE \"public\".\"users\" ADD \"x\" int", &[], &["plans", "users"]);
        check("ALTER TABLE \"public\".\"logs\" ADD \"x\" int", &[], &["logs"]);
        check("ALTER TABLE \"public\".\"logs\" ADD \"x\" int", &["select * from Plans"], &["logs", "plans"]);
        check("ALTER TABLE \"public\".\"Odd one\" ADD \"x\" int", &[], &["Odd one"]);
    }

    #[test]
    fn a_drop_takes_the_tables_along_that_refer_to_its_table() {
        check("ALTER TABLE \"public\".\"users\" DROP CONSTRAINT k", &[], &["orders", "plans", "users"]);
    }
}
