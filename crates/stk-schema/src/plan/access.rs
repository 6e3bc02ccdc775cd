//! Triggers, policies, privileges and comments.

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, column_sql, hazard, is_temporary, path_sql};
use super::step::{Effort, LockLevel, Step};
use crate::diff::text::same_optional;
use crate::diff::{Change, CommentOn, Place, same_trigger_but_enabled};
use crate::model::{Permission, Policy, RowSecurity, Trigger, quote, quote_literal};

impl<'a> Planner<'a> {
    pub fn access(&mut self, change: &'a Change<'a>) {
        match change {
            Change::AddTrigger { place, name, trigger } => self.add_trigger(place, name, trigger),
            Change::AlterTrigger { place, name, before, after } => {
                self.alter_trigger(place, name, before, after)
            }
            Change::DropTrigger { place, name } => self.drop_trigger(place, name),
            Change::SetRowSecurity { place, before, after } => self.row_security(place, *before, *after),
            Change::AddPolicy { place, name, policy } => {
                let step = self.create_policy(place, name, policy);
                self.push(Stage::Attach, step);
            }
            Change::AlterPolicy { place, name, before, after } => {
                self.alter_policy(place, name, before, after)
            }
            Change::DropPolicy { place, name } => {
                let mut step =
                    self.drop_policy(place, name, format!("drop policy {name} on {}", place.path()));
                step.hazards.push(access_changes(place));
                self.push(Stage::Drop, step);
            }
            Change::Grant { permission } => {
                let sql = NORMAL.grant(permission);
                self.push(Stage::Grant, Step::new(sql.text, format!("grant to {}", permission.to)));
            }
            Change::Revoke { permission, option_only, on_new } => {
                self.revoke(permission, *option_only, *on_new)
            }
            _ => {}
        }
    }

    fn add_trigger(&mut self, place: &Place<'_>, name: &str, trigger: &Trigger) {
        if self.is_cleared(place) {
            return;
        }
        let sql = NORMAL.create_trigger(place.schema, place.name, name, trigger);
        let step = Step::new(sql.text, format!("create trigger {name} on {}", place.path()));
        let step = self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, step);
        self.push(Stage::Attach, step);
        if let Some(sql) = NORMAL.trigger_enabled(place.schema, place.name, name, trigger) {
            let step = Step::new(sql.text, format!("set when trigger {name} fires"));
            let step = self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, step);
            self.push(Stage::Attach, step);
        }
    }

    fn alter_trigger(&mut self, place: &Place<'_>, name: &str, before: &Trigger, after: &Trigger) {
        if self.is_cleared(place) {
            return;
        }
        let group = self.group();
        if !same_trigger_but_enabled(before, after) {
            let drop = format!("DROP TRIGGER {} ON {}", quote(name), path_sql(place));
            let step = Step::new(drop, format!("drop trigger {name}, to make it again"));
            let step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
            self.push_in(Stage::Attach, group, step);
            let sql = NORMAL.create_trigger(place.schema, place.name, name, after);
            let step = Step::new(sql.text, format!("create trigger {name} on {}", place.path()));
            let step = self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, step);
            self.push_in(Stage::Attach, group, step);
        }
        let made_anew = !same_trigger_but_enabled(before, after);
        let sql = match made_anew {
            true => NORMAL.trigger_enabled(place.schema, place.name, name, after),
            false => Some(NORMAL.set_trigger_enabled(place.schema, place.name, name, after)),
        };
        if let Some(sql) = sql {
            let step = Step::new(sql.text, format!("set when trigger {name} fires"));
            let step = self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, step);
            self.push_in(Stage::Attach, group, step);
        }
    }

    fn drop_trigger(&mut self, place: &Place<'_>, name: &str) {
        if self.is_cleared(place) {
            return;
        }
        let sql = format!("DROP TRIGGER {} ON {}", quote(name), path_sql(place));
        let step = Step::new(sql, format!("drop trigger {name} on {}", place.path()));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
        if is_temporary(name) {
            self.push(Stage::Clean, step);
            return;
        }
        let message = format!("what the trigger `{name}` did is no longer done");
        step.hazards.push(hazard(HazardCode::DropObject, place.inside(name), message));
        self.push(Stage::Drop, step);
    }

    fn row_security(&mut self, place: &Place<'_>, before: RowSecurity, after: RowSecurity) {
        let mut actions = Vec::new();
        if before.enabled != after.enabled {
            actions.push(if after.enabled {
                "ENABLE ROW LEVEL SECURITY"
            } else {
                "DISABLE ROW LEVEL SECURITY"
            });
        }
        if before.enforced != after.enforced {
            actions.push(if after.enforced {
                "FORCE ROW LEVEL SECURITY"
            } else {
                "NO FORCE ROW LEVEL SECURITY"
            });
        }
        for action in actions {
            let mut step =
                self.alter(place, action, format!("{} on {}", action.to_lowercase(), place.path()));
            if !self.is_new(place.schema, place.name) {
                step.hazards.push(access_changes(place));
            }
            // Policies are there before they are looked at.
            self.push(Stage::Grant, step);
        }
    }

    fn create_policy(&self, place: &Place<'_>, name: &str, policy: &Policy) -> Step {
        let sql = NORMAL.create_policy(place.schema, place.name, name, policy);
        let step = Step::new(sql.text, format!("create policy {name} on {}", place.path()));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
        let is_looked_at =
            self.live.table(place.schema, place.name).is_some_and(|table| table.row_security.enabled);
        if is_looked_at {
            step.hazards.push(access_changes(place));
        }
        step
    }

    fn drop_policy(&self, place: &Place<'_>, name: &str, summary: String) -> Step {
        let sql = format!("DROP POLICY {} ON {}", quote(name), path_sql(place));
        self.on(place, LockLevel::AccessExclusive, Effort::Catalog, Step::new(sql, summary))
    }

    fn alter_policy(&mut self, place: &Place<'_>, name: &str, before: &Policy, after: &Policy) {
        let removes = (before.using.is_some() && after.using.is_none())
            || (before.check.is_some() && after.check.is_none());
        if removes || (before.command, before.restrictive) != (after.command, after.restrictive) {
            let group = self.group();
            let step = self.drop_policy(place, name, format!("drop policy {name}, to make it again"));
            self.push_in(Stage::Attach, group, step);
            let mut step = self.create_policy(place, name, after);
            if step.hazards.is_empty() {
                step.hazards.push(access_changes(place));
            }
            self.push_in(Stage::Attach, group, step);
            return;
        }
        let mut sql = format!("ALTER POLICY {} ON {}", quote(name), path_sql(place));
        if before.roles != after.roles {
            sql.push_str(&format!(" TO {}", crate::model::roles(&after.roles)));
        }
        for (word, was, is) in
            [("USING", &before.using, &after.using), ("WITH CHECK", &before.check, &after.check)]
        {
            if let Some(expression) = is.as_ref().filter(|_| !same_optional(was.as_deref(), is.as_deref())) {
                sql.push_str(&format!(" {word} ({expression})"));
            }
        }
        let step = Step::new(sql, format!("change policy {name} on {}", place.path()));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
        step.hazards.push(access_changes(place));
        self.push(Stage::Attach, step);
    }

    fn revoke(&mut self, permission: &Permission, option_only: bool, on_new: bool) {
        let sql = NORMAL.revoke(permission).text;
        let (sql, what) = match option_only {
            true => (sql.replacen("REVOKE ", "REVOKE GRANT OPTION FOR ", 1), "the right to grant"),
            false => (sql, "privileges"),
        };
        let mut step = Step::new(sql, format!("revoke {what} from {}", permission.to));
        if !on_new {
            let message = format!("the role `{}` loses {what}", permission.to);
            step.hazards.push(hazard(HazardCode::AccessChanges, permission.to.clone(), message));
        }
        self.push(Stage::Grant, step);
    }

    pub fn comment(&mut self, on: &CommentOn<'_>, comment: Option<&str>) {
        let of_cleared = match on {
            CommentOn::View(place, _)
            | CommentOn::Column(place, _)
            | CommentOn::Index(place, _)
            | CommentOn::Trigger(place, _) => self.is_cleared(place),
            _ => false,
        };
        if !of_cleared {
            self.push(Stage::Comment, set_comment(on, comment));
        }
    }
}

fn access_changes(place: &Place<'_>) -> super::hazard::Hazard {
    let message = format!("who may see or change rows of `{}` changes", place.path());
    hazard(HazardCode::AccessChanges, place.path(), message)
}

pub(super) fn set_comment(on: &CommentOn<'_>, comment: Option<&str>) -> Step {
    let inside = |word: &str, kind: &str, place: &Place<'_>, name: &str| {
        (
            format!("{word} {} ON {}", quote(name), path_sql(place)),
            format!("{kind} {name} of {}", place.path()),
        )
    };
    let (target, name) = match on {
        CommentOn::Schema(name) => (format!("SCHEMA {}", quote(name)), format!("schema {name}")),
        CommentOn::Extension(name) => (format!("EXTENSION {}", quote(name)), format!("extension {name}")),
        CommentOn::Type(place) => (format!("TYPE {}", path_sql(place)), place.path()),
        CommentOn::Sequence(place) => (format!("SEQUENCE {}", path_sql(place)), place.path()),
        CommentOn::Function(place) => {
            (format!("ROUTINE {}", NORMAL.routine(place.schema, place.name)), place.path())
        }
        CommentOn::Table(place) => (format!("TABLE {}", path_sql(place)), place.path()),
        CommentOn::View(place, view) => {
            let word = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
            (format!("{word} {}", path_sql(place)), place.path())
        }
        CommentOn::Column(place, column) => {
            (format!("COLUMN {}", column_sql(place, column)), place.inside(column))
        }
        CommentOn::Index(place, index) => {
            (format!("INDEX {}", NORMAL.qualified(place.schema, index)), format!("index {index}"))
        }
        CommentOn::Constraint(place, name) => inside("CONSTRAINT", "constraint", place, name),
        CommentOn::DomainConstraint(place, name) => (
            format!("CONSTRAINT {} ON DOMAIN {}", quote(name), path_sql(place)),
            format!("constraint {name} of {}", place.path()),
        ),
        CommentOn::Trigger(place, name) => inside("TRIGGER", "trigger", place, name),
        CommentOn::Policy(place, name) => inside("POLICY", "policy", place, name),
    };
    let (value, verb) = match comment {
        Some(text) => (quote_literal(text), "comment on"),
        None => ("NULL".to_owned(), "remove the comment on"),
    };
    Step::new(format!("COMMENT ON {target} IS {value}"), format!("{verb} {name}"))
}
