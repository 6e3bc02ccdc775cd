//! Schemas, extensions, types, sequences, functions and views: made and altered.

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, hazard, path_sql, temporary};
use super::step::{Effort, Leftover, Step};
use crate::diff::{
    Change, Place, can_replace_function, can_replace_view, same_check, same_check_but_validity, same_type,
};
use crate::model::{
    Body, Check, Composite, Domain, Extension, Function, ObjectKind, Sequence, View, quote, quote_literal,
};

impl<'a> Planner<'a> {
    pub fn object(&mut self, change: &'a Change<'a>) {
        match change {
            Change::CreateSchema { name, schema } => {
                let sql = NORMAL.create_schema(name, schema);
                self.push(Stage::Base, Step::new(sql.text, format!("create schema {name}")));
            }
            Change::CreateExtension { name, extension } => {
                let sql = NORMAL.create_extension(name, extension);
                self.push(Stage::Base, Step::new(sql.text, format!("create extension {name}")));
            }
            Change::AlterExtension { name, before, after } => self.alter_extension(name, before, after),
            Change::CreateEnum { place, definition } => {
                let sql = NORMAL.create_enum(place.schema, place.name, definition);
                self.make(
                    ObjectKind::Enum,
                    place,
                    Step::new(sql.text, format!("create enum {}", place.path())),
                );
            }
            Change::AlterEnum { place, before, after } => self.alter_enum(place, before, after),
            Change::CreateDomain { place, domain } => {
                let sql = NORMAL.create_domain(place.schema, place.name, domain);
                self.make(
                    ObjectKind::Domain,
                    place,
                    Step::new(sql.text, format!("create domain {}", place.path())),
                );
            }
            Change::AlterDomain { place, before, after } => self.alter_domain(place, before, after),
            Change::CreateComposite { place, composite } => {
                let sql = NORMAL.create_composite(place.schema, place.name, composite);
                let step = Step::new(sql.text, format!("create type {}", place.path()));
                self.make(ObjectKind::Composite, place, step);
            }
            Change::AlterComposite { place, before, after } => self.alter_composite(place, before, after),
            Change::CreateSequence { place, sequence } => {
                let sql = NORMAL.create_sequence(place.schema, place.name, sequence);
                let step = Step::new(sql.text, format!("create sequence {}", place.path()));
                self.make(ObjectKind::Sequence, place, step);
                self.own_sequence(place, sequence);
            }
            Change::AlterSequence { place, before, after } => self.alter_sequence(place, before, after),
            Change::CreateFunction { place, function } => self.create_function(place, function, "create"),
            Change::AlterFunction { place, before, after } => self.alter_function(place, before, after),
            Change::CreateView { place, view } => self.create_view(place, view),
            Change::AlterView { place, before, after }
                if can_replace_view(before, after) && !self.is_cleared(place) =>
            {
                let sql = NORMAL.create_view(place.schema, place.name, after, true);
                self.make(
                    ObjectKind::View,
                    place,
                    Step::new(sql.text, format!("replace view {}", place.path())),
                );
                self.view_options(place, before, after);
            }
            // Otherwise it is one of those that are cleared and made again.
            _ => {}
        }
    }

    fn alter_extension(&mut self, name: &str, before: &Extension, after: &Extension) {
        if let Some(version) = after.version.as_ref().filter(|_| before.version != after.version) {
            let sql = format!("ALTER EXTENSION {} UPDATE TO {}", quote(name), quote_literal(version));
            self.push(Stage::Base, Step::new(sql, format!("update extension {name} to {version}")));
        }
        if let Some(schema) = after.schema.as_ref().filter(|_| before.schema != after.schema) {
            let sql = format!("ALTER EXTENSION {} SET SCHEMA {}", quote(name), quote(schema));
            self.push(Stage::Base, Step::new(sql, format!("move extension {name} to schema {schema}")));
        }
    }

    fn alter_domain(&mut self, place: &Place<'_>, before: &Domain, after: &Domain) {
        if !same_type(&before.data_type, &after.data_type) || before.collate != after.collate {
            let message = format!("Postgres can not change the type of the domain `{}`", place.path());
            self.refuse(place.origin, message, "make a new domain, and change the columns to it");
            return;
        }
        let path = path_sql(place);
        if before.default != after.default {
            let action = match &after.default {
                Some(default) => format!("SET DEFAULT {default}"),
                None => "DROP DEFAULT".to_owned(),
            };
            let step = Step::new(
                format!("ALTER DOMAIN {path} {action}"),
                format!("change the default of domain {}", place.path()),
            );
            self.make(ObjectKind::Domain, place, step);
        }
        if before.null != after.null {
            let action = if after.null { "DROP NOT NULL" } else { "SET NOT NULL" };
            let summary = format!("{} on domain {}", action.to_lowercase(), place.path());
            let mut step = Step::new(format!("ALTER DOMAIN {path} {action}"), summary);
            if !after.null {
                let message = format!("columns of the domain `{}` may hold nulls", place.path());
                step.hazards.push(hazard(HazardCode::DomainViolated, place.path(), message));
                step.effort = Effort::Scan;
            }
            self.push(if after.null { Stage::Relax } else { Stage::Check }, step);
        }
        self.domain_checks(place, before, after);
    }

    fn domain_checks(&mut self, place: &Place<'_>, before: &Domain, after: &Domain) {
        let path = path_sql(place);
        let drop = |name: &str| format!("ALTER DOMAIN {path} DROP CONSTRAINT {}", quote(name));
        let mut left: Vec<&Check> = before.checks.iter().collect();
        for check in &after.checks {
            let at = left.iter().position(|it| match &check.name {
                Some(_) => it.name == check.name,
                None => same_check(it, check),
            });
            let found = at.map(|at| left.remove(at));
            let name = check.name.clone().unwrap_or_else(|| temporary(place.schema, place.name, &check.expr));
            match found {
                Some(found) if same_check(found, check) => {}
                Some(found) if same_check_but_validity(found, check) => self.validate_domain(place, &name),
                Some(_) => {
                    let shadow = temporary(place.schema, place.name, &name);
                    self.add_domain_check(place, &shadow, check);
                    let group = self.group();
                    let summary = format!("drop the old check {name} of domain {}", place.path());
                    self.push_in(Stage::Check, group, Step::new(drop(&name), summary));
                    let sql = format!(
                        "ALTER DOMAIN {path} RENAME CONSTRAINT {} TO {}",
                        quote(&shadow),
                        quote(&name)
                    );
                    let summary = format!("put the new check {name} in its place");
                    self.push_in(Stage::Check, group, Step::new(sql, summary));
                }
                None => self.add_domain_check(place, &name, check),
            }
        }
        for check in left {
            let name = check.name.as_deref().unwrap_or_default();
            let mut step = Step::new(drop(name), format!("drop check {name} of domain {}", place.path()));
            if !super::planner::is_temporary(name) {
                let message = format!("values that break the check `{name}` may come in");
                step.hazards.push(hazard(HazardCode::RuleDropped, place.inside(name), message));
            }
            self.push(Stage::Drop, step);
        }
    }

    /// Not valid at first, so that writers wait for a moment only.
    fn add_domain_check(&mut self, place: &Place<'_>, name: &str, check: &Check) {
        let wanted = Check { name: Some(name.to_owned()), not_valid: true, ..check.clone() };
        let sql = format!("ALTER DOMAIN {} ADD {}", path_sql(place), NORMAL.domain_check(&wanted).text);
        self.push(Stage::Check, Step::new(sql, format!("add check {name} to domain {}", place.path())));
        if !check.not_valid {
            self.validate_domain(place, name);
        }
    }

    fn validate_domain(&mut self, place: &Place<'_>, name: &str) {
        let sql = format!("ALTER DOMAIN {} VALIDATE CONSTRAINT {}", path_sql(place), quote(name));
        let mut step = Step::new(sql, format!("validate check {name} of domain {}", place.path()));
        step.effort = Effort::Scan;
        let message = format!("columns of the domain `{}` may hold values that break `{name}`", place.path());
        step.hazards.push(hazard(HazardCode::DomainViolated, place.inside(name), message));
        self.push(Stage::Check, step);
    }

    fn alter_composite(&mut self, place: &Place<'_>, before: &Composite, after: &Composite) {
        let path = path_sql(place);
        let in_use = self.live.dependencies.iter().any(|it| {
            it.on.kind == ObjectKind::Composite
                && (it.on.schema.as_str(), it.on.name.as_str()) == (place.schema, place.name)
                && matches!(it.object.kind, ObjectKind::Table | ObjectKind::Partition | ObjectKind::View)
        });
        for (name, field) in &after.fields {
            let (quoted, data_type) = (quote(name), NORMAL.data_type(&field.data_type));
            let collate = field.collate.as_deref().map(|it| format!(" COLLATE {it}")).unwrap_or_default();
            let action = match before.fields.get(name) {
                None => format!("ADD ATTRIBUTE {quoted} {data_type}{collate}"),
                Some(found)
                    if same_type(&found.data_type, &field.data_type) && found.collate == field.collate =>
                {
                    continue;
                }
                Some(_) if in_use => {
                    let message = format!(
                        "Postgres can not change the type of `{}` while a column has the type `{}`",
                        place.inside(name),
                        place.path()
                    );
                    self.refuse(&field.origin, message, "make a new type, and change the columns to it");
                    continue;
                }
                Some(_) => format!("ALTER ATTRIBUTE {quoted} SET DATA TYPE {data_type}{collate}"),
            };
            let step = Step::new(
                format!("ALTER TYPE {path} {action}"),
                format!("change the field {}", place.inside(name)),
            );
            self.make(ObjectKind::Composite, place, step);
        }
        for name in before.fields.keys().filter(|name| !after.fields.contains_key(*name)) {
            let sql = format!("ALTER TYPE {path} DROP ATTRIBUTE {}", quote(name));
            let mut step = Step::new(sql, format!("drop the field {}", place.inside(name)));
            let message = format!("the field `{}` is dropped with its values", place.inside(name));
            step.hazards.push(hazard(HazardCode::DropColumn, place.inside(name), message));
            self.push(Stage::Drop, step);
        }
        let kept: Vec<&String> =
            before.fields.keys().filter(|name| after.fields.contains_key(*name)).collect();
        let wanted: Vec<&String> = after.fields.keys().collect();
        if wanted[..kept.len().min(wanted.len())] != kept[..] {
            let message = format!("Postgres can not change the order of the fields of `{}`", place.path());
            self.refuse(place.origin, message, "keep the order, with new fields at the end");
        }
    }

    fn own_sequence(&mut self, place: &Place<'_>, sequence: &Sequence) {
        if sequence.owner.is_some() {
            let sql = NORMAL.sequence_owner(place.schema, place.name, sequence);
            self.push(
                Stage::Attach,
                Step::new(sql.text, format!("give sequence {} its owner", place.path())),
            );
        }
    }

    fn alter_sequence(&mut self, place: &Place<'_>, before: &Sequence, after: &Sequence) {
        let mut options = Vec::new();
        if before.data_type != after.data_type {
            options.push(format!("AS {}", after.data_type));
        }
        for (word, was, is) in [
            ("INCREMENT BY", before.increment, after.increment),
            ("MINVALUE", before.min, after.min),
            ("MAXVALUE", before.max, after.max),
            ("START WITH", before.start, after.start),
            ("CACHE", before.cache, after.cache),
        ] {
            if was != is || (before.data_type != after.data_type && matches!(word, "MINVALUE" | "MAXVALUE")) {
                options.push(format!("{word} {is}"));
            }
        }
        if before.cycle != after.cycle {
            options.push(if after.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
        }
        let path = path_sql(place);
        if !options.is_empty() {
            let sql = format!("ALTER SEQUENCE {path} {}", options.join(" "));
            self.make(
                ObjectKind::Sequence,
                place,
                Step::new(sql, format!("change sequence {}", place.path())),
            );
        }
        if before.unlogged != after.unlogged {
            let word = if after.unlogged { "UNLOGGED" } else { "LOGGED" };
            let sql = format!("ALTER SEQUENCE {path} SET {word}");
            self.make(
                ObjectKind::Sequence,
                place,
                Step::new(sql, format!("make sequence {} {}", place.path(), word.to_lowercase())),
            );
        }
        if before.owner != after.owner {
            let sql = NORMAL.sequence_owner(place.schema, place.name, after);
            self.push(
                Stage::Attach,
                Step::new(sql.text, format!("change the owner of sequence {}", place.path())),
            );
        }
    }

    fn create_function(&mut self, place: &Place<'_>, function: &Function, verb: &str) {
        if matches!(function.body, Body::Text(_)) && function.language == "sql" {
            // What the text names may be made later in this plan, or by it from another function.
            let sql = "SET LOCAL check_function_bodies = off";
            self.make(ObjectKind::Function, place, Step::new(sql, "take the texts of functions as they are"));
        }
        let sql = NORMAL.create_function(place.schema, function, verb == "replace");
        let summary = format!("{verb} {} {}", function.kind.as_sql().to_lowercase(), place.path());
        self.make(ObjectKind::Function, place, Step::new(sql.text, summary));
    }

    fn alter_function(&mut self, place: &Place<'_>, before: &Function, after: &Function) {
        if can_replace_function(before, after) {
            self.create_function(place, after, "replace");
            return;
        }
        let needing: Vec<String> = self
            .live
            .dependencies
            .iter()
            .filter(|it| it.on.kind == ObjectKind::Function && it.object.kind != ObjectKind::View)
            .filter(|it| (it.on.schema.as_str(), it.on.name.as_str()) == (place.schema, place.name))
            .map(|it| format!("`{}.{}`", it.object.schema, it.object.name))
            .collect();
        if !needing.is_empty() {
            let message = format!(
                "Postgres can not change what `{}` takes and returns while {} needs it",
                place.path(),
                needing.join(", ")
            );
            self.refuse(place.origin, message, "give the new one another name");
            return;
        }
        let routine = NORMAL.routine(place.schema, place.name);
        let mut step = Step::new(
            format!("DROP {} {routine}", before.kind.as_sql()),
            format!("drop {}, to make it again", place.path()),
        );
        let message = format!("`{}` takes or returns something else", place.path());
        step.hazards.push(hazard(HazardCode::DropObject, place.path(), message));
        self.push(Stage::Disturb, step);
        self.create_function(place, after, "create");
    }

    fn create_view(&mut self, place: &Place<'_>, view: &View) {
        let kind = if view.materialized { "materialized view" } else { "view" };
        let sql = NORMAL.create_view(place.schema, place.name, view, false);
        self.make(ObjectKind::View, place, Step::new(sql.text, format!("create {kind} {}", place.path())));
    }

    /// What `CREATE OR REPLACE` adds and does not take away.
    fn view_options(&mut self, place: &Place<'_>, before: &View, after: &View) {
        let gone = [
            ("check_option", before.check_option.is_some() && after.check_option.is_none()),
            ("security_invoker", before.security_invoker && !after.security_invoker),
            ("security_barrier", before.security_barrier && !after.security_barrier),
        ];
        for (option, _) in gone.into_iter().filter(|(_, gone)| *gone) {
            let sql = format!("ALTER VIEW {} RESET ({option})", path_sql(place));
            self.make(
                ObjectKind::View,
                place,
                Step::new(sql, format!("reset {option} of view {}", place.path())),
            );
        }
        if before.security_invoker != after.security_invoker
            && let Some(step) = self.makes.last_mut().and_then(|(_, steps)| steps.first_mut())
        {
            let message = format!("the view `{}` asks with the rights of another role", place.path());
            step.hazards.push(hazard(HazardCode::AccessChanges, place.path(), message));
        }
    }
}

/// A constraint that a later step makes valid.
pub(super) fn not_valid(place: &Place<'_>, name: &str) -> Leftover {
    Leftover::NotValidConstraint {
        schema: place.schema.to_owned(),
        table: place.name.to_owned(),
        name: name.to_owned(),
    }
}
