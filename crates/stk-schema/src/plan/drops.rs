//! What goes, last of all and in reverse order of need.

use std::collections::HashMap;

use super::draft::Stage;
use super::hazard::HazardCode;
use super::order::topological;
use super::planner::{NORMAL, Planner, hazard, is_temporary, path_sql};
use super::step::{Effort, LockLevel, Step};
use crate::diff::{Change, Place, same_type};
use crate::model::{Column, Object, ObjectKind, Table, quote};

impl<'a> Planner<'a> {
    pub fn drops(&mut self) {
        let changes = self.changes;
        let mut nodes: Vec<(Object, Vec<(Stage, Step)>)> = Vec::new();
        let mut place_of: HashMap<Object, usize> = HashMap::new();
        for change in changes {
            let Some((object, step)) = self.drop_of(change) else { continue };
            let place = *place_of.entry(object.clone()).or_insert_with(|| {
                nodes.push((object, Vec::new()));
                nodes.len() - 1
            });
            // What an earlier plan left has no hazard, and its name may be needed again.
            let stage = if step.hazards.is_empty() { Stage::Clean } else { Stage::Drop };
            nodes[place].1.push((stage, step));
        }
        // An object goes once all that need it are gone: "needs" is turned around.
        let mut needs: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        if !nodes.is_empty() {
            for it in &self.live.dependencies {
                if let (Some(object), Some(on)) = (place_of.get(&it.object), place_of.get(&it.on))
                    && object != on
                {
                    needs[*on].push(*object);
                }
            }
        }
        self.foreign_keys_in_circles(&nodes, &place_of, &mut needs);
        let mut steps: Vec<Option<Vec<(Stage, Step)>>> =
            nodes.into_iter().map(|(_, steps)| Some(steps)).collect();
        for index in topological(&needs) {
            let taken = steps[index].take().unwrap_or_default();
            taken.into_iter().for_each(|(stage, step)| self.push(stage, step));
        }
        for change in changes {
            if let Change::DropExtension { name } = change {
                let mut step =
                    Step::new(format!("DROP EXTENSION {}", quote(name)), format!("drop extension {name}"));
                let message = format!("the extension `{name}` is dropped with all its objects");
                step.hazards.push(hazard(HazardCode::DropExtension, *name, message));
                self.push(Stage::Drop, step);
            }
        }
    }

    /// Tables that go refer to each other: whoever refers goes first, and in a circle the keys go before all.
    fn foreign_keys_in_circles(
        &mut self,
        nodes: &[(Object, Vec<(Stage, Step)>)],
        place_of: &HashMap<Object, usize>,
        needs: &mut [Vec<usize>],
    ) {
        let live = self.live;
        let table_of = |object: &Object| live.table(&object.schema, &object.name);
        for (index, (object, _)) in
            nodes.iter().enumerate().filter(|(_, (it, _))| it.kind == ObjectKind::Table)
        {
            let goes = self.desired.table(&object.schema, &object.name).is_none();
            let Some(table) = table_of(object).filter(|_| goes) else { continue };
            for (name, key) in &table.foreign_keys {
                let target = Object {
                    kind: ObjectKind::Table,
                    schema: key.ref_schema.clone(),
                    name: key.ref_table.clone(),
                };
                let on = place_of.get(&target).copied().filter(|on| *on != index);
                let key_goes = self.key_changes(&key.ref_schema, &key.ref_table);
                if key_goes || on.is_some_and(|on| reaches(needs, index, on)) {
                    let sql = format!(
                        "ALTER TABLE {} DROP CONSTRAINT {}",
                        NORMAL.qualified(&object.schema, &object.name),
                        quote(name)
                    );
                    let summary = format!("drop foreign key {name} of {}.{}", object.schema, object.name);
                    let place = Place { schema: &object.schema, name: &object.name, origin: &table.origin };
                    let step =
                        self.on(&place, LockLevel::AccessExclusive, Effort::Catalog, Step::new(sql, summary));
                    self.push(Stage::Loosen, step);
                } else if let Some(on) = on {
                    needs[on].push(index);
                }
            }
        }
    }

    /// Whether something that a foreign key to the table may stand on goes or is swapped.
    fn key_changes(&self, schema: &str, table: &str) -> bool {
        self.changes.iter().any(|change| match change {
            Change::DropKey { place, .. } | Change::AlterKey { place, .. } => {
                (place.schema, place.name) == (schema, table)
            }
            Change::DropIndex { place, index, .. } | Change::AlterIndex { place, before: index, .. } => {
                index.unique && (place.schema, place.name) == (schema, table)
            }
            _ => false,
        })
    }

    fn drop_of(&self, change: &'a Change<'a>) -> Option<(Object, Step)> {
        let simple = |kind: ObjectKind, word: &str, place: &Place<'_>, code: HazardCode| {
            let sql = format!("DROP {} {}", word.to_uppercase(), path_sql(place));
            let mut step = Step::new(sql, format!("drop {word} {}", place.path()));
            if !is_temporary(place.name) {
                step.hazards.push(hazard(
                    code,
                    place.path(),
                    format!("the {word} `{}` is dropped", place.path()),
                ));
            }
            (object(kind, place), step)
        };
        Some(match change {
            Change::DropEnum { place } => {
                let (object, mut step) = simple(ObjectKind::Enum, "type", place, HazardCode::DropType);
                step.summary = format!("drop enum {}", place.path());
                (object, step)
            }
            Change::DropDomain { place } => simple(ObjectKind::Domain, "domain", place, HazardCode::DropType),
            Change::DropComposite { place } => {
                simple(ObjectKind::Composite, "type", place, HazardCode::DropType)
            }
            // It goes with its column.
            Change::DropSequence { place } if self.owner_goes(place) => return None,
            Change::DropSequence { place } => {
                simple(ObjectKind::Sequence, "sequence", place, HazardCode::DropSequence)
            }
            Change::DropFunction { place } => {
                let (object, mut step) =
                    simple(ObjectKind::Function, "function", place, HazardCode::DropObject);
                step.sql = format!("DROP ROUTINE {}", NORMAL.routine(place.schema, place.name));
                (object, step)
            }
            Change::DropView { place, view } if !self.is_cleared(place) => {
                (object(ObjectKind::View, place), self.drop_view(place, view))
            }
            Change::DropTable { place, table } => {
                (object(ObjectKind::Table, place), self.drop_table(place, table))
            }
            Change::DropColumn { place, name, column } => {
                (object(ObjectKind::Table, place), self.drop_column(place, name, column))
            }
            _ => return None,
        })
    }

    fn owner_goes(&self, place: &Place<'_>) -> bool {
        let live = self.live.schemas.get(place.schema).and_then(|it| it.sequences.get(place.name));
        let owner = live.and_then(|sequence| sequence.owner.as_ref());
        owner.is_some_and(|(schema, table, column)| {
            self.desired.table(schema, table).is_none_or(|table| !table.columns.contains_key(column))
        })
    }

    fn drop_table(&self, place: &Place<'_>, table: &Table) -> Step {
        let step =
            Step::new(format!("DROP TABLE {}", path_sql(place)), format!("drop table {}", place.path()));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
        step.rows = self.facts.rows(place.schema, place.name);
        let message = format!("the table `{}` is dropped with its rows", place.path());
        let mut found = hazard(HazardCode::DropTable, place.path(), message).counting(&path_sql(place), "");
        if let Some(new) = self.likely_table(place, table) {
            found = found
                .hint(format!("if it is `{new}` now, say so there: `renamed_from = \"{}\"`", place.name));
        }
        step.hazards.push(found);
        step
    }

    /// A new table with the same columns.
    fn likely_table(&self, place: &Place<'_>, table: &Table) -> Option<&'a str> {
        let same = |new: &Table| {
            let shared = new.columns.iter().filter(|(name, column)| {
                table.columns.get(*name).is_some_and(|it| same_type(&it.data_type, &column.data_type))
            });
            !new.columns.is_empty() && 3 * shared.count() >= 2 * new.columns.len().max(table.columns.len())
        };
        self.changes.iter().find_map(|change| match change {
            Change::CreateTable { place: new, table } if new.schema == place.schema && same(table) => {
                Some(new.name)
            }
            _ => None,
        })
    }

    fn drop_column(&self, place: &Place<'_>, name: &str, column: &Column) -> Step {
        let action = format!("DROP COLUMN {}", quote(name));
        let mut step = self.alter(place, &action, format!("drop column {}", place.inside(name)));
        if is_temporary(name) {
            return step;
        }
        let message = format!("the column `{}` is dropped with its values", place.inside(name));
        let condition = format!("{} IS NOT NULL", quote(name));
        let mut found = hazard(HazardCode::DropColumn, place.inside(name), message)
            .counting(&path_sql(place), &condition);
        if let Some(new) = self.likely_column(place, column) {
            found = found.hint(format!("if it is `{new}` now, say so there: `renamed_from = \"{name}\"`"));
        }
        step.hazards.push(found);
        step
    }

    /// A new column of the same table and type.
    fn likely_column(&self, place: &Place<'_>, column: &Column) -> Option<&'a str> {
        self.changes.iter().find_map(|change| match change {
            Change::AddColumn { place: at, name, column: new }
                if (at.schema, at.name) == (place.schema, place.name)
                    && same_type(&new.data_type, &column.data_type) =>
            {
                Some(*name)
            }
            _ => None,
        })
    }
}

fn object(kind: ObjectKind, place: &Place<'_>) -> Object {
    Object { kind, schema: place.schema.to_owned(), name: place.name.to_owned() }
}

/// Whether `from` has to wait for `to`, be it by others.
fn reaches(needs: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; needs.len()];
    let mut stack = vec![from];
    while let Some(node) = stack.pop() {
        if node == to {
            return true;
        }
        if !std::mem::replace(&mut seen[node], true) {
            stack.extend(&needs[node]);
        }
    }
    false
}
