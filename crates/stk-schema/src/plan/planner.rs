//! Changes to steps: the planner's state, and which part of it plans which change.
//!
//! It does no I/O: what it must know of the database is in [`Facts`].

use std::collections::HashSet;

use indexmap::IndexMap;

use super::draft::{Draft, Stage, arrange};
use super::facts::Facts;
use super::hazard::{Hazard, HazardCode};
use super::render::Renderer;
use super::sql::Sql;
use super::step::{Effort, Lock, LockLevel, Step};
use crate::diagnostic::{Diagnostic, Origin, code};
use crate::diff::text::mentions;
use crate::diff::{Change, Place, Rename};
use crate::model::{Model, Object, ObjectKind, quote};

pub(super) const NORMAL: Renderer<'static> = Renderer::Normal;

pub(super) struct Planner<'a> {
    /// With the renames done.
    pub live: &'a Model,
    pub desired: &'a Model,
    pub facts: &'a Facts,
    pub changes: &'a [Change<'a>],
    drafts: Vec<Draft>,
    /// What is made new or gets new parts, each with its steps.
    pub makes: IndexMap<Object, Vec<Step>>,
    /// Views that are dropped and made again, or dropped before their time.
    pub cleared: HashSet<(String, String)>,
    groups: usize,
    /// Foreign keys that are away while both their ends get another type, by schema, table and name.
    pub loosened: HashSet<(String, String, String)>,
    /// Constraints that were given a name, by schema, table and name.
    pub named: HashSet<(String, String, String)>,
    /// The group of all that happens while views are away.
    pub disturbance: Option<usize>,
    pub refused: Vec<Diagnostic>,
}

/// The steps, or why there can be none.
pub(super) fn steps(
    changes: &[Change<'_>],
    renames: &[Rename],
    (live, desired): (&Model, &Model),
    facts: &Facts,
) -> Result<Vec<Step>, Vec<Diagnostic>> {
    let mut planner = Planner {
        live,
        desired,
        facts,
        changes,
        drafts: Vec::new(),
        makes: IndexMap::new(),
        cleared: HashSet::new(),
        groups: 0,
        named: HashSet::new(),
        loosened: HashSet::new(),
        disturbance: None,
        refused: Vec::new(),
    };
    renames.iter().for_each(|rename| planner.rename(rename));
    planner.clear_views();
    planner.loosen_foreign_keys();
    for change in changes {
        planner.change(change);
    }
    planner.drops();
    planner.make_views_again();
    planner.order_makes();
    planner.forget_counts(renames);
    if planner.refused.is_empty() { Ok(arrange(planner.drafts)) } else { Err(planner.refused) }
}

impl<'a> Planner<'a> {
    /// A count is asked for before the plan runs: one that uses a name of the plan's own could only fail.
    fn forget_counts(&mut self, renames: &[Rename]) {
        let is_new = |sql: &String| renames.iter().any(|rename| mentions(sql, &rename.to));
        for hazard in self.drafts.iter_mut().flat_map(|draft| &mut draft.step.hazards) {
            hazard.count.take_if(|sql| is_new(sql));
        }
    }

    fn change(&mut self, change: &'a Change<'a>) {
        match change {
            Change::CreateSchema { .. }
            | Change::CreateExtension { .. }
            | Change::AlterExtension { .. }
            | Change::CreateEnum { .. }
            | Change::AlterEnum { .. }
            | Change::CreateDomain { .. }
            | Change::AlterDomain { .. }
            | Change::CreateComposite { .. }
            | Change::AlterComposite { .. }
            | Change::CreateSequence { .. }
            | Change::AlterSequence { .. }
            | Change::CreateFunction { .. }
            | Change::AlterFunction { .. }
            | Change::CreateView { .. }
            | Change::AlterView { .. } => self.object(change),
            Change::CreateTable { .. }
            | Change::AlterPartitionKey { .. }
            | Change::SetLogged { .. }
            | Change::SetStorage { .. }
            | Change::AddColumn { .. }
            | Change::AlterColumn { .. } => self.table(change),
            Change::CreatePartition { .. }
            | Change::AttachPartition { .. }
            | Change::DetachPartition { .. }
            | Change::AlterPartition { .. }
            | Change::DropPartition { .. } => self.partition(change),
            Change::AddKey { .. }
            | Change::AlterKey { .. }
            | Change::DropKey { .. }
            | Change::AddIndex { .. }
            | Change::AlterIndex { .. }
            | Change::DropIndex { .. } => self.index(change),
            Change::AddForeignKey { .. }
            | Change::AlterForeignKey { .. }
            | Change::DropForeignKey { .. }
            | Change::AddCheck { .. }
            | Change::AlterCheck { .. }
            | Change::DropCheck { .. }
            | Change::AddExclusion { .. }
            | Change::AlterExclusion { .. }
            | Change::DropExclusion { .. } => self.constraint(change),
            Change::AddTrigger { .. }
            | Change::AlterTrigger { .. }
            | Change::DropTrigger { .. }
            | Change::SetRowSecurity { .. }
            | Change::AddPolicy { .. }
            | Change::AlterPolicy { .. }
            | Change::DropPolicy { .. }
            | Change::Grant { .. }
            | Change::Revoke { .. } => self.access(change),
            Change::SetComment { on, comment } => self.comment(on, *comment),
            // All at once, in reverse order of need: see `drops`.
            Change::DropExtension { .. }
            | Change::DropEnum { .. }
            | Change::DropDomain { .. }
            | Change::DropComposite { .. }
            | Change::DropSequence { .. }
            | Change::DropFunction { .. }
            | Change::DropView { .. }
            | Change::DropTable { .. }
            | Change::DropColumn { .. } => {}
        }
    }

    pub fn push(&mut self, stage: Stage, step: Step) {
        self.push_in(stage, None, step);
    }

    pub fn push_in(&mut self, stage: Stage, group: Option<usize>, step: Step) {
        // What happens while views are away happens together.
        let within = matches!(stage, Stage::Clear | Stage::Disturb | Stage::Make);
        let group = group.or(self.disturbance.filter(|_| within));
        self.drafts.push(Draft { stage, group, step });
    }

    /// A group of steps that stay in one transaction.
    pub fn group(&mut self) -> Option<usize> {
        self.groups += 1;
        Some(self.groups)
    }

    /// A step that makes an object, or a part of one that other new objects may need.
    pub fn make(&mut self, kind: ObjectKind, place: &Place<'_>, step: Step) {
        let object = Object { kind, schema: place.schema.to_owned(), name: place.name.to_owned() };
        self.makes.entry(object).or_default().push(step);
    }

    pub fn refuse(&mut self, origin: &Origin, message: impl Into<String>, hint: &str) {
        self.refused.push(Diagnostic::at(code::IMPOSSIBLE, origin, message).hint(hint));
    }

    /// Whether this plan makes the table or view, so that nothing can be using it.
    pub fn is_new(&self, schema: &str, name: &str) -> bool {
        self.live.schemas.get(schema).is_none_or(|it| {
            !it.tables.contains_key(name) && !it.partitions.contains_key(name) && !it.views.contains_key(name)
        })
    }

    pub fn is_partitioned(&self, schema: &str, table: &str) -> bool {
        self.live.table(schema, table).is_some_and(|table| table.partition.is_some())
    }

    /// The step takes a lock on a table, if that is in use, and works on its rows.
    pub fn on(&self, place: &Place<'_>, level: LockLevel, effort: Effort, mut step: Step) -> Step {
        if !self.is_new(place.schema, place.name) {
            let (schema, table) = (place.schema.to_owned(), place.name.to_owned());
            step.locks.push(Lock { level, schema, table });
            step.effort = effort;
            if effort != Effort::Catalog {
                step.rows = self.facts.rows(place.schema, place.name);
            }
        }
        step
    }

    /// `ALTER TABLE …`, which blocks reads and writes for a moment.
    pub fn alter(&self, place: &Place<'_>, action: &str, summary: String) -> Step {
        let step = Step::new(format!("ALTER TABLE {} {action}", path_sql(place)), summary);
        self.on(place, LockLevel::AccessExclusive, Effort::Catalog, step)
    }

    /// [`Planner::alter`] of a statement that is written already.
    pub fn altered(&self, place: &Place<'_>, sql: Sql, summary: String) -> Step {
        self.on(place, LockLevel::AccessExclusive, Effort::Catalog, Step::new(sql.text, summary))
    }
}

/// `"public"."users"`
pub(super) fn path_sql(place: &Place<'_>) -> String {
    NORMAL.qualified(place.schema, place.name)
}

/// `"public"."users"."email"`
pub(super) fn column_sql(place: &Place<'_>, column: &str) -> String {
    format!("{}.{}", path_sql(place), quote(column))
}

pub(super) fn hazard(code: HazardCode, subject: impl Into<String>, message: impl Into<String>) -> Hazard {
    Hazard { code, subject: subject.into(), message: message.into(), hint: None, count: None }
}

impl Hazard {
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Hazard {
        self.hint = Some(hint.into());
        self
    }

    /// How many rows of `from` meet `condition`, or all.
    pub(super) fn counting(mut self, from: &str, condition: &str) -> Hazard {
        let filter = if condition.is_empty() { String::new() } else { format!(" WHERE {condition}") };
        self.count = Some(format!("SELECT count(*) FROM {from}{filter}"));
        self
    }
}

const TEMPORARY: &str = "stk_tmp_";

/// A name of the engine's own for what is to become `name`: the same each time, and unlike any other.
pub(super) fn temporary(schema: &str, table: &str, name: &str) -> String {
    // FNV-1a: the name must be the same in every build of the program.
    let mut hash: u32 = 0x811c_9dc5;
    for byte in [schema, "\0", table, "\0", name].into_iter().flat_map(str::bytes) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let short: String = name
        .chars()
        .scan(0, |len, c| {
            *len += c.len_utf8();
            (*len <= 40).then_some(c)
        })
        .collect();
    format!("{TEMPORARY}{short}_{hash:08x}")
}

/// Whether a name is one of [`temporary`]: what has it is the leftover of a plan that did not come to its end.
pub(super) fn is_temporary(name: &str) -> bool {
    name.trim_start_matches('~').starts_with(TEMPORARY)
}
