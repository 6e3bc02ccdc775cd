//! The swap of a column for its shadow: one transaction that changes the catalog only.

use super::columns::{comment_sql, type_sql};
use super::draft::Stage;
use super::planner::{NORMAL, Planner, path_sql, temporary};
use super::render::identity_sql;
use super::shadow::{Names, add_key_using, key_shadow};
use super::step::{Effort, LockLevel, Step};
use crate::diff::Place;
use crate::diff::text::mentions;
use crate::model::{Column, DataType, ForeignKey, Index, Key, PermissionTarget, quote, quote_literal};

/// A key with the words it is added by.
type NamedKey<'k> = (&'static str, &'k Key);
type NamedIndex<'k> = (&'k String, &'k Index);

impl<'a> Planner<'a> {
    pub fn swap(
        &mut self,
        place: &Place<'a>,
        name: &str,
        (before, after): (&Column, &Column),
        names: &Names,
        (keys, indexes): (&[NamedKey<'_>], &[NamedIndex<'_>]),
    ) {
        let group = self.group();
        let live = self.live;
        let Some(table) = live.table(place.schema, place.name) else { return };
        let path = path_sql(place);
        let mut steps: Vec<Step> = Vec::new();
        let lock = format!("LOCK TABLE {path} IN ACCESS EXCLUSIVE MODE");
        let step = Step::new(lock, format!("hold {} while the columns are swapped", place.path()));
        steps.push(self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step));
        let plain = |sql: String| Step::new(sql, format!("swap the columns of {}", place.inside(name)));
        let alter = |planner: &Self, action: String| {
            planner.alter(place, &action, format!("swap the columns of {}", place.inside(name)))
        };
        steps.push(plain(format!("DROP TRIGGER {} ON {path}", quote(&names.trigger))));
        steps.push(plain(format!("DROP FUNCTION {}()", NORMAL.qualified(place.schema, &names.function))));
        let foreign = self.foreign_keys_on(place, name);
        for (at, key_name, _) in &foreign {
            let summary = format!("drop foreign key {key_name}, to add it again");
            steps.push(self.alter(at, &format!("DROP CONSTRAINT {}", quote(key_name)), summary));
        }
        let checks: Vec<_> = table.checks.iter().filter(|check| mentions(&check.expr, name)).collect();
        for check in &checks {
            let check_name = check.name.as_deref().unwrap_or_default();
            steps.push(alter(self, format!("DROP CONSTRAINT {}", quote(check_name))));
        }
        steps.extend(keys.iter().map(|(_, key)| {
            alter(self, format!("DROP CONSTRAINT {}", quote(key.name.as_deref().unwrap_or_default())))
        }));
        steps.extend(
            indexes
                .iter()
                .map(|(index, _)| plain(format!("DROP INDEX {}", NORMAL.qualified(place.schema, index)))),
        );
        let sequence = self.facts.sequence(place.schema, place.name, name).map(str::to_owned);
        if let Some(sequence) = sequence.as_deref().filter(|_| before.identity.is_some()) {
            steps.push(self.keep_position(place, name, sequence));
            steps.push(alter(self, format!("ALTER COLUMN {} DROP IDENTITY", quote(name))));
        }
        steps.push(alter(self, format!("RENAME COLUMN {} TO {}", quote(name), quote(&names.old))));
        steps.push(alter(self, format!("RENAME COLUMN {} TO {}", quote(&names.column), quote(name))));
        if !after.null {
            steps.push(alter(self, format!("ALTER COLUMN {} SET NOT NULL", quote(name))));
            steps.push(alter(self, format!("DROP CONSTRAINT {}", quote(&names.check))));
        }
        steps.extend(self.numbered_again(place, name, after, sequence.as_deref()));
        for (word, key) in keys {
            steps.push(alter(self, add_key_using(word, key, &key_shadow(place, key))));
        }
        for (index, _) in indexes {
            let shadow = NORMAL.qualified(place.schema, &temporary(place.schema, place.name, index));
            steps.push(plain(format!("ALTER INDEX {shadow} RENAME TO {}", quote(index))));
        }
        let mut validations = Vec::new();
        for (at, key_name, key) in &foreign {
            let wanted = ForeignKey { not_valid: true, ..(*key).clone() };
            let sql = NORMAL.add_foreign_key(at.schema, at.name, key_name, &wanted);
            let step = Step::new(sql.text, format!("add foreign key {key_name} again"));
            steps.push(self.on(at, LockLevel::ShareRowExclusive, Effort::Catalog, step));
            if !key.not_valid {
                validations.push(self.validate(at, key_name, format!("validate foreign key {key_name}")));
            }
        }
        for check in &checks {
            let wanted = crate::model::Check { not_valid: true, ..(*check).clone() };
            steps.push(alter(self, format!("ADD {}", NORMAL.check(&wanted).text)));
            if let Some(check_name) = check.name.as_deref().filter(|_| !check.not_valid) {
                validations.push(self.validate(place, check_name, format!("validate check {check_name}")));
            }
        }
        steps.extend(self.column_had(place, name, before).into_iter().map(plain));
        steps.push(alter(self, format!("DROP COLUMN {}", quote(&names.old))));
        steps.into_iter().for_each(|step| self.push_in(Stage::Shadow, group, step));
        validations.into_iter().for_each(|step| self.push(Stage::Shadow, step));
    }

    /// Default, identity or sequence of the column that took the place.
    fn numbered_again(
        &self,
        place: &Place<'_>,
        name: &str,
        after: &Column,
        sequence: Option<&str>,
    ) -> Vec<Step> {
        let (quoted, path) = (quote(name), path_sql(place));
        let plain = |sql: String| Step::new(sql, format!("swap the columns of {}", place.inside(name)));
        let alter = |action: String| {
            self.alter(place, &action, format!("swap the columns of {}", place.inside(name)))
        };
        if let Some(identity) = &after.identity {
            let owned = format!("pg_get_serial_sequence({}, {})", quote_literal(&path), quote_literal(name));
            return vec![
                alter(format!("ALTER COLUMN {quoted} ADD{}", identity_sql(identity))),
                plain(format!("SELECT setval({owned}, current_setting('stk.position')::bigint, false)")),
            ];
        }
        match (&after.data_type, sequence, &after.default) {
            (DataType::Serial(_), Some(sequence), _) => vec![
                plain(format!("ALTER SEQUENCE {sequence} AS {} OWNED BY {path}.{quoted}", type_sql(after))),
                alter(format!("ALTER COLUMN {quoted} SET DEFAULT nextval({})", quote_literal(sequence))),
            ],
            (_, _, Some(default)) => vec![alter(format!("ALTER COLUMN {quoted} SET DEFAULT {default}"))],
            _ => Vec::new(),
        }
    }

    /// Comment and privileges, which go with a column.
    fn column_had(&self, place: &Place<'_>, name: &str, before: &Column) -> Vec<String> {
        let comment = before.comment.as_deref().map(|comment| comment_sql(place, name, comment));
        let grants = self.live.permissions.iter().filter(|permission| match &permission.on {
            PermissionTarget::Column(schema, table, column) => {
                (schema.as_str(), table.as_str(), column.as_str()) == (place.schema, place.name, name)
            }
            _ => false,
        });
        let grants = grants.filter(|it| !it.privileges.is_empty()).map(|it| NORMAL.grant(it).text);
        comment.into_iter().chain(grants).collect()
    }
}
