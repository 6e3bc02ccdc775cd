//! Partitions: made beside the traffic of their table, attached, detached, dropped.

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, hazard, path_sql};
use super::step::{Effort, Lock, LockLevel, Step};
use crate::diff::{Change, Place};
use crate::model::{Bound, ObjectKind, PartitionTable};

impl<'a> Planner<'a> {
    pub fn partition(&mut self, change: &'a Change<'a>) {
        match change {
            Change::CreatePartition { place, partition } => self.create_partition(place, partition),
            Change::AttachPartition { place, partition } => {
                let step = self.attach(place, partition);
                self.push(Stage::Exclusion, step);
            }
            Change::DetachPartition { place, partition } => {
                let summary = format!("make {} a table of its own", place.path());
                let step = self.detach(place, partition, summary, true);
                self.push(Stage::Loosen, step);
            }
            Change::AlterPartition { place, before, after } => self.alter_partition(place, before, after),
            Change::DropPartition { place, partition } => self.drop_partition(place, partition),
            _ => {}
        }
    }

    fn create_partition(&mut self, place: &Place<'_>, partition: &PartitionTable) {
        let parent = NORMAL.qualified(&partition.parent_schema, &partition.parent);
        let summary =
            format!("create partition {} of {}.{}", place.path(), partition.parent_schema, partition.parent);
        if self.is_new(&partition.parent_schema, &partition.parent) {
            let sql = NORMAL.create_partition(place.schema, place.name, partition);
            self.make(ObjectKind::Partition, place, Step::new(sql.text, summary));
            return;
        }
        // CREATE TABLE … PARTITION OF would lock the parent for readers too; ATTACH does not.
        let with = super::render::with(&partition.storage_params);
        let unlogged = if partition.unlogged { "UNLOGGED " } else { "" };
        let by =
            partition.partition.as_ref().map(|it| format!(" PARTITION BY {}", NORMAL.partition(it).text));
        let sql = format!(
            "CREATE {unlogged}TABLE {} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE){}{with}",
            path_sql(place),
            by.unwrap_or_default(),
        );
        self.make(ObjectKind::Partition, place, Step::new(sql, summary));
        let step = self.attach(place, partition);
        self.push(Stage::Attach, step);
    }

    fn attach(&self, place: &Place<'_>, partition: &PartitionTable) -> Step {
        let parent =
            Place { schema: &partition.parent_schema, name: &partition.parent, origin: place.origin };
        let sql = format!(
            "ALTER TABLE {} ATTACH PARTITION {} {}",
            path_sql(&parent),
            path_sql(place),
            NORMAL.bound(&partition.bound)
        );
        let step = Step::new(sql, format!("attach partition {} to {}", place.path(), parent.path()));
        let mut step = self.on(&parent, LockLevel::ShareUpdateExclusive, Effort::Catalog, step);
        if !self.is_new(place.schema, place.name) {
            step = self.on(place, LockLevel::AccessExclusive, Effort::Scan, step);
            let message = format!("rows of `{}` may be outside the bounds of the partition", place.path());
            step.hazards.push(hazard(HazardCode::OutsidePartition, place.path(), message));
            let message = format!("nobody can use `{}` while its rows are checked", place.path());
            step.hazards.push(
                hazard(HazardCode::ScanUnderLock, place.path(), message).counting(&path_sql(place), ""),
            );
        }
        if let Some(default) = self.default_partition(partition) {
            let at = Place { schema: default.0, name: default.1, origin: place.origin };
            let (schema, table) = (at.schema.to_owned(), at.name.to_owned());
            step.locks.push(Lock { level: LockLevel::AccessExclusive, schema, table });
            step.effort = Effort::Scan;
            let message = format!("the rows of the default partition `{}` are checked under lock", at.path());
            step.hazards
                .push(hazard(HazardCode::ScanUnderLock, at.path(), message).counting(&path_sql(&at), ""));
        }
        step
    }

    /// The partition beside it that takes the rows of no other.
    fn default_partition(&self, partition: &PartitionTable) -> Option<(&'a str, &'a str)> {
        self.live.schemas.iter().find_map(|(schema, it)| {
            let beside = it.partitions.iter().find(|(_, other)| {
                other.bound == Bound::Default
                    && (&other.parent_schema, &other.parent) == (&partition.parent_schema, &partition.parent)
            });
            beside.map(|(name, _)| (schema.as_str(), name.as_str()))
        })
    }

    /// To be dropped, beside the traffic of the table, unless a default partition is there: then Postgres does not offer
    /// it. What stays as a table is detached under a short lock, for the other way leaves it a check of its bounds.
    fn detach(&self, place: &Place<'_>, partition: &PartitionTable, summary: String, stays: bool) -> Step {
        let parent =
            Place { schema: &partition.parent_schema, name: &partition.parent, origin: place.origin };
        let sql = format!("ALTER TABLE {} DETACH PARTITION {}", path_sql(&parent), path_sql(place));
        if stays || self.default_partition(partition).is_some() {
            let step = self.on(&parent, LockLevel::AccessExclusive, Effort::Catalog, Step::new(sql, summary));
            return self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
        }
        let step = Step::new(format!("{sql} CONCURRENTLY"), summary).outside();
        self.on(&parent, LockLevel::ShareUpdateExclusive, Effort::Catalog, step)
    }

    fn alter_partition(&mut self, place: &Place<'_>, before: &PartitionTable, after: &PartitionTable) {
        if !before.beyond.is_empty() {
            let message =
                format!("the partition `{}` has of its own: {}", place.path(), before.beyond.join(", "));
            self.refuse(place.origin, message, "drop that by hand, or give it to the whole table");
            return;
        }
        if before.partition != after.partition {
            let message =
                format!("Postgres can not change how the partition `{}` is itself partitioned", place.path());
            self.refuse(place.origin, message, "make a new partition, and move the rows");
            return;
        }
        if before.unlogged != after.unlogged {
            let word = if after.unlogged { "UNLOGGED" } else { "LOGGED" };
            let step = self.alter(
                place,
                &format!("SET {word}"),
                format!("make {} {}", place.path(), word.to_lowercase()),
            );
            self.push(Stage::Attach, step);
        }
        if before.storage_params != after.storage_params {
            self.set_storage("TABLE", place, place.name, &before.storage_params, &after.storage_params);
        }
        let moved = (&before.parent_schema, &before.parent) != (&after.parent_schema, &after.parent);
        if moved || before.bound != after.bound {
            let group = self.group();
            let parent = Place { schema: &before.parent_schema, name: &before.parent, origin: place.origin };
            let sql = format!("ALTER TABLE {} DETACH PARTITION {}", path_sql(&parent), path_sql(place));
            let step = Step::new(sql, format!("detach partition {}, to give it other bounds", place.path()));
            let step = self.on(&parent, LockLevel::AccessExclusive, Effort::Catalog, step);
            self.push_in(Stage::Attach, group, step);
            let step = self.attach(place, after);
            self.push_in(Stage::Attach, group, step);
        }
    }

    fn drop_partition(&mut self, place: &Place<'_>, partition: &PartitionTable) {
        let step = self.detach(place, partition, format!("detach partition {}", place.path()), false);
        self.push(Stage::Drop, step);
        let step =
            Step::new(format!("DROP TABLE {}", path_sql(place)), format!("drop partition {}", place.path()));
        let mut step = self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step);
        step.rows = self.facts.rows(place.schema, place.name);
        let message = format!("the partition `{}` is dropped with its rows", place.path());
        step.hazards
            .push(hazard(HazardCode::DropPartition, place.path(), message).counting(&path_sql(place), ""));
        self.push(Stage::Drop, step);
    }
}
