//! Foreign keys, checks and exclusions: added not valid and validated beside the table's traffic, swapped where one
//! changes.

use std::collections::HashSet;

use super::draft::Stage;
use super::hazard::HazardCode;
use super::objects::not_valid;
use super::planner::{NORMAL, Planner, hazard, is_temporary, path_sql, temporary};
use super::step::{Effort, Lock, LockLevel, Probe, Step};
use crate::diff::text::mentions;
use crate::diff::{Change, Place, same_check_but_validity, same_foreign_key_but_validity};
use crate::model::{Check, Exclusion, ForeignKey, quote};

impl<'a> Planner<'a> {
    pub fn constraint(&mut self, change: &'a Change<'a>) {
        match change {
            Change::AddForeignKey { place, name, key } => self.add_foreign_key(place, name, key),
            Change::AlterForeignKey { place, name, before, after } => {
                self.alter_foreign_key(place, name, before, after);
            }
            Change::DropForeignKey { place, name } => {
                let step = self.drop_constraint(place, "foreign key", name);
                self.push(Stage::Loosen, step);
            }
            Change::AddCheck { place, check } => self.add_check(place, check),
            Change::AlterCheck { place, name, before, after } => self.alter_check(place, name, before, after),
            Change::DropCheck { place, name } => {
                let stage = if is_temporary(name) { Stage::Clean } else { Stage::Drop };
                let step = self.drop_constraint(place, "check", name);
                self.push(stage, step);
            }
            Change::AddExclusion { place, name, exclusion } => {
                let step = self.add_exclusion(place, name, exclusion);
                let stage =
                    if self.is_new(place.schema, place.name) { Stage::Attach } else { Stage::Exclusion };
                self.push(stage, step);
            }
            Change::AlterExclusion { place, name, after } => {
                let group = self.group();
                let summary = format!("drop the old exclusion constraint {name} of {}", place.path());
                let step = self.alter(place, &format!("DROP CONSTRAINT {}", quote(name)), summary);
                self.push_in(Stage::Exclusion, group, step);
                let step = self.add_exclusion(place, name, after);
                self.push_in(Stage::Exclusion, group, step);
            }
            Change::DropExclusion { place, name } => {
                let step = self.drop_constraint(place, "exclusion constraint", name);
                self.push(Stage::Drop, step);
            }
            _ => {}
        }
    }

    /// Postgres changes no type at one end of a foreign key that the other end could not be compared with: where both
    /// ends change, the key goes before and comes back after.
    pub fn loosen_foreign_keys(&mut self) {
        let mut retyped: HashSet<(&str, &str, &str)> = HashSet::new();
        for change in self.changes {
            if let Change::AlterColumn { place, name, before, after } = change
                && super::facts::types(before, after).is_some()
                && !self.is_shadowed(place, name, before, after)
            {
                retyped.insert((place.schema, place.name, name));
            }
        }
        if retyped.len() < 2 {
            return;
        }
        let live = self.live;
        for (schema, it) in &live.schemas {
            for (table, found) in &it.tables {
                for (name, key) in &found.foreign_keys {
                    let own = key.columns.iter().any(|it| retyped.contains(&(schema, table, it)));
                    let other = key.ref_columns.iter().any(|it| {
                        retyped.contains(&(key.ref_schema.as_str(), key.ref_table.as_str(), it.as_str()))
                    });
                    let wanted =
                        self.desired.table(schema, table).and_then(|it| it.foreign_keys.get_key_value(name));
                    let (true, true, Some((name, wanted))) = (own, other, wanted) else { continue };
                    let place = Place { schema, name: table, origin: &wanted.origin };
                    let summary = format!("drop foreign key {name}, to add it again");
                    let step = self.alter(&place, &format!("DROP CONSTRAINT {}", quote(name)), summary);
                    self.push(Stage::Loosen, step);
                    self.add_foreign_key(&place, name, wanted);
                    self.loosened.insert((schema.clone(), table.clone(), name.clone()));
                }
            }
        }
    }

    fn drop_constraint(&self, place: &Place<'_>, kind: &str, name: &str) -> Step {
        let summary = format!("drop {kind} {name} of {}", place.path());
        let mut step = self.alter(place, &format!("DROP CONSTRAINT {}", quote(name)), summary);
        if !is_temporary(name) {
            let message = format!("rows that break the {kind} `{name}` may come into `{}`", place.path());
            step.hazards.push(hazard(HazardCode::RuleDropped, place.inside(name), message));
        }
        step
    }

    fn add_foreign_key(&mut self, place: &Place<'_>, name: &str, key: &ForeignKey) {
        let summary = format!("add foreign key {name} to {}", place.path());
        // Of a new table there is nothing to validate; of a partitioned one Postgres takes no key that is not valid.
        if self.is_new(place.schema, place.name)
            || self.is_partitioned(place.schema, place.name)
            || key.not_valid
        {
            let sql = NORMAL.add_foreign_key(place.schema, place.name, name, key);
            let mut step =
                self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, Step::new(sql.text, summary));
            if !key.not_valid && !self.is_new(place.schema, place.name) {
                step.effort = Effort::Scan;
                step.rows = self.facts.rows(place.schema, place.name);
                let message = format!("nobody can write to `{}` while its rows are checked", place.path());
                step.hazards.push(
                    hazard(HazardCode::ScanUnderLock, place.path(), message).counting(&path_sql(place), ""),
                );
                self.orphans(place, name, key, &mut step);
            }
            self.lock_target(place, key, &mut step);
            self.push(Stage::ForeignKey, step);
            return;
        }
        let step = self.add_not_valid(place, name, key, summary);
        self.push(Stage::ForeignKey, step);
        let step = self.validate(place, name, format!("validate foreign key {name} of {}", place.path()));
        self.push(Stage::ForeignKey, step);
    }

    /// A key that new rows must meet at once, and old ones once it is validated.
    fn add_not_valid(&self, place: &Place<'_>, name: &str, key: &ForeignKey, summary: String) -> Step {
        let wanted = ForeignKey { not_valid: true, ..key.clone() };
        let sql = NORMAL.add_foreign_key(place.schema, place.name, name, &wanted);
        let mut step =
            self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, Step::new(sql.text, summary));
        self.orphans(place, name, key, &mut step);
        self.lock_target(place, key, &mut step);
        step.leaving(not_valid(place, name))
    }

    fn lock_target(&self, place: &Place<'_>, key: &ForeignKey, step: &mut Step) {
        let other = (key.ref_schema.as_str(), key.ref_table.as_str()) != (place.schema, place.name);
        if other && !self.is_new(&key.ref_schema, &key.ref_table) {
            step.locks.push(Lock {
                level: LockLevel::ShareRowExclusive,
                schema: key.ref_schema.clone(),
                table: key.ref_table.clone(),
            });
        }
    }

    /// The hazard and the probe of rows that refer to nothing.
    fn orphans(&self, place: &Place<'_>, name: &str, key: &ForeignKey, step: &mut Step) {
        let table = format!("{} t", path_sql(place));
        let given: Vec<String> =
            key.columns.iter().map(|column| format!("t.{} IS NOT NULL", quote(column))).collect();
        let pairs = key.columns.iter().zip(&key.ref_columns);
        let same: Vec<String> = pairs.map(|(a, b)| format!("r.{} = t.{}", quote(b), quote(a))).collect();
        let target = NORMAL.qualified(&key.ref_schema, &key.ref_table);
        let missing = format!(
            "{} AND NOT EXISTS (SELECT FROM {target} r WHERE {})",
            given.join(" AND "),
            same.join(" AND ")
        );
        let code = HazardCode::Orphans;
        let message = format!(
            "rows of `{}` may refer to nothing in `{}.{}`",
            place.path(),
            key.ref_schema,
            key.ref_table
        );
        let mut found = hazard(code, place.inside(name), message);
        let there = !self.changes_type_of(place, &key.columns)
            && key.columns.iter().all(|column| self.has_column(place, column))
            && !self.is_new(&key.ref_schema, &key.ref_table)
            && self
                .live
                .table(&key.ref_schema, &key.ref_table)
                .is_some_and(|table| key.ref_columns.iter().all(|column| table.columns.contains_key(column)));
        if there {
            found = found.counting(&table, &missing);
            let message = format!(
                "`{}` has rows that refer to nothing in `{}.{}`",
                place.path(),
                key.ref_schema,
                key.ref_table
            );
            let sql = format!("SELECT FROM {table} WHERE {missing} LIMIT 1");
            let hint = Some("delete those rows, or give them what they refer to".to_owned());
            step.probe = Some(Probe { sql, code, message, hint });
        }
        step.hazards.push(found);
    }

    /// Whether the plan changes the type of one of the columns, so that they can not be compared by then as they are now.
    fn changes_type_of(&self, place: &Place<'_>, columns: &[String]) -> bool {
        self.changes.iter().any(|change| match change {
            Change::AlterColumn { place: at, name, before, after } => {
                (at.schema, at.name) == (place.schema, place.name)
                    && columns.iter().any(|column| column == name)
                    && super::facts::types(before, after).is_some()
            }
            _ => false,
        })
    }

    fn alter_foreign_key(&mut self, place: &Place<'_>, name: &str, before: &ForeignKey, after: &ForeignKey) {
        if same_foreign_key_but_validity(before, after) {
            let mut step =
                self.validate(place, name, format!("validate foreign key {name} of {}", place.path()));
            self.orphans(place, name, after, &mut step);
            self.push(Stage::ForeignKey, step);
            return;
        }
        let only_deferrable = ForeignKey { deferrable: after.deferrable, ..before.clone() };
        if same_foreign_key_but_validity(&only_deferrable, after) && before.not_valid <= after.not_valid {
            let when = match after.deferrable {
                crate::model::Deferrable::Never => " NOT DEFERRABLE",
                other => other.as_sql(),
            };
            let action = format!("ALTER CONSTRAINT {}{when}", quote(name));
            let step = self.alter(place, &action, format!("change when foreign key {name} is checked"));
            self.push(Stage::ForeignKey, step);
            return;
        }
        if self.is_partitioned(place.schema, place.name) {
            let step = self.drop_constraint(place, "foreign key", name);
            self.push(Stage::Loosen, step);
            self.add_foreign_key(place, name, after);
            return;
        }
        let shadow = temporary(place.schema, place.name, name);
        let summary = format!("add the new foreign key {name} to {}", place.path());
        let step = self.add_not_valid(place, &shadow, after, summary);
        self.push(Stage::ForeignKey, step);
        if !after.not_valid {
            let step = self.validate(place, &shadow, format!("validate the new foreign key {name}"));
            self.push(Stage::ForeignKey, step);
        }
        self.put_in_place(Stage::ForeignKey, place, "foreign key", (name, &shadow));
    }

    /// The old constraint goes and the new one takes its name, at once.
    fn put_in_place(&mut self, stage: Stage, place: &Place<'_>, kind: &str, (name, shadow): (&str, &str)) {
        let group = self.group();
        let drop = format!("DROP CONSTRAINT {}", quote(name));
        let step = self.alter(place, &drop, format!("drop the old {kind} {name} of {}", place.path()));
        self.push_in(stage, group, step);
        let rename = format!("RENAME CONSTRAINT {} TO {}", quote(shadow), quote(name));
        let step = self.alter(place, &rename, format!("put the new {kind} {name} in its place"));
        self.push_in(stage, group, step);
    }

    fn add_check(&mut self, place: &Place<'_>, check: &Check) {
        let name = check.name.clone().unwrap_or_else(|| self.check_name(place, check));
        self.named.insert((place.schema.to_owned(), place.name.to_owned(), name.clone()));
        if self.is_new(place.schema, place.name) {
            let sql = NORMAL.add_check(place.schema, place.name, check);
            self.push(Stage::Attach, Step::new(sql.text, format!("add check {name} to {}", place.path())));
            return;
        }
        let step = self.check_not_valid(place, &name, check, format!("add check {name} to {}", place.path()));
        self.push(Stage::Check, step);
        if !check.not_valid {
            let step = self.validate(place, &name, format!("validate check {name} of {}", place.path()));
            self.push(Stage::Check, step);
        }
    }

    fn check_not_valid(&self, place: &Place<'_>, name: &str, check: &Check, summary: String) -> Step {
        let wanted = Check { name: Some(name.to_owned()), not_valid: true, ..check.clone() };
        let sql = NORMAL.add_check(place.schema, place.name, &wanted);
        let mut step = self.altered(place, sql, summary);
        if !check.not_valid {
            self.violations(place, name, check, &mut step);
            step.leftover = Some(not_valid(place, name));
        }
        step
    }

    fn violations(&self, place: &Place<'_>, name: &str, check: &Check, step: &mut Step) {
        let condition = format!("NOT ({})", check.expr);
        let code = HazardCode::CheckViolated;
        let message = format!("rows of `{}` may break the check `{name}`", place.path());
        let mut found = hazard(code, place.inside(name), message);
        // The expression is the user's own, so that it may name what this plan is yet to make.
        let new_columns = self.desired.table(place.schema, place.name).is_some_and(|table| {
            table
                .columns
                .keys()
                .any(|column| !self.has_column(place, column) && mentions(&check.expr, column))
        });
        if !new_columns && !self.changes_meanings() {
            found = found.counting(&path_sql(place), &condition);
            let message = format!("`{}` has rows that break the check `{name}`", place.path());
            let hint = Some("change those rows first".to_owned());
            step.probe = Some(Probe { sql: Self::finds(place, &condition), code, message, hint });
        }
        step.hazards.push(found);
    }

    /// Whether this plan changes what an expression may use, so that a probe could not use it yet.
    fn changes_meanings(&self) -> bool {
        let is = |change: &Change<'_>| {
            matches!(
                change,
                Change::CreateFunction { .. }
                    | Change::AlterFunction { .. }
                    | Change::AlterColumn { .. }
                    | Change::AlterEnum { .. }
            )
        };
        self.changes.iter().any(is)
    }

    fn alter_check(&mut self, place: &Place<'_>, name: &str, before: &Check, after: &Check) {
        if same_check_but_validity(before, after) {
            let mut step = self.validate(place, name, format!("validate check {name} of {}", place.path()));
            self.violations(place, name, after, &mut step);
            self.push(Stage::Check, step);
            return;
        }
        let shadow = temporary(place.schema, place.name, name);
        let summary = format!("add the new check {name} to {}", place.path());
        let step = self.check_not_valid(place, &shadow, after, summary);
        self.push(Stage::Check, step);
        if !after.not_valid {
            let step = self.validate(place, &shadow, format!("validate the new check {name}"));
            self.push(Stage::Check, step);
        }
        self.put_in_place(Stage::Check, place, "check", (name, &shadow));
    }

    /// A name for a check that has none, like one of Postgres' own.
    fn check_name(&self, place: &Place<'_>, check: &Check) -> String {
        let table = self.desired.table(place.schema, place.name);
        let columns: Vec<&String> = table
            .map(|table| table.columns.keys().filter(|column| mentions(&check.expr, column)).collect())
            .unwrap_or_default();
        let base = match columns.as_slice() {
            [column] => format!("{}_{column}_check", place.name),
            _ => format!("{}_check", place.name),
        };
        let live = self.live.table(place.schema, place.name);
        let taken = |name: &str| {
            live.into_iter().chain(table).flat_map(|it| &it.checks).any(|it| it.name.as_deref() == Some(name))
                || self.named.contains(&(place.schema.to_owned(), place.name.to_owned(), name.to_owned()))
        };
        let numbered = std::iter::once(base.clone()).chain((1..).map(|number| format!("{base}{number}")));
        let free = numbered.into_iter().find(|name| !taken(name));
        free.filter(|name| name.len() <= 63)
            .unwrap_or_else(|| temporary(place.schema, place.name, &check.expr).replace("stk_tmp_", "check_"))
    }

    fn add_exclusion(&self, place: &Place<'_>, name: &str, exclusion: &Exclusion) -> Step {
        let sql = NORMAL.add_exclusion(place.schema, place.name, name, exclusion);
        let step = Step::new(sql.text, format!("add exclusion constraint {name} to {}", place.path()));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Build, step);
        if self.facts.has_rows(place.schema, place.name) {
            let message = format!("nobody can use `{}` while the index of `{name}` is built", place.path());
            step.hazards.push(
                hazard(HazardCode::BuildUnderLock, place.path(), message).counting(&path_sql(place), ""),
            );
            let message = format!("rows of `{}` may exclude each other", place.path());
            step.hazards.push(hazard(HazardCode::ExclusionConflicts, place.inside(name), message));
        }
        step
    }
}
