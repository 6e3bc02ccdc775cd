//! A wider type for a column in use: a second column, kept in step by a trigger, filled in batches, then swapped in.
//!
//! Nobody waits for longer than the swap, which only changes the catalog. Where something stands on the column that
//! can not be built beside it (views, expressions, partitions, policies), the type is changed in place.

use super::columns::{moves, type_sql};
use super::draft::Stage;
use super::facts::types;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, hazard, path_sql, temporary};
use super::step::{Backfill, Effort, Leftover, LockLevel, Step};
use super::type_change::type_change;
use crate::diff::Place;
use crate::diff::text::mentions;
use crate::model::{Column, DataType, ForeignKey, Index, Key, ObjectKind, Table, Term, quote};

const BATCH_ROWS: u32 = 5_000;

/// What the shadow of one column is called.
pub(super) struct Names {
    pub column: String,
    pub old: String,
    pub function: String,
    pub trigger: String,
    pub check: String,
}

impl Names {
    fn of(place: &Place<'_>, name: &str) -> Names {
        let named = |what: &str| temporary(place.schema, place.name, &format!("{name}_{what}"));
        Names {
            column: named("new"),
            old: named("old"),
            function: named("sync"),
            // Triggers fire in the order of their names, and this one must see what all others made of the row.
            trigger: format!("~{}", named("sync")),
            check: named("filled"),
        }
    }
}

impl<'a> Planner<'a> {
    /// Whether the change of type goes by a second column.
    pub fn is_shadowed(&self, place: &Place<'_>, name: &str, before: &Column, after: &Column) -> bool {
        let Some((from, to)) = types(before, after) else { return false };
        let change = type_change(&from, &to);
        let only_type = before.null == after.null
            && before.identity == after.identity
            && before.collate == after.collate
            && before.generated.is_none()
            && after.generated.is_none()
            && matches!(before.data_type, DataType::Serial(_))
                == matches!(after.data_type, DataType::Serial(_));
        let table = self.live.table(place.schema, place.name);
        change.rewrites
            && change.widens
            && only_type
            && self.facts.has_rows(place.schema, place.name)
            && table.is_some_and(|table| stands_free(table, name) && table.primary_key.is_some())
            && !self.has_dependents(place, name)
    }

    /// Whether an object beside tables needs the column.
    fn has_dependents(&self, place: &Place<'_>, name: &str) -> bool {
        self.live.dependencies.iter().any(|it| {
            (it.on.schema.as_str(), it.on.name.as_str()) == (place.schema, place.name)
                && matches!(it.on.kind, ObjectKind::Table)
                && it.column.as_deref().is_none_or(|column| column == name)
                && (matches!(it.object.kind, ObjectKind::View | ObjectKind::Function)
                    || it.part.starts_with("policy"))
        })
    }

    pub fn shadow(&mut self, place: &Place<'a>, name: &str, before: &Column, after: &Column) {
        let Some(table) = self.live.table(place.schema, place.name) else { return };
        let names = Names::of(place, name);
        self.shadow_begins(place, name, after, &names, table);
        self.backfill(place, name, &names, table);
        if !after.null {
            self.shadow_is_filled(place, &names);
        }
        let has = |columns: &[String]| columns.iter().any(|column| column == name);
        let keys: Vec<(&'static str, &Key)> = table
            .primary_key
            .iter()
            .map(|key| ("PRIMARY KEY", key))
            .chain(table.uniques.values().map(|key| ("UNIQUE", key)))
            .filter(|(_, key)| has(&key.columns) || has(&key.include))
            .collect();
        let indexes: Vec<(&String, &Index)> =
            table.indexes.iter().filter(|(_, it)| index_has(it, name)).collect();
        self.shadow_indexes(place, name, &names, &keys, &indexes);
        self.swap(place, name, (before, after), &names, (&keys, &indexes));
    }

    fn shadow_begins(&mut self, place: &Place<'_>, name: &str, after: &Column, names: &Names, table: &Table) {
        let group = self.group();
        let (new, old) = (quote(&names.column), quote(name));
        let leftover =
            |name: &str| Leftover::Temporary { schema: place.schema.to_owned(), name: name.to_owned() };
        let mut step = self.alter(
            place,
            &format!("ADD COLUMN {new} {}", type_sql(after)),
            format!("add a second column for {}", place.inside(name)),
        );
        step.hazards.push(moves(place, name));
        if table.triggers.values().any(|trigger| trigger.events.update && trigger.events.update_of.is_empty())
        {
            let message = format!("filling the rows of `{}` fires its triggers on UPDATE", place.path());
            step.hazards
                .push(hazard(HazardCode::TriggersFire, place.path(), message).counting(&path_sql(place), ""));
        }
        self.push_in(Stage::Shadow, group, step.leaving(leftover(&names.column)));
        let function = NORMAL.qualified(place.schema, &names.function);
        let sql = format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$BEGIN NEW.{new} := NEW.{old}; RETURN NEW; END$$"
        );
        let step =
            Step::new(sql, format!("create what keeps the second column of {} in step", place.inside(name)));
        self.push_in(Stage::Shadow, group, step.leaving(leftover(&names.function)));
        let sql = format!(
            "CREATE TRIGGER {} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
            quote(&names.trigger),
            path_sql(place)
        );
        let step = Step::new(sql, format!("keep the second column of {} in step", place.inside(name)));
        let step = self.on(place, LockLevel::ShareRowExclusive, Effort::Catalog, step);
        self.push_in(Stage::Shadow, group, step);
    }

    /// In batches by primary key, each committed by itself; a row that is in step already is left alone.
    fn backfill(&mut self, place: &Place<'_>, name: &str, names: &Names, table: &Table) {
        let Some(key) = &table.primary_key else { return };
        let (new, old, path) = (quote(&names.column), quote(name), path_sql(place));
        let columns: Vec<String> = key.columns.iter().map(|column| quote(column)).collect();
        let list = columns.join(", ");
        let last: Vec<String> = key
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let data_type = table.columns.get(column).map(type_sql).unwrap_or_default();
                format!("($1::text[])[{}]::{data_type}", index + 1)
            })
            .collect();
        let same: Vec<String> = columns.iter().map(|column| format!("t.{column} = batch.{column}")).collect();
        let texts: Vec<String> = columns.iter().map(|column| format!("{column}::text")).collect();
        let descending: Vec<String> = columns.iter().map(|column| format!("{column} DESC")).collect();
        let sql = format!(
            "WITH batch AS MATERIALIZED (\n  SELECT {list} FROM {path} WHERE $1::text[] IS NULL OR ({list}) > ({})\n  \
             ORDER BY {list} LIMIT $2::bigint\n), filled AS (\n  UPDATE {path} t SET {new} = t.{old} FROM batch\n  \
             WHERE {} AND t.{new} IS DISTINCT FROM t.{old} RETURNING 1\n)\nSELECT (SELECT ARRAY[{}] FROM batch ORDER BY {} LIMIT 1) AS last, (SELECT count(*) FROM filled) AS rows",
            last.join(", "),
            same.join(" AND "),
            texts.join(", "),
            descending.join(", "),
        );
        let mut step =
            Step::new(sql, format!("fill the second column of {} in batches", place.inside(name))).outside();
        step.backfill = Some(Backfill {
            schema: place.schema.to_owned(),
            table: place.name.to_owned(),
            batch_rows: BATCH_ROWS,
        });
        let step = self.on(place, LockLevel::RowExclusive, Effort::Rewrite, step);
        self.push(Stage::Shadow, step);
    }

    fn shadow_is_filled(&mut self, place: &Place<'_>, names: &Names) {
        let check = format!(
            "ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID",
            quote(&names.check),
            quote(&names.column)
        );
        let step =
            self.alter(place, &check, format!("let no nulls into the second column of {}", place.path()));
        self.push(Stage::Shadow, step.leaving(super::objects::not_valid(place, &names.check)));
        let step = self.validate(
            place,
            &names.check,
            format!("look for nulls in the second column of {}", place.path()),
        );
        self.push(Stage::Shadow, step);
    }

    /// The same indexes on the second column, while the others go on.
    fn shadow_indexes(
        &mut self,
        place: &Place<'_>,
        name: &str,
        names: &Names,
        keys: &[(&'static str, &Key)],
        indexes: &[(&String, &Index)],
    ) {
        let swap = |column: &String| if column == name { names.column.clone() } else { column.clone() };
        for (_, key) in keys {
            let columns: Vec<String> = key.columns.iter().map(swap).collect();
            let wanted = Key { columns, include: key.include.iter().map(swap).collect(), ..(*key).clone() };
            let shadow = key_shadow(place, key);
            let step = sure(self.build_key_index(place, &shadow, &wanted));
            self.push(Stage::Shadow, step);
        }
        for (index_name, index) in indexes {
            let mut wanted = (*index).clone();
            for part in &mut wanted.parts {
                if let Term::Column(column) = &mut part.term {
                    *column = swap(column);
                }
            }
            wanted.include = index.include.iter().map(swap).collect();
            let shadow = temporary(place.schema, place.name, index_name);
            let step = sure(self.build_index(place, &shadow, &wanted));
            self.push(Stage::Shadow, step);
        }
    }

    /// The foreign keys from and to the column, each once.
    pub fn foreign_keys_on(
        &self,
        place: &Place<'_>,
        name: &str,
    ) -> Vec<(Place<'a>, &'a str, &'a ForeignKey)> {
        let mut found = Vec::new();
        for (schema, it) in &self.live.schemas {
            for (table_name, table) in &it.tables {
                let own = (schema.as_str(), table_name.as_str()) == (place.schema, place.name);
                for (key_name, key) in &table.foreign_keys {
                    let to = (key.ref_schema.as_str(), key.ref_table.as_str()) == (place.schema, place.name);
                    let from_it = own && key.columns.iter().any(|column| column == name);
                    if from_it || (to && key.ref_columns.iter().any(|column| column == name)) {
                        found.push((
                            Place { schema, name: table_name, origin: &table.origin },
                            key_name.as_str(),
                            key,
                        ));
                    }
                }
            }
        }
        found
    }
}

pub(super) fn key_shadow(place: &Place<'_>, key: &Key) -> String {
    temporary(place.schema, place.name, key.name.as_deref().unwrap_or("pkey"))
}

/// The action that makes an index the one of a key; the index takes the key's name.
pub(super) fn add_key_using(word: &str, key: &Key, index: &str) -> String {
    let name = key.name.as_deref().map(|name| format!("CONSTRAINT {} ", quote(name))).unwrap_or_default();
    format!("ADD {name}{word} USING INDEX {}{}", quote(index), key.deferrable.as_sql())
}

/// A unique index of the same values as another one can not fail.
fn sure(mut step: Step) -> Step {
    step.hazards.clear();
    step.probe = None;
    step
}

fn index_has(index: &Index, name: &str) -> bool {
    index.include.iter().any(|column| column == name)
        || index.parts.iter().any(|part| matches!(&part.term, Term::Column(column) if column == name))
}

/// Whether nothing in the table looks at the column through an expression or in a way that can not be built twice.
fn stands_free(table: &Table, name: &str) -> bool {
    let in_index = |index: &Index| {
        index.predicate.as_deref().is_some_and(|sql| mentions(sql, name))
            || index.parts.iter().any(|part| match &part.term {
                Term::Column(column) => column == name && part.ops.is_some(),
                Term::Expression(sql) => mentions(sql, name),
            })
    };
    table.partition.is_none()
        && !table.indexes.values().any(in_index)
        && table.exclusions.is_empty()
        && !table.columns.values().any(|it| it.generated.as_deref().is_some_and(|sql| mentions(sql, name)))
        && !table.policies.values().any(|it| it.using.iter().chain(&it.check).any(|sql| mentions(sql, name)))
        && !table.triggers.values().any(|it| {
            it.events.update_of.iter().any(|column| column == name)
                || it.when.as_deref().is_some_and(|sql| mentions(sql, name))
        })
}
