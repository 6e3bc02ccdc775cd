//! The scratch copy: what must be built, in batches that leave the lock table room, and what Postgres says of it.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Transaction;

use super::objects::Objects;
use super::reduce::{is_reducible, put_back, reduce};
use super::run::run;
use super::statements::Statements;
use crate::diagnostic::{Diagnostic, Origin};
use crate::inspect::{self, Extent, Renames};
use crate::model::{Extension, Model, Object, ObjectKind, Table, quote};
use crate::plan::PlanError;
use crate::plan::render::Renderer;
use crate::plan::sql::Sql;
use crate::postgres::{CANONICAL, failed};

/// A name that no user's schema has.
pub(super) const SCRATCH: &str = "stk_scratch_";

/// Locks that an object may take: a table's own, its TOAST table's and those of their indexes.
const LOCKS_PER_OBJECT: i64 = 8;

/// Objects in a batch at most; beyond this a larger batch saves nothing.
const OBJECTS_MAX: i64 = 400;

pub(super) struct Scratch<'a> {
    pub declared: &'a Model,
    /// The scratch schema of each declared one.
    schemas: HashMap<String, String>,
    copies: Vec<String>,
    renames: Renames,
    extensions: Vec<(&'a String, &'a Extension)>,
    objects_max: usize,
}

/// Objects that are built together.
pub(super) struct Batch {
    /// What the batch is for; the rest is built only because something mentions it.
    pub wanted: HashSet<Object>,
    /// What is mentioned before what mentions it.
    pub order: Vec<usize>,
    /// Those that something else in the batch mentions.
    mentioned: HashSet<usize>,
}

impl<'a> Scratch<'a> {
    pub async fn new(
        transaction: &Transaction<'_>,
        declared: &'a Model,
        live: &Model,
    ) -> Result<Scratch<'a>, PlanError> {
        let doing = failed("prepare a scratch copy");
        let names: Vec<String> = declared.managed_schemas();
        let copies: Vec<String> = (0..names.len()).map(|index| format!("{SCRATCH}{index}")).collect();
        // A share of the lock table that leaves as much of it to others.
        let sql = "SELECT array(SELECT quote_ident(name) FROM unnest($1::text[]) name), \
                   current_setting('max_locks_per_transaction')::int8 \
                   * (current_setting('max_connections')::int8 \
                      + current_setting('max_prepared_transactions')::int8) / 2";
        let row = transaction.query_one(sql, &[&names]).await.map_err(&doing)?;
        let quoted: Vec<String> = row.try_get(0).map_err(&doing)?;
        let locks: i64 = row.try_get(1).map_err(&doing)?;
        let objects_max = (locks / LOCKS_PER_OBJECT).clamp(10, OBJECTS_MAX);
        let renames = copies.iter().zip(names.iter().zip(quoted));
        let renames = renames.map(|(copy, (name, quoted))| (copy.clone(), name.clone(), quoted)).collect();
        Ok(Scratch {
            declared,
            schemas: names.into_iter().zip(copies.iter().cloned()).collect(),
            copies,
            renames: Renames { schemas: renames },
            extensions: declared
                .extensions
                .iter()
                .filter(|(name, _)| !live.extensions.contains_key(*name))
                .collect(),
            objects_max: usize::try_from(objects_max).unwrap_or(10),
        })
    }

    /// All unsettled objects, each in one batch, together with what it needs.
    pub fn batches(&self, objects: &Objects<'_>) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut current = Collector::default();
        for index in &objects.unsettled {
            if !current.batch_is_empty() && current.order.len() >= self.objects_max {
                batches.push(std::mem::take(&mut current).finish(objects));
            }
            current.want(*index, objects);
        }
        if !current.batch_is_empty() {
            batches.push(current.finish(objects));
        }
        batches
    }

    /// Builds a batch, reads it back as a normal model and rolls it back.
    pub async fn build(
        &mut self,
        transaction: &mut Transaction<'_>,
        objects: &Objects<'_>,
        batch: &Batch,
    ) -> Result<Model, PlanError> {
        let doing = failed("build the schema in a scratch copy");
        let scratch = transaction.transaction().await.map_err(&doing)?;
        scratch.batch_execute(CANONICAL).await.map_err(&doing)?;
        // A body may speak of what is not built here; that it is right is found out where it is run.
        scratch.batch_execute("SET LOCAL check_function_bodies = off").await.map_err(&doing)?;
        let reduced = self.reduced(objects, batch);
        let statements = self.statements(objects, batch, &reduced);
        let (scratch, faults) = run(scratch, &statements).await?;
        if !faults.is_empty() {
            return Err(PlanError::Diagnostics(self.with_circle(faults, objects, batch)));
        }
        let mut built = inspect::read(&scratch, &self.copies, &self.renames, Extent::Schemas).await?;
        scratch.rollback().await.map_err(&doing)?;
        for ((schema, name), (_, left_out)) in reduced {
            let table = built.schemas.get_mut(&schema).and_then(|schema| schema.tables.get_mut(&name));
            if let Some(table) = table {
                put_back(table, left_out);
            }
        }
        Ok(built)
    }

    /// Names the circle, if objects that need one another may be why something is not there.
    fn with_circle(&self, faults: Vec<Diagnostic>, objects: &Objects<'_>, batch: &Batch) -> Vec<Diagnostic> {
        let Some(circle) = objects.circle(&batch.order) else { return faults };
        let names: Vec<&str> = circle.iter().map(|index| objects.all[*index].name.as_str()).collect();
        let hint = format!("{} may need one another: a circle can not be made", names.join(", "));
        faults.into_iter().map(|fault| fault.hint_unless_any(|| hint.clone())).collect()
    }

    /// Tables that need not be built whole: by schema and name, what is built of each and what is not.
    fn reduced(&self, objects: &Objects<'_>, batch: &Batch) -> HashMap<(String, String), (Table, Table)> {
        let mut reduced = HashMap::new();
        for index in &batch.order {
            let object = &objects.all[*index];
            let declared = self.declared.table(&object.schema, &object.name);
            let live = objects.live.table(&object.schema, &object.name);
            if let (ObjectKind::Table, Some(declared), Some(live)) = (object.kind, declared, live)
                && is_reducible(declared, live)
            {
                let own = (object.schema.as_str(), object.name.as_str());
                let parts = reduce(own, declared, live, batch.mentioned.contains(index));
                reduced.insert((object.schema.clone(), object.name.clone()), parts);
            }
        }
        reduced
    }

    fn statements(
        &self,
        objects: &Objects<'_>,
        batch: &Batch,
        reduced: &HashMap<(String, String), (Table, Table)>,
    ) -> Vec<Sql> {
        let renderer = Renderer::Scratch { schemas: &self.schemas, declared: self.declared };
        let mut list = Statements { scratch: self, sql: Vec::new(), path_of: None };
        for (name, schema) in &self.declared.schemas {
            list.sql.push(renderer.create_schema(name, schema));
        }
        for (name, extension) in &self.extensions {
            list.sql.extend(self.create_extension(name, extension));
        }
        for index in &batch.order {
            let object = &objects.all[*index];
            list.path(&object.schema);
            let whole = self.declared.table(&object.schema, &object.name);
            let part = reduced.get(&(object.schema.clone(), object.name.clone())).map(|(part, _)| part);
            list.create(&renderer, object, part.or(whole));
        }
        for index in &batch.order {
            let object = &objects.all[*index];
            if batch.wanted.contains(object) {
                list.path(&object.schema);
                let whole = self.declared.table(&object.schema, &object.name);
                let part = reduced.get(&(object.schema.clone(), object.name.clone())).map(|(part, _)| part);
                list.add(&renderer, object, part.or(whole), objects, batch);
            }
        }
        list.sql
    }

    /// A new extension goes where it will be, for users name its types and functions with that schema.
    fn create_extension(&self, name: &str, extension: &Extension) -> Vec<Sql> {
        let schema = extension.schema.clone().unwrap_or_else(|| "public".to_owned());
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quote(&schema));
        let extension = Extension { schema: Some(schema), ..extension.clone() };
        vec![Sql::new(create, &extension.origin), Renderer::Normal.create_extension(name, &extension)]
    }

    pub fn search_path(&self, own: &str) -> Sql {
        let names = || self.declared.schemas.keys().map(String::as_str).filter(|name| *name != own);
        let own_first = || std::iter::once(own).chain(names());
        let copies = own_first().filter_map(|name| self.schemas.get(name).map(String::as_str));
        let path: Vec<String> = copies.chain(own_first()).chain(["public"]).map(quote).collect();
        Sql::new(format!("SET LOCAL search_path = {}", path.join(", ")), &Origin::default())
    }
}

#[derive(Default)]
struct Collector {
    wanted: Vec<usize>,
    order: Vec<usize>,
    seen: HashSet<usize>,
    mentioned: HashSet<usize>,
}

impl Collector {
    fn batch_is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    fn want(&mut self, index: usize, objects: &Objects<'_>) {
        self.wanted.push(index);
        self.visit(index, objects);
        let late = objects.needs(index).late;
        for needed in late {
            self.mentioned.insert(needed);
            self.visit(needed, objects);
        }
    }

    /// Puts an object after all that it needs. A circle is cut where it closes; what comes too early is tried again.
    fn visit(&mut self, index: usize, objects: &Objects<'_>) {
        if !self.seen.insert(index) {
            return;
        }
        for needed in objects.needs(index).first {
            self.mentioned.insert(needed);
            self.visit(needed, objects);
        }
        self.order.push(index);
    }

    fn finish(self, objects: &Objects<'_>) -> Batch {
        let wanted = self.wanted.iter().map(|index| objects.all[*index].clone()).collect();
        Batch { wanted, order: self.order, mentioned: self.mentioned }
    }
}
