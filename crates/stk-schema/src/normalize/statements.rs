//! The statements that build a scratch copy.

use super::build::{Batch, Scratch};
use super::objects::Objects;
use crate::model::{Object, ObjectKind, Table};
use crate::plan::render::Renderer;
use crate::plan::sql::Sql;

pub(super) struct Statements<'s, 'a> {
    pub scratch: &'s Scratch<'a>,
    pub sql: Vec<Sql>,
    /// The schema that the search path is set for.
    pub path_of: Option<String>,
}

impl Statements<'_, '_> {
    pub fn path(&mut self, schema: &str) {
        if self.path_of.as_deref() != Some(schema) {
            self.sql.push(self.scratch.search_path(schema));
            self.path_of = Some(schema.to_owned());
        }
    }

    pub fn create(&mut self, renderer: &Renderer<'_>, object: &Object, table: Option<&Table>) {
        let (schema_name, name) = (object.schema.as_str(), object.name.as_str());
        let Some(schema) = self.scratch.declared.schemas.get(schema_name) else { return };
        match object.kind {
            ObjectKind::Schema => {}
            ObjectKind::Enum => self.sql.push(renderer.create_enum(schema_name, name, &schema.enums[name])),
            ObjectKind::Domain => {
                self.sql.push(renderer.create_domain(schema_name, name, &schema.domains[name]));
            }
            ObjectKind::Composite => {
                self.sql.push(renderer.create_composite(schema_name, name, &schema.composites[name]));
            }
            ObjectKind::Sequence => {
                self.sql.push(renderer.create_sequence(schema_name, name, &schema.sequences[name]));
            }
            ObjectKind::Function => {
                self.sql.push(renderer.create_function(schema_name, &schema.functions[name], false));
            }
            ObjectKind::Table => {
                let Some(table) = table else { return };
                self.sql.push(renderer.create_table(schema_name, name, table));
                for check in table.checks.iter().filter(|check| check.not_valid) {
                    self.sql.push(renderer.add_check(schema_name, name, check));
                }
                for (exclusion_name, exclusion) in &table.exclusions {
                    self.sql.push(renderer.add_exclusion(schema_name, name, exclusion_name, exclusion));
                }
                for (index_name, index) in &table.indexes {
                    self.sql.push(renderer.create_index(schema_name, name, index_name, index, false));
                }
            }
            ObjectKind::Partition => {
                self.sql.push(renderer.create_partition(schema_name, name, &schema.partitions[name]));
            }
            ObjectKind::View => {
                let view = &schema.views[name];
                self.sql.push(renderer.create_view(schema_name, name, view, false));
                for (index_name, index) in &view.indexes {
                    self.sql.push(renderer.create_index(schema_name, name, index_name, index, false));
                }
            }
        }
    }

    /// What stands on an object and may need others that come after it.
    pub fn add(
        &mut self,
        renderer: &Renderer<'_>,
        object: &Object,
        table: Option<&Table>,
        objects: &Objects<'_>,
        batch: &Batch,
    ) {
        let (schema_name, name) = (object.schema.as_str(), object.name.as_str());
        let Some(schema) = self.scratch.declared.schemas.get(schema_name) else { return };
        let triggers = match object.kind {
            ObjectKind::Sequence => {
                let sequence = &schema.sequences[name];
                let owner = sequence.owner.as_ref().map(|(schema, table, _)| Object {
                    kind: ObjectKind::Table,
                    schema: schema.clone(),
                    name: table.clone(),
                });
                let is_built = |owner: &Object| batch.order.iter().any(|index| objects.all[*index] == *owner);
                if owner.is_some_and(|owner| is_built(&owner)) {
                    self.sql.push(renderer.sequence_owner(schema_name, name, sequence));
                }
                return;
            }
            ObjectKind::Table => {
                let Some(table) = table else { return };
                for (key_name, key) in &table.foreign_keys {
                    self.sql.push(renderer.add_foreign_key(schema_name, name, key_name, key));
                }
                for (policy_name, policy) in &table.policies {
                    self.sql.push(renderer.create_policy(schema_name, name, policy_name, policy));
                }
                &table.triggers
            }
            ObjectKind::View => &schema.views[name].triggers,
            _ => return,
        };
        for (trigger_name, trigger) in triggers {
            self.sql.push(renderer.create_trigger(schema_name, name, trigger_name, trigger));
            self.sql.extend(renderer.trigger_enabled(schema_name, name, trigger_name, trigger));
        }
    }
}
