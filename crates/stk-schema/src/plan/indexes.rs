//! Indexes and the keys that stand on them: built while others write, swapped in where one changes.

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, hazard, is_temporary, path_sql, temporary};
use super::shadow::add_key_using;
use super::step::{Effort, Leftover, LockLevel, Probe, Step};
use crate::diff::{Change, KeyKind, Place, same_index_but_storage};
use crate::model::{ForeignKey, Index, IndexPart, Key, Term, quote};

impl<'a> Planner<'a> {
    pub fn index(&mut self, change: &'a Change<'a>) {
        match change {
            Change::AddIndex { place, name, index } => self.add_index(place, name, index),
            Change::AlterIndex { place, name, before, after } => self.alter_index(place, name, before, after),
            Change::DropIndex { place, name, index } => self.drop_index(place, name, index),
            Change::AddKey { place, kind, key } => self.add_key(place, *kind, key),
            Change::AlterKey { place, kind, before, after } => self.alter_key(place, *kind, before, after),
            Change::DropKey { place, kind, key } => self.drop_key(place, *kind, key),
            _ => {}
        }
    }

    /// Whether an index of the table can be built while others write.
    fn can_build_aside(&self, place: &Place<'_>) -> bool {
        !self.is_new(place.schema, place.name) && !self.is_partitioned(place.schema, place.name)
    }

    fn add_index(&mut self, place: &Place<'_>, name: &str, index: &Index) {
        if self.is_cleared(place) {
            return;
        }
        if self.can_build_aside(place) {
            let step = self.build_index(place, name, index);
            self.push(Stage::Index, step);
            return;
        }
        let sql = NORMAL.create_index(place.schema, place.name, name, index, false);
        let step = Step::new(sql.text, format!("create index {name} on {}", place.path()));
        if self.is_new(place.schema, place.name) {
            self.push(Stage::Attach, step);
        } else {
            let step = self.build_under_lock(place, step);
            self.push(Stage::Index, step);
        }
    }

    fn build_under_lock(&self, place: &Place<'_>, step: Step) -> Step {
        let mut step = self.on(place, LockLevel::Share, Effort::Build, step);
        if self.facts.has_rows(place.schema, place.name) {
            let message = format!("nobody can write to `{}` while the index is built", place.path());
            step.hazards.push(
                hazard(HazardCode::BuildUnderLock, place.path(), message).counting(&path_sql(place), ""),
            );
        }
        step
    }

    /// Built beside the table's traffic.
    pub fn build_index(&self, place: &Place<'_>, name: &str, index: &Index) -> Step {
        let sql = NORMAL.create_index(place.schema, place.name, name, index, true);
        let shown = shown(name);
        let step = Step::new(sql.text, format!("build index {shown} on {}", place.path())).outside();
        let mut step = self.on(place, LockLevel::ShareUpdateExclusive, Effort::Build, step);
        if index.unique {
            self.duplicates(
                place,
                name,
                &index.parts,
                index.predicate.as_deref(),
                index.nulls_distinct,
                &mut step,
            );
        }
        step.leaving(invalid(place, name))
    }

    pub fn build_key_index(&self, place: &Place<'_>, name: &str, key: &Key) -> Step {
        let index = Index {
            unique: true,
            method: Default::default(),
            parts: key.columns.iter().map(|column| IndexPart::plain(Term::Column(column.clone()))).collect(),
            include: key.include.clone(),
            predicate: None,
            nulls_distinct: key.nulls_distinct,
            pages_per_range: None,
            storage_params: key.storage_params.clone(),
            comment: None,
            invalid: false,
            beyond: Vec::new(),
            renamed_from: None,
            origin: key.origin.clone(),
        };
        self.build_index(place, name, &index)
    }

    /// The hazard and the probe of rows that are equal where they must not be.
    fn duplicates(
        &self,
        place: &Place<'_>,
        name: &str,
        parts: &[IndexPart],
        predicate: Option<&str>,
        nulls_distinct: bool,
        step: &mut Step,
    ) {
        // What the plan itself makes of columns can not be asked for before it is there.
        let there = |part: &IndexPart| match &part.term {
            Term::Column(column) => self.has_column(place, column),
            Term::Expression(_) => true,
        };
        let terms: Vec<String> = parts
            .iter()
            .map(|part| match &part.term {
                Term::Column(column) => quote(column),
                Term::Expression(sql) => format!("({sql})"),
            })
            .collect();
        let mut conditions: Vec<String> = predicate.map(str::to_owned).into_iter().collect();
        if nulls_distinct {
            conditions.extend(terms.iter().map(|term| format!("{term} IS NOT NULL")));
        }
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let groups =
            format!("FROM {}{filter} GROUP BY {} HAVING count(*) > 1", path_sql(place), terms.join(", "));
        let code = HazardCode::Duplicates;
        let message = format!("`{}` may have rows that are equal in {}", place.path(), terms.join(", "));
        let mut found = hazard(code, place.inside(&shown(name)), message);
        if parts.iter().all(there) {
            found.count = Some(format!(
                "SELECT coalesce(sum(rows), 0)::bigint FROM (SELECT count(*) AS rows {groups}) duplicates"
            ));
            let message = format!("`{}` has rows that are equal in {}", place.path(), terms.join(", "));
            let hint = Some("make them differ, or delete what is there twice".to_owned());
            step.probe = Some(Probe { sql: format!("SELECT {groups} LIMIT 1"), code, message, hint });
        }
        step.hazards.push(found);
    }

    /// Whether the table in use has the column, of the type it will have.
    pub fn has_column(&self, place: &Place<'_>, column: &str) -> bool {
        self.live.schemas.get(place.schema).is_some_and(|it| {
            it.tables.get(place.name).is_some_and(|table| table.columns.contains_key(column))
                || it.views.get(place.name).is_some_and(|view| view.columns.contains_key(column))
        })
    }

    fn alter_index(&mut self, place: &Place<'_>, name: &str, before: &Index, after: &Index) {
        if self.is_cleared(place) {
            return;
        }
        if same_index_but_storage(before, after) {
            let with_pages = |index: &Index| {
                let mut all = index.storage_params.clone();
                all.extend(
                    index.pages_per_range.map(|pages| ("pages_per_range".to_owned(), pages.to_string())),
                );
                all
            };
            self.set_storage("INDEX", place, name, &with_pages(before), &with_pages(after));
            return;
        }
        if !self.can_build_aside(place) {
            let group = self.group();
            let step = Step::new(
                format!("DROP INDEX {}", NORMAL.qualified(place.schema, name)),
                format!("drop index {name} of {}, to build it again", place.path()),
            );
            let step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
            self.push_in(Stage::Index, group, step);
            let sql = NORMAL.create_index(place.schema, place.name, name, after, false);
            let step = Step::new(sql.text, format!("create index {name} on {}", place.path()));
            let step = self.build_under_lock(place, step);
            self.push_in(Stage::Index, group, step);
            return;
        }
        let shadow = temporary(place.schema, place.name, name);
        let step = self.build_index(place, &shadow, after);
        self.push(Stage::Index, step);
        let sql = format!("DROP INDEX CONCURRENTLY {}", NORMAL.qualified(place.schema, name));
        let step = Step::new(sql, format!("drop the old index {name} of {}", place.path())).outside();
        let step = self.on(place, LockLevel::ShareUpdateExclusive, Effort::Catalog, step);
        self.push(Stage::Index, step.leaving(invalid(place, name)));
        let sql =
            format!("ALTER INDEX {} RENAME TO {}", NORMAL.qualified(place.schema, &shadow), quote(name));
        let step = Step::new(sql, format!("put the new index {name} in its place"));
        let step = self.on(place, LockLevel::ShareUpdateExclusive, Effort::Catalog, step);
        self.push(Stage::Index, step);
    }

    fn drop_index(&mut self, place: &Place<'_>, name: &str, index: &Index) {
        if self.is_cleared(place) {
            return;
        }
        let path = NORMAL.qualified(place.schema, name);
        let what = if index.invalid { "the invalid index" } else { "index" };
        let summary = format!("drop {what} {name} of {}", place.path());
        let stage = if index.invalid || is_temporary(name) { Stage::Clean } else { Stage::Drop };
        let mut step = if self.can_build_aside(place) {
            let step = Step::new(format!("DROP INDEX CONCURRENTLY {path}"), summary).outside();
            self.on(place, LockLevel::ShareUpdateExclusive, Effort::Catalog, step)
                .leaving(invalid(place, name))
        } else {
            let step = Step::new(format!("DROP INDEX {path}"), summary);
            self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step)
        };
        if index.unique && stage == Stage::Drop {
            let message = format!("rows that are equal may come into `{}`", place.path());
            step.hazards.push(hazard(HazardCode::RuleDropped, place.inside(name), message));
        }
        self.push(stage, step);
    }

    fn add_key(&mut self, place: &Place<'_>, kind: KeyKind, key: &Key) {
        let named = key.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let summary = format!("add {}{named} to {}", kind.in_words(), place.path());
        if !self.can_build_aside(place) {
            let sql = NORMAL.add_key(place.schema, place.name, kind.as_sql(), key);
            let step = self.build_under_lock(place, Step::new(sql.text, summary));
            self.push(Stage::Key, step);
            return;
        }
        let shadow = key.name.clone().unwrap_or_else(|| self.primary_key_name(place));
        let step = self.build_key_index(place, &shadow, key);
        self.push(Stage::Key, step);
        let wanted = Key { name: Some(shadow.clone()), ..key.clone() };
        let step = self.alter(place, &add_key_using(kind.as_sql(), &wanted, &shadow), summary);
        self.push(Stage::Key, step);
    }

    /// The name that Postgres would give.
    fn primary_key_name(&self, place: &Place<'_>) -> String {
        let mut end = place.name.len().min(58);
        while !place.name.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}_pkey", &place.name[..end])
    }

    /// The new index is there before the old key goes; foreign keys to it are put back not valid and validated.
    fn alter_key(&mut self, place: &Place<'a>, kind: KeyKind, before: &Key, after: &Key) {
        let old = before.name.clone().unwrap_or_else(|| self.primary_key_name(place));
        let name = after.name.clone().unwrap_or_else(|| old.clone());
        let group = self.group();
        let mut steps = Vec::new();
        let foreign = self.foreign_keys_to(place, before);
        for (at, key_name, _) in &foreign {
            let summary = format!("drop foreign key {key_name}, to add it again");
            steps.push(self.alter(at, &format!("DROP CONSTRAINT {}", quote(key_name)), summary));
        }
        let summary = format!("drop the old {} {old} of {}", kind.in_words(), place.path());
        steps.push(self.alter(place, &format!("DROP CONSTRAINT {}", quote(&old)), summary));
        let wanted = Key { name: Some(name.clone()), ..after.clone() };
        let summary = format!("put the new {} {name} in its place", kind.in_words());
        if self.can_build_aside(place) {
            let shadow = temporary(place.schema, place.name, &name);
            let mut step = self.build_key_index(place, &shadow, after);
            // What differs in fewer columns differs in more.
            if before.columns.iter().all(|column| after.columns.contains(column))
                && before.nulls_distinct == after.nulls_distinct
            {
                step.hazards.clear();
                step.probe = None;
            }
            self.push(Stage::Key, step);
            steps.push(self.alter(place, &add_key_using(kind.as_sql(), &wanted, &shadow), summary));
        } else {
            let sql = NORMAL.add_key(place.schema, place.name, kind.as_sql(), &wanted);
            steps.push(self.build_under_lock(place, Step::new(sql.text, summary)));
        }
        let mut validations = Vec::new();
        for (at, key_name, key) in &foreign {
            let again = ForeignKey { not_valid: true, ..(*key).clone() };
            let sql = NORMAL.add_foreign_key(at.schema, at.name, key_name, &again);
            let step = Step::new(sql.text, format!("add foreign key {key_name} again"));
            steps.push(self.on(at, LockLevel::ShareRowExclusive, Effort::Catalog, step));
            if !key.not_valid {
                validations.push(self.validate(at, key_name, format!("validate foreign key {key_name}")));
            }
        }
        steps.into_iter().for_each(|step| self.push_in(Stage::Key, group, step));
        validations.into_iter().for_each(|step| self.push(Stage::Key, step));
    }

    /// The foreign keys to a key's columns that the schema keeps.
    fn foreign_keys_to(&self, place: &Place<'_>, key: &Key) -> Vec<(Place<'a>, &'a str, &'a ForeignKey)> {
        let Some(column) = key.columns.first() else { return Vec::new() };
        let mut found = self.foreign_keys_on(place, column);
        let mut wanted: Vec<&String> = key.columns.iter().collect();
        wanted.sort();
        found.retain(|(at, name, it)| {
            let mut columns: Vec<&String> = it.ref_columns.iter().collect();
            columns.sort();
            let to_it = (it.ref_schema.as_str(), it.ref_table.as_str()) == (place.schema, place.name);
            let stays = self
                .desired
                .table(at.schema, at.name)
                .is_some_and(|table| table.foreign_keys.contains_key(*name));
            to_it && columns == wanted && stays
        });
        found
    }

    fn drop_key(&mut self, place: &Place<'_>, kind: KeyKind, key: &Key) {
        let name = key.name.clone().unwrap_or_else(|| self.primary_key_name(place));
        let summary = format!("drop {} {name} of {}", kind.in_words(), place.path());
        let mut step = self.alter(place, &format!("DROP CONSTRAINT {}", quote(&name)), summary);
        let message = format!("rows that are equal may come into `{}`", place.path());
        step.hazards.push(hazard(HazardCode::RuleDropped, place.inside(&name), message));
        self.push(Stage::Drop, step);
    }
}

fn invalid(place: &Place<'_>, name: &str) -> Leftover {
    Leftover::InvalidIndex { schema: place.schema.to_owned(), name: name.to_owned() }
}

/// The name of an index for people: one that is there for a while only goes without.
fn shown(name: &str) -> String {
    if is_temporary(name) { "that takes the place of another".to_owned() } else { name.to_owned() }
}
