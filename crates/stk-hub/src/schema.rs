//! The schema part of an apply: HCL to a plan for each database, the plans judged, and then run.
//!
//! All databases are planned before any is changed. Two databases are not one transaction: where the second fails, the
//! first stays as it is, and applying again does what is left. Open hazards refuse before anything is changed.

pub mod atlas;
pub mod compare;
mod logic;
mod plan;
pub mod runs;
mod tell;
mod track;

use std::collections::BTreeMap;
use std::time::Duration;

use stk_contract::hub::{Diagnostic, SchemaStep};
use stk_contract::{ErrorCode, Hash, Problem, Release};
use stk_project::{Project, SchemaFile};
use stk_schema::{Apply, ApplyOptions, Event, HazardCode, Plan, ScratchDatabase};

use crate::apply::{ApplyError, Place, Sessions};
use crate::databases::Session;
use crate::failpoint;
use crate::state::State;
use crate::store::audit::Entry;

pub use plan::Planned;
pub use tell::unchecked_warning;
pub use track::Tracker;

/// How long an apply waits for another one on the same database.
const QUEUE_MAX: Duration = Duration::from_secs(10);

/// What was approved of a change, and who watches it.
#[derive(Default)]
pub struct Approval {
    pub allow: Vec<HazardCode>,
    /// By alias: exactly these plans are run. Where there are none, the change is planned anew.
    pub plans: BTreeMap<String, Planned>,
    pub tracker: Option<Tracker>,
}

impl Approval {
    /// Reads codes of hazards as they came.
    pub fn of(allow: &[String]) -> Result<Approval, ApplyError> {
        let mut codes = Vec::new();
        for code in allow {
            codes.extend(named(code)?);
        }
        Ok(Approval { allow: codes, ..Approval::default() })
    }
}

/// The hazards of a code, or of a class such as `STK-L*`. What loses data is allowed by its own code only.
fn named(code: &str) -> Result<Vec<HazardCode>, ApplyError> {
    if let Some(prefix) = code.strip_suffix('*')
        && ["STK-B", "STK-L"].contains(&prefix)
    {
        let of_class = HazardCode::ALL.iter().filter(|code| code.as_str().starts_with(prefix));
        return Ok(of_class.copied().collect());
    }
    let unknown = |error| {
        Problem::new(ErrorCode::InvalidCall)
            .detail(format!("{error}."))
            .hint("codes look like STK-D102; `stk schema plan` shows those of a change")
            .into()
    };
    code.parse::<HazardCode>().map(|code| vec![code]).map_err(unknown)
}

/// A change of every database of a project to what its file says; in a dry run, only how.
pub struct Change<'a> {
    pub place: Place<'a>,
    pub project: &'a Project,
    pub dry_run: bool,
    pub rehearsal: bool,
    pub approval: &'a Approval,
    /// What serves while the schema changes, and its number.
    pub deployed: Option<(&'a Release, u64)>,
}

/// What came of it.
#[derive(Default)]
pub struct Changed {
    pub steps: Vec<SchemaStep>,
    /// Of a dry run, by alias: copies of the databases as they will be. To be removed.
    pub copies: BTreeMap<String, ScratchDatabase>,
    /// Whether there is a copy of every database that would change.
    pub all_copied: bool,
}

impl Change<'_> {
    /// Gives the steps, and brings `fingerprints` up to date. Errors of the files are diagnostics.
    pub async fn run(
        &self,
        state: &State,
        sessions: &mut Sessions,
        fingerprints: &mut BTreeMap<String, String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Changed, ApplyError> {
        let mut plans = self.approval.plans.clone();
        if plans.is_empty() {
            plans = match self.plan(sessions, fingerprints, diagnostics).await {
                Some(plans) => plans,
                None => return Ok(Changed::default()),
            };
        }
        let steps: Vec<SchemaStep> = plans.iter().flat_map(|(alias, it)| it.schema_steps(alias)).collect();
        let open = self.open_hazards(&plans);
        if self.dry_run {
            diagnostics.extend(open.into_iter().map(tell::as_warning));
            let mut copies = BTreeMap::new();
            let mut all_copied = true;
            for (alias, planned) in plans {
                let is_empty = planned.plan.is_empty();
                match planned.into_copy() {
                    Some(copy) => drop(copies.insert(alias, copy)),
                    None => all_copied &= is_empty,
                }
            }
            return Ok(Changed { steps, copies, all_copied });
        }
        if !open.is_empty() {
            diagnostics.extend(open);
            return Ok(Changed::default());
        }
        if !steps.is_empty() {
            self.audit(state, &steps).await?;
            failpoint::hit("schema_audited");
        }
        for (alias, planned) in &plans {
            // Every plan was made over the session of its alias.
            let (Some(session), Some(file)) = (sessions.get_mut(alias), self.project.schema.get(alias))
            else {
                continue;
            };
            if !self.apply(session, (alias, file), planned, fingerprints, diagnostics).await? {
                break;
            }
        }
        Ok(Changed { steps, ..Changed::default() })
    }

    /// Applies one database's plan; false where it failed.
    async fn apply(
        &self,
        session: &mut Session,
        (alias, file): (&String, &SchemaFile),
        planned: &Planned,
        fingerprints: &mut BTreeMap<String, String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<bool, ApplyError> {
        if !planned.plan.is_empty() {
            let done = match &planned.atlas {
                Some(_) => atlas::apply(session, file, self.approval.tracker.as_ref(), alias).await,
                None => self.run_plan(session, alias, file, &planned.plan).await,
            };
            if let Err(error) = done {
                diagnostics.push(tell::failed(alias, file, error)?);
                return Ok(false);
            }
            match session.fingerprint().await {
                Ok(fingerprint) => drop(fingerprints.insert(alias.clone(), fingerprint)),
                Err(error) => diagnostics.push(error.diagnostic(alias)),
            }
        }
        if let Some(fingerprint) = fingerprints.get(alias) {
            session.settle(hash(file), fingerprint.clone());
        }
        Ok(true)
    }

    /// Over a connection of its own: if this is dropped half-way, the lock and the statement go with it.
    async fn run_plan(
        &self,
        session: &mut Session,
        alias: &str,
        file: &SchemaFile,
        plan: &Plan,
    ) -> Result<(), tell::Failure> {
        let mut worker = session.beside().await.map_err(tell::Failure::Session)?;
        let options = ApplyOptions { queue_max: QUEUE_MAX, ..ApplyOptions::default() };
        let target = hash(file).to_string();
        let tracker = self.approval.tracker.clone();
        let stop = tracker.as_ref().map(Tracker::stop);
        let mut observer = |event: Event| {
            match &event {
                Event::Started { step } => failpoint::hit_step(step + 1, "before"),
                Event::Ran { step } => failpoint::hit_step(step + 1, "after"),
                _ => {}
            }
            if let Some(tracker) = &tracker {
                tracker.observe(alias, &event);
            }
        };
        let mut apply = Apply::new(plan, &options)
            .operator(self.place.operator)
            .target(&target)
            .observer(&mut observer)
            .monitor(session.client());
        if let Some(stop) = stop {
            apply = apply.stop(stop);
        }
        apply.run(&mut worker.client).await.map_err(tell::Failure::Apply)?;
        Ok(())
    }

    /// A diagnostic for each hazard that must be allowed and is not.
    fn open_hazards(&self, plans: &BTreeMap<String, Planned>) -> Vec<Diagnostic> {
        let mut open = Vec::new();
        for (alias, planned) in plans {
            let Some(file) = self.project.schema.get(alias) else { continue };
            for (index, hazard) in planned.plan.open_hazards(&self.approval.allow) {
                open.push(tell::hazard(file, alias, &planned.plan.steps[index], hazard));
            }
        }
        open
    }

    async fn audit(&self, state: &State, steps: &[SchemaStep]) -> Result<(), ApplyError> {
        let Place { project, env, operator } = self.place;
        let mut lines: Vec<String> =
            steps.iter().map(|step| format!("{}: {}", step.alias, step.summary)).collect();
        if !self.approval.allow.is_empty() {
            let codes: Vec<&str> = self.approval.allow.iter().map(|code| code.as_str()).collect();
            lines.push(format!("allowed: {}", codes.join(" ")));
        }
        let detail = lines.join("\n");
        Ok(state
            .store
            .audit(&Entry { operator, action: "schema.apply", project, env, detail: &detail })
            .await?)
    }
}

/// Has logic described over the copies that a dry run left, which are as the databases will be.
pub async fn look_at_copies(
    copies: &BTreeMap<String, ScratchDatabase>,
    sessions: &mut Sessions,
    fingerprints: &mut BTreeMap<String, String>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (alias, copy) in copies {
        let Some(session) = sessions.get_mut(alias) else { continue };
        match session.describe_over(Some(copy.name())).await {
            // What was proved on the database as it is says nothing of the copy.
            Ok(()) => drop(fingerprints.insert(alias.clone(), format!("copy {}", copy.name()))),
            Err(error) => diagnostics.push(error.diagnostic(alias)),
        }
    }
}

/// Removes the copies that a dry run left.
pub async fn remove_copies(copies: BTreeMap<String, ScratchDatabase>, sessions: &mut Sessions) {
    for (alias, copy) in copies {
        let Some(session) = sessions.get_mut(&alias) else { continue };
        // The copy has a connection of the describer, which goes first.
        let forgotten = session.describe_over(None).await.is_ok();
        if let Err(error) = copy.remove(session.client()).await {
            tracing::warn!(%error, alias, forgotten, "a scratch database stays until a later plan removes it");
        }
    }
}

fn hash(file: &SchemaFile) -> Hash {
    Hash::of(file.text.as_bytes())
}
