//! Columns: added, and altered part by part.

use super::draft::Stage;
use super::facts::{Cast, fills_itself, plain, types};
use super::hazard::{Hazard, HazardCode};
use super::planner::{NORMAL, Planner, column_sql, hazard, path_sql, temporary};
use super::step::{Effort, LockLevel, Probe, Step};
use super::type_change::type_change;
use crate::diagnostic::{Diagnostic, code};
use crate::diff::text::{mentions, same_optional};
use crate::diff::{Place, is_made_anew};
use crate::model::{Column, DataType, ObjectKind, quote, quote_literal};

/// The hazard of a rewrite under lock.
pub(super) fn rewrite(place: &Place<'_>) -> Hazard {
    let message = format!("the table `{}` is written anew while nobody can read it", place.path());
    hazard(HazardCode::RewriteTable, place.path(), message).counting(&path_sql(place), "")
}

impl<'a> Planner<'a> {
    pub fn add_column(&mut self, place: &Place<'_>, name: &str, column: &Column) {
        let sql = NORMAL.add_column(place.schema, place.name, name, column);
        let mut step = self.altered(place, sql, format!("add column {}", place.inside(name)));
        let has_rows = self.facts.has_rows(place.schema, place.name);
        if !fills_itself(column) {
            let message = format!(
                "the new column `{name}` is NOT NULL without a default, and `{}` has rows",
                place.path()
            );
            let hint = "give it a `default`, or `null = true` until the rows are filled";
            if has_rows {
                self.refused
                    .push(Diagnostic::at(code::NOT_NULL_ON_ROWS, &column.origin, message.clone()).hint(hint));
            }
            let code = HazardCode::NotNullWithoutValue;
            step.hazards.push(
                hazard(code, place.inside(name), message.clone()).hint(hint).counting(&path_sql(place), ""),
            );
            step.probe =
                Some(Probe { sql: Self::finds(place, "true"), code, message, hint: Some(hint.to_owned()) });
        }
        if has_rows && fills_by_rewrite(column) {
            step = self.on(
                place,
                LockLevel::AccessExclusive,
                Effort::Rewrite,
                Step { locks: Vec::new(), ..step },
            );
            step.hazards.push(rewrite(place));
        }
        self.make(ObjectKind::Table, place, step);
    }

    /// Whether a change of the column is one that Postgres makes only while no view needs it.
    pub fn disturbs(&self, place: &Place<'_>, name: &str, before: &Column, after: &Column) -> bool {
        is_made_anew(before, after)
            || (types(before, after).is_some() && !self.is_shadowed(place, name, before, after))
    }

    pub fn alter_column(&mut self, place: &Place<'a>, name: &'a str, before: &'a Column, after: &'a Column) {
        if is_made_anew(before, after) {
            self.make_anew(place, name, before, after);
            return;
        }
        if before.generated.is_some() && after.generated.is_none() {
            let action = format!("ALTER COLUMN {} DROP EXPRESSION", quote(name));
            let step = self.alter(place, &action, format!("make {} a plain column", place.inside(name)));
            self.push(Stage::Disturb, step);
        }
        if types(before, after).is_some() {
            if self.is_shadowed(place, name, before, after) {
                self.shadow(place, name, before, after);
            } else {
                self.change_type(place, name, before, after);
            }
        }
        self.change_default(place, name, before, after);
        self.change_numbering(place, name, before, after);
        match (before.null, after.null) {
            (true, false) => self.set_not_null(place, name),
            (false, true) => {
                let action = format!("ALTER COLUMN {} DROP NOT NULL", quote(name));
                let mut step = self.alter(place, &action, format!("allow nulls in {}", place.inside(name)));
                let message = format!("nulls may come into `{}`", place.inside(name));
                step.hazards.push(hazard(HazardCode::RuleDropped, place.inside(name), message));
                self.push(Stage::Relax, step);
            }
            _ => {}
        }
    }

    /// Postgres has no other way to a generated column than a new one.
    fn make_anew(&mut self, place: &Place<'_>, name: &str, before: &Column, after: &Column) {
        let group = self.disturbance.or_else(|| self.group());
        let drop = format!("DROP COLUMN {}", quote(name));
        let step = self.alter(place, &drop, format!("drop {}, to make it again", place.inside(name)));
        self.push_in(Stage::Disturb, group, step);
        let sql = NORMAL.add_column(place.schema, place.name, name, after);
        let step = Step::new(sql.text, format!("add generated column {}", place.inside(name)));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Rewrite, step);
        if before.generated.is_none() {
            let message = format!("the values of `{}` are replaced by computed ones", place.inside(name));
            let lost = hazard(HazardCode::OverwriteColumn, place.inside(name), message);
            step.hazards.push(lost.counting(&path_sql(place), &format!("{} IS NOT NULL", quote(name))));
            let message = format!("`{}` can no longer be written", place.inside(name));
            step.hazards.push(hazard(HazardCode::WritesRefused, place.inside(name), message));
        }
        step.hazards.push(moves(place, name));
        if self.facts.has_rows(place.schema, place.name) {
            step.hazards.push(rewrite(place));
        }
        self.push_in(Stage::Disturb, group, step);
    }

    fn change_type(&mut self, place: &Place<'a>, name: &str, before: &Column, after: &Column) {
        let Some((from, to)) = types(before, after) else { return };
        if !self.can_change_type(place, name, after) {
            return;
        }
        let quoted = quote(name);
        let change = type_change(&from, &to);
        let using = match self.facts.cast(&from, &to) {
            Cast::Assigned => String::new(),
            Cast::Written => format!(" USING {quoted}::{to}"),
            Cast::ThroughText => format!(" USING {quoted}::text::{to}"),
            Cast::Missing(words) => {
                let message = format!("`{}` can not become {to}: {words}", place.inside(name));
                self.refuse(&after.origin, message, "add a new column, fill it, and drop this one later");
                return;
            }
        };
        let group = self.disturbance.or_else(|| self.group());
        let policies = self.without_policies(place, name, group);
        if before.default.is_some() && !same_optional(before.default.as_deref(), after.default.as_deref()) {
            let step = self.alter(
                place,
                &format!("ALTER COLUMN {quoted} DROP DEFAULT"),
                format!("drop the default of {}", place.inside(name)),
            );
            self.push_in(Stage::Disturb, group, step);
        }
        let collate = after.collate.as_deref().map(|it| format!(" COLLATE {it}")).unwrap_or_default();
        let action = format!("ALTER COLUMN {quoted} TYPE {to}{collate}{using}");
        let mut step =
            self.alter(place, &action, format!("change the type of {} to {to}", place.inside(name)));
        if change.rewrites || before.collate != after.collate {
            step = self.on(
                place,
                LockLevel::AccessExclusive,
                Effort::Rewrite,
                Step { locks: Vec::new(), ..step },
            );
            if self.facts.has_rows(place.schema, place.name) {
                step.hazards.push(rewrite(place));
            }
        } else if self
            .live
            .table(place.schema, place.name)
            .is_some_and(|it| it.checks.iter().any(|it| mentions(&it.expr, name)))
        {
            step =
                self.on(place, LockLevel::AccessExclusive, Effort::Scan, Step { locks: Vec::new(), ..step });
            let message = format!(
                "the checks of `{}` are tried again on every row, while nobody can read it",
                place.path()
            );
            step.hazards.push(
                hazard(HazardCode::ScanUnderLock, place.path(), message).counting(&path_sql(place), ""),
            );
        }
        let unfit = change.unfit.map(|it| it.replace("{c}", &quoted));
        for risk in change.risks {
            step.hazards.push(risk_of(risk, place, name, (&from, &to), unfit.as_deref()));
            if let Some(condition) = unfit.as_deref().filter(|_| risk != HazardCode::LossyCast) {
                let message = format!("`{}` has values that are no {to}", place.inside(name));
                let hint = Some("change those rows first".to_owned());
                step.probe = Some(Probe { sql: Self::finds(place, condition), code: risk, message, hint });
            }
        }
        self.push_in(Stage::Disturb, group, step);
        policies.into_iter().for_each(|step| self.push_in(Stage::Disturb, group, step));
    }

    /// Whether nothing but views and policies stands in the way of another type; what does is said.
    fn can_change_type(&mut self, place: &Place<'_>, name: &str, after: &Column) -> bool {
        let Some(table) = self.live.table(place.schema, place.name) else { return true };
        let generated = table
            .columns
            .iter()
            .find(|(_, it)| it.generated.as_deref().is_some_and(|sql| mentions(sql, name)));
        let trigger = table.triggers.iter().find(|(_, it)| {
            it.events.update_of.iter().any(|column| column == name)
                || it.when.as_deref().is_some_and(|sql| mentions(sql, name))
        });
        let partitioned = table.partition.as_ref().is_some_and(|it| match &it.parts {
            crate::model::PartitionKey::Normal(key) => mentions(key, name),
            crate::model::PartitionKey::Declared(_) => false,
        });
        let what = match (generated, trigger, partitioned) {
            (Some((other, _)), ..) => format!("the generated column `{other}` is computed from it"),
            (_, Some((trigger, _)), _) => format!("the trigger `{trigger}` looks at it"),
            (.., true) => "the table is partitioned by it".to_owned(),
            _ => return true,
        };
        let message = format!("Postgres can not change the type of `{}` while {what}", place.inside(name));
        self.refuse(&after.origin, message, "drop that first, or add a new column");
        false
    }

    /// Drops the table's policies that look at the column, and gives the steps that make them again.
    fn without_policies(&mut self, place: &Place<'_>, name: &str, group: Option<usize>) -> Vec<Step> {
        let live = self.live.table(place.schema, place.name);
        let found =
            live.map(|it| it.policies.iter()).into_iter().flatten().filter(|(_, policy)| {
                policy.using.iter().chain(&policy.check).any(|sql| mentions(sql, name))
            });
        let found: Vec<_> = found.collect();
        let mut again = Vec::new();
        for (policy_name, policy) in found {
            let drop = format!("DROP POLICY {} ON {}", quote(policy_name), path_sql(place));
            let step = Step::new(drop, format!("drop policy {policy_name}, to make it again"));
            let step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
            self.push_in(Stage::Disturb, group, step);
            let sql = NORMAL.create_policy(place.schema, place.name, policy_name, policy);
            let step = Step::new(sql.text, format!("create policy {policy_name} again"));
            again.push(self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step));
        }
        again
    }

    fn change_default(&mut self, place: &Place<'_>, name: &str, before: &Column, after: &Column) {
        let typed_anew = types(before, after).is_some();
        if after.generated.is_some() || same_optional(before.default.as_deref(), after.default.as_deref()) {
            return;
        }
        let quoted = quote(name);
        let (action, summary) = match &after.default {
            Some(default) => (format!("ALTER COLUMN {quoted} SET DEFAULT {default}"), "set the default of"),
            None if typed_anew => return,
            None => (format!("ALTER COLUMN {quoted} DROP DEFAULT"), "drop the default of"),
        };
        let step = self.alter(place, &action, format!("{summary} {}", place.inside(name)));
        self.make(ObjectKind::Table, place, step);
    }

    /// Through a check that is validated while others go on: `SET NOT NULL` then looks at no row.
    pub fn set_not_null(&mut self, place: &Place<'_>, name: &str) {
        let (quoted, check) = (quote(name), temporary(place.schema, place.name, name));
        let sql = format!("ADD CONSTRAINT {} CHECK ({quoted} IS NOT NULL) NOT VALID", quote(&check));
        let mut step = self.alter(place, &sql, format!("let no more nulls into {}", place.inside(name)));
        step.leftover = Some(super::objects::not_valid(place, &check));
        let message = format!("`{}` may hold nulls", place.inside(name));
        let condition = format!("{quoted} IS NULL");
        let code = HazardCode::NullsPresent;
        step.hazards.push(hazard(code, place.inside(name), message).counting(&path_sql(place), &condition));
        let message = format!("`{}` has rows without `{name}`", place.path());
        let hint = Some("fill those rows first".to_owned());
        step.probe = Some(Probe { sql: Self::finds(place, &condition), code, message, hint });
        self.push(Stage::NotNull, step);
        let step = self.validate(place, &check, format!("look for nulls in {}", place.inside(name)));
        self.push(Stage::NotNull, step);
        let group = self.group();
        let step = self.alter(
            place,
            &format!("ALTER COLUMN {quoted} SET NOT NULL"),
            format!("set {} not null", place.inside(name)),
        );
        self.push_in(Stage::NotNull, group, step);
        let drop = format!("DROP CONSTRAINT {}", quote(&check));
        let step =
            self.alter(place, &drop, format!("drop the check that {} needs no more", place.inside(name)));
        self.push_in(Stage::NotNull, group, step);
    }

    /// Reads every row while others read and write.
    pub fn validate(&self, place: &Place<'_>, constraint: &str, summary: String) -> Step {
        let sql = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", path_sql(place), quote(constraint));
        self.on(place, LockLevel::ShareUpdateExclusive, Effort::Scan, Step::new(sql, summary))
    }

    /// The next number of a column that gets a sequence: past the largest that is there.
    pub fn set_to_largest(&self, place: &Place<'_>, name: &str, sequence: &str, increment: i64) -> Step {
        let (quoted, path) = (quote(name), path_sql(place));
        let (pick, from) = if increment < 0 { ("min", -1) } else { ("max", 1) };
        let sql = format!(
            "SELECT setval({sequence}, coalesce({pick}({quoted}) + ({increment}), {from}), false) FROM {path}"
        );
        let step = Step::new(sql, format!("count {} on from where it is", place.inside(name)));
        self.on(place, LockLevel::RowShare, Effort::Catalog, step)
    }
}

/// Whether Postgres writes every row for a new column: its value is not the same for all of them.
pub(super) fn fills_by_rewrite(column: &Column) -> bool {
    let volatile = |sql: &str| {
        // Postgres keeps one value for all rows unless the default is volatile; a function that is not among these is
        // taken to be.
        let called = sql.contains('(');
        let stable = ["now()", "CURRENT_", "transaction_timestamp()", "statement_timestamp()"];
        called && !stable.iter().any(|it| sql.starts_with(it)) && !sql.starts_with('\'')
    };
    column.generated.is_some()
        || column.identity.is_some()
        || matches!(column.data_type, DataType::Serial(_))
        || column.default.as_deref().is_some_and(volatile)
}

fn risk_of(
    code: HazardCode,
    place: &Place<'_>,
    name: &str,
    (from, to): (&str, &str),
    unfit: Option<&str>,
) -> Hazard {
    let column = place.inside(name);
    let message = match code {
        HazardCode::LossyCast => {
            format!("values of `{column}` may lose something on the way from {from} to {to}")
        }
        HazardCode::ValueTooLong => format!("`{column}` may hold values that are too large for {to}"),
        _ => format!("`{column}` may hold values that can not become {to}"),
    };
    hazard(code, column, message).counting(&path_sql(place), unfit.unwrap_or_default())
}

/// The hazard of a column that comes back at the end of its table.
pub(super) fn moves(place: &Place<'_>, name: &str) -> Hazard {
    let message = format!("`{}` becomes the last column of its table", place.inside(name));
    hazard(HazardCode::ColumnMoves, place.inside(name), message)
}

/// For `COMMENT ON COLUMN`.
pub(super) fn comment_sql(place: &Place<'_>, name: &str, comment: &str) -> String {
    format!("COMMENT ON COLUMN {} IS {}", column_sql(place, name), quote_literal(comment))
}

/// The type of a column, whatever its default is.
pub(super) fn type_sql(column: &Column) -> String {
    plain(&column.data_type)
}
