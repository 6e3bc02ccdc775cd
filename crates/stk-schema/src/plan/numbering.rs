//! Columns that count by themselves: plain, serial and identity, and the ways between them.
//!
//! A sequence that gives way hands its position to the next one, so that no number comes twice.

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{Planner, hazard, path_sql};
use super::render::identity_sql;
use super::step::{Effort, LockLevel, Step};
use crate::diff::Place;
use crate::model::{Column, DataType, Identity, quote, quote_literal};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Serial,
    Identity,
}

fn kind(column: &Column) -> Kind {
    match column {
        Column { identity: Some(_), .. } => Kind::Identity,
        Column { data_type: DataType::Serial(_), .. } => Kind::Serial,
        _ => Kind::Plain,
    }
}

/// Between two steps of one transaction, the position is kept in a setting.
const POSITION: &str = "stk.position";

impl Planner<'_> {
    pub fn change_numbering(&mut self, place: &Place<'_>, name: &str, before: &Column, after: &Column) {
        let (was, is) = (kind(before), kind(after));
        if let (Some(before), Some(after)) = (&before.identity, &after.identity) {
            self.alter_identity(place, name, before, after);
        }
        if was == is {
            return;
        }
        let group = self.group();
        let sequence = self.facts.sequence(place.schema, place.name, name).map(str::to_owned);
        let kept = was != Kind::Plain && is != Kind::Plain && sequence.is_some();
        let push = |planner: &mut Self, step: Step| planner.push_in(Stage::Identity, group, step);
        if let Some(sequence) = sequence.as_deref().filter(|_| kept) {
            let lock = Step::new(
                format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", path_sql(place)),
                format!("hold {} while its numbering changes", place.path()),
            );
            push(self, self.on(place, LockLevel::AccessExclusive, Effort::Catalog, lock));
            push(self, self.keep_position(place, name, sequence));
        }
        for step in self.stop_counting(place, name, was, sequence.as_deref()) {
            push(self, step);
        }
        for step in self.start_counting(place, name, after, kept) {
            push(self, step);
        }
    }

    pub fn keep_position(&self, place: &Place<'_>, name: &str, sequence: &str) -> Step {
        let sql = format!(
            "SELECT set_config('{POSITION}', (SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM {sequence})::text, true)"
        );
        Step::new(sql, format!("keep the position of {}", place.inside(name)))
    }

    fn stop_counting(&self, place: &Place<'_>, name: &str, was: Kind, sequence: Option<&str>) -> Vec<Step> {
        let quoted = quote(name);
        match was {
            Kind::Plain => Vec::new(),
            Kind::Identity => {
                let action = format!("ALTER COLUMN {quoted} DROP IDENTITY");
                vec![self.alter(place, &action, format!("make {} no identity", place.inside(name)))]
            }
            Kind::Serial => {
                let action = format!("ALTER COLUMN {quoted} DROP DEFAULT");
                let mut steps =
                    vec![self.alter(place, &action, format!("make {} no serial", place.inside(name)))];
                if let Some(sequence) = sequence {
                    let sql = format!("DROP SEQUENCE {sequence}");
                    steps.push(Step::new(sql, format!("drop the sequence of {}", place.inside(name))));
                }
                steps
            }
        }
    }

    fn start_counting(&self, place: &Place<'_>, name: &str, after: &Column, kept: bool) -> Vec<Step> {
        let (quoted, path) = (quote(name), path_sql(place));
        let owned = format!("pg_get_serial_sequence({}, {})", quote_literal(&path), quote_literal(name));
        let mut steps = Vec::new();
        let increment = match kind(after) {
            Kind::Plain => return steps,
            Kind::Identity => {
                let Some(identity) = &after.identity else { return steps };
                let action = format!("ALTER COLUMN {quoted} ADD{}", identity_sql(identity));
                let mut step = self.alter(place, &action, format!("make {} an identity", place.inside(name)));
                if identity.always {
                    step.hazards.push(always(place, name));
                }
                steps.push(step);
                identity.increment
            }
            Kind::Serial => {
                let sequence = self.free_name(place, &format!("{}_{name}_seq", place.name));
                let data_type = super::columns::type_sql(after);
                let create = format!("CREATE SEQUENCE {sequence} AS {data_type} OWNED BY {path}.{quoted}");
                steps.push(Step::new(create, format!("create a sequence for {}", place.inside(name))));
                let default =
                    format!("ALTER COLUMN {quoted} SET DEFAULT nextval({})", quote_literal(&sequence));
                steps.push(self.alter(place, &default, format!("make {} a serial", place.inside(name))));
                1
            }
        };
        steps.push(if kept {
            let sql = format!("SELECT setval({owned}, current_setting('{POSITION}')::bigint, false)");
            Step::new(sql, format!("count {} on from where it was", place.inside(name)))
        } else {
            self.set_to_largest(place, name, &owned, increment)
        });
        steps
    }

    /// A name for a relation that nothing in the schema has, qualified.
    fn free_name(&self, place: &Place<'_>, wanted: &str) -> String {
        let taken = self.live.schemas.get(place.schema).is_some_and(|it| {
            it.sequences.contains_key(wanted)
                || it.tables.contains_key(wanted)
                || it.views.contains_key(wanted)
        });
        let too_long = wanted.len() > 63;
        let name = if taken || too_long {
            super::planner::temporary(place.schema, place.name, wanted).replace("stk_tmp_", "seq_")
        } else {
            wanted.to_owned()
        };
        super::planner::NORMAL.qualified(place.schema, &name)
    }

    fn alter_identity(&mut self, place: &Place<'_>, name: &str, before: &Identity, after: &Identity) {
        let mut actions = Vec::new();
        if before.always != after.always {
            actions.push(format!("SET GENERATED {}", if after.always { "ALWAYS" } else { "BY DEFAULT" }));
        }
        let limit = |word: &str, value: Option<i64>, default: &str| match value {
            Some(value) => format!("SET {word} {value}"),
            None => format!("SET {default}"),
        };
        if before.increment != after.increment {
            actions.push(format!("SET INCREMENT BY {}", after.increment));
        }
        if before.min != after.min {
            actions.push(limit("MINVALUE", after.min, "NO MINVALUE"));
        }
        if before.max != after.max {
            actions.push(limit("MAXVALUE", after.max, "NO MAXVALUE"));
        }
        if before.start != after.start {
            actions.push(format!("SET START WITH {}", after.start));
        }
        if before.cache != after.cache {
            actions.push(limit("CACHE", after.cache, "CACHE 1"));
        }
        if before.cycle != after.cycle {
            actions.push(format!("SET {}", if after.cycle { "CYCLE" } else { "NO CYCLE" }));
        }
        if actions.is_empty() {
            return;
        }
        let action = format!("ALTER COLUMN {} {}", quote(name), actions.join(" "));
        let mut step = self.alter(place, &action, format!("change how {} counts", place.inside(name)));
        if after.always && !before.always {
            step.hazards.push(always(place, name));
        }
        self.push(Stage::Identity, step);
    }
}

fn always(place: &Place<'_>, name: &str) -> super::hazard::Hazard {
    let message = format!("`{}` can no longer be given a value", place.inside(name));
    hazard(HazardCode::WritesRefused, place.inside(name), message)
}
