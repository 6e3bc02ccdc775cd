//! Enums: values added one by one, or, where values go or change places, the type swapped for another.

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, hazard, temporary};
use super::step::{Effort, LockLevel, Probe, Step};
use super::type_change::parts;
use crate::diff::Place;
use crate::diff::text::mentions;
use crate::model::{Column, DataType, Enum, Model, Table, quote, quote_literal, requalify};

/// The columns of an enum's type, or of arrays of it: schema, table, name, and the column.
pub(super) fn columns<'m>(
    model: &'m Model,
    schema: &'m str,
    name: &'m str,
) -> impl Iterator<Item = (&'m str, &'m str, &'m str, &'m Column)> {
    model.schemas.iter().flat_map(move |(at, it)| {
        it.tables.iter().flat_map(move |(table, it)| {
            let has = move |column: &Column| is_of(&column.data_type, schema, name);
            let columns = it.columns.iter().filter(move |(_, column)| has(column));
            columns.map(move |(column, it)| (at.as_str(), table.as_str(), column.as_str(), it))
        })
    })
}

fn is_of(data_type: &DataType, schema: &str, name: &str) -> bool {
    match data_type {
        DataType::Enum { schema: at, name: it } => (at.as_str(), it.as_str()) == (schema, name),
        DataType::Sql(sql) => names(sql, schema, name),
        _ => false,
    }
}

/// Whether `sql` has `schema.name` in it.
fn names(sql: &str, schema: &str, name: &str) -> bool {
    let found = std::cell::Cell::new(false);
    requalify(sql, |at, it| {
        found.set(found.get() || (at, it) == (schema, name));
        None
    });
    found.get()
}

/// Whether all values stay, in their order.
pub(super) fn only_adds(before: &Enum, after: &Enum) -> bool {
    let mut left = after.values.iter();
    before.values.iter().all(|value| left.any(|it| it == value))
}

impl Planner<'_> {
    pub fn alter_enum(&mut self, place: &Place<'_>, before: &Enum, after: &Enum) {
        if only_adds(before, after) {
            self.add_values(place, before, after);
        } else if self.can_swap(place) {
            self.swap_enum(place, before, after);
        }
    }

    fn add_values(&mut self, place: &Place<'_>, before: &Enum, after: &Enum) {
        for (index, value) in after.values.iter().enumerate() {
            if before.values.contains(value) {
                continue;
            }
            let here = match index.checked_sub(1).map(|index| &after.values[index]) {
                Some(previous) => format!(" AFTER {}", quote_literal(previous)),
                None => before
                    .values
                    .first()
                    .map(|first| format!(" BEFORE {}", quote_literal(first)))
                    .unwrap_or_default(),
            };
            let path = NORMAL.qualified(place.schema, place.name);
            let sql = format!("ALTER TYPE {path} ADD VALUE {}{here}", quote_literal(value));
            self.push(Stage::Value, Step::new(sql, format!("add value {value} to enum {}", place.path())));
        }
    }

    /// Postgres swaps the type of columns; all else that has the type would have to be made anew by hand.
    fn can_swap(&mut self, place: &Place<'_>) -> bool {
        let mut others = Vec::new();
        for it in &self.live.dependencies {
            if (it.on.schema.as_str(), it.on.name.as_str()) != (place.schema, place.name) {
                continue;
            }
            use crate::model::ObjectKind::{Composite, Domain, Enum, Function};
            if it.on.kind == Enum && matches!(it.object.kind, Composite | Domain | Function) {
                others.push(format!("`{}.{}`", it.object.schema, it.object.name));
            }
        }
        others.sort();
        others.dedup();
        if others.is_empty() {
            return true;
        }
        let message = format!(
            "values of the enum `{}` can not be removed or change places while {} has the type",
            place.path(),
            others.join(", ")
        );
        self.refuse(place.origin, message, "make a new enum, and change what has the old one");
        false
    }

    fn swap_enum(&mut self, place: &Place<'_>, before: &Enum, after: &Enum) {
        // One with whatever else happens while views are away.
        let group = self.disturbance.or_else(|| self.group());
        let push = |planner: &mut Self, step: Step| planner.push_in(Stage::Disturb, group, step);
        let shadow = temporary(place.schema, "", place.name);
        let wanted = Enum { values: after.values.clone(), ..Enum::default() };
        let create = NORMAL.create_enum(place.schema, &shadow, &wanted);
        push(self, Step::new(create.text, format!("create enum {} anew", place.path())));
        let removed: Vec<&String> =
            before.values.iter().filter(|value| !after.values.contains(value)).collect();
        let live = self.live;
        let mut again = Vec::new();
        for (schema, table, column, it) in columns(live, place.schema, place.name) {
            let at = Place { schema, name: table, origin: place.origin };
            let Some(found) = live.table(schema, table) else { continue };
            for (drop, add) in in_the_way(&at, found, place, column) {
                let step =
                    self.piece(&at, drop, format!("take from {} what needs the old values", at.path()));
                push(self, step);
                again.push((at, add));
            }
            let name = quote(column);
            if let Some(default) = &it.default {
                let drop = Piece::Action(format!("ALTER COLUMN {name} DROP DEFAULT"));
                let step = self.piece(&at, drop, format!("drop the default of {}", at.inside(column)));
                push(self, step);
                again.push((at, Piece::Action(format!("ALTER COLUMN {name} SET DEFAULT {default}"))));
            }
            let step = self.swap_column(&at, column, it, (place, &shadow), &removed);
            push(self, step);
        }
        let path = NORMAL.qualified(place.schema, place.name);
        push(self, Step::new(format!("DROP TYPE {path}"), format!("drop the old enum {}", place.path())));
        let rename =
            format!("ALTER TYPE {} RENAME TO {}", NORMAL.qualified(place.schema, &shadow), quote(place.name));
        push(self, Step::new(rename, format!("put the new enum {} in its place", place.path())));
        for (at, add) in again {
            let step = self.piece(&at, add, format!("give {} back what it had", at.path()));
            push(self, step);
        }
    }

    fn piece(&self, at: &Place<'_>, piece: Piece, summary: String) -> Step {
        match piece {
            Piece::Action(action) => self.alter(at, &action, summary),
            Piece::Statement(sql) => {
                self.on(at, LockLevel::AccessExclusive, Effort::Build, Step::new(sql, summary))
            }
        }
    }

    fn swap_column(
        &self,
        at: &Place<'_>,
        column: &str,
        it: &Column,
        (place, shadow): (&Place<'_>, &str),
        removed: &[&String],
    ) -> Step {
        let name = quote(column);
        let to = match &it.data_type {
            DataType::Sql(sql) => {
                let suffix = &sql[parts(sql).0.find('[').unwrap_or(sql.len()).min(sql.len())..];
                format!("{}{suffix}", NORMAL.qualified(place.schema, shadow))
            }
            _ => NORMAL.qualified(place.schema, shadow),
        };
        let text = if to.ends_with(']') { "text[]" } else { "text" };
        let action = format!("ALTER COLUMN {name} TYPE {to} USING {name}::{text}::{to}");
        let step = Step::new(
            format!("ALTER TABLE {} {action}", NORMAL.qualified(at.schema, at.name)),
            format!("change {} to the new enum", at.inside(column)),
        );
        let mut step = self.on(at, LockLevel::AccessExclusive, Effort::Rewrite, step);
        let table = NORMAL.qualified(at.schema, at.name);
        if !removed.is_empty() {
            let values = removed.iter().map(|value| quote_literal(value)).collect::<Vec<_>>().join(", ");
            let unfit = match text {
                "text" => format!("{name}::text IN ({values})"),
                _ => format!("{name}::text[] && ARRAY[{values}]"),
            };
            let message =
                format!("rows of `{}` have a value that the enum `{}` loses", at.path(), place.path());
            let possible = message.replace(" have a value", " may have a value");
            let code = HazardCode::EnumValueInUse;
            step.hazards.push(hazard(code, at.inside(column), possible).counting(&table, &unfit));
            let sql = format!("SELECT FROM {table} WHERE {unfit} LIMIT 1");
            let hint = Some("give those rows another value first".to_owned());
            step.probe = Some(Probe { sql, code, message, hint });
        }
        if self.facts.has_rows(at.schema, at.name) {
            step.hazards.push(super::columns::rewrite(at));
        }
        step
    }
}

/// A piece of the swap on one table.
enum Piece {
    /// An action of `ALTER TABLE`.
    Action(String),
    Statement(String),
}

/// The checks and indexes whose expressions name the type or compare the column with its values: what takes them
/// away, and what puts them back. Texts name the type by its name, so that they mean the new one by then.
fn in_the_way(at: &Place<'_>, table: &Table, place: &Place<'_>, column: &str) -> Vec<(Piece, Piece)> {
    let needs = |sql: &str| names(sql, place.schema, place.name) && mentions(sql, column);
    let mut found = Vec::new();
    for check in table.checks.iter().filter(|check| needs(&check.expr)) {
        let Some(name) = &check.name else { continue };
        let add = format!("ADD {}", NORMAL.check(check).text);
        found.push((Piece::Action(format!("DROP CONSTRAINT {}", quote(name))), Piece::Action(add)));
    }
    for (name, index) in &table.indexes {
        let texts = index.predicate.iter().chain(index.parts.iter().filter_map(|part| match &part.term {
            crate::model::Term::Expression(sql) => Some(sql),
            crate::model::Term::Column(_) => None,
        }));
        if texts.into_iter().any(|sql| needs(sql)) {
            let create = NORMAL.create_index(at.schema, at.name, name, index, false);
            let drop = format!("DROP INDEX {}", NORMAL.qualified(at.schema, name));
            found.push((Piece::Statement(drop), Piece::Statement(create.text)));
        }
    }
    found
}
