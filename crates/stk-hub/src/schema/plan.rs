//! Planning: one database at a time, with what an apply that was cut short left to do, a rehearsal, and the logic that
//! would break.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stk_contract::config::SchemaEngine;
use stk_contract::hub::schema::{DatabasePlan, PlannedHazard, PlannedStep, Resumes};
use stk_contract::hub::{Diagnostic, SchemaStep};
use stk_project::SchemaFile;
use stk_schema::{Hazard, Model, Plan, PlanError, Rehearsal, ScratchDatabase, Step};

use super::{Change, atlas, hash, logic, tell};
use crate::apply::Sessions;
use crate::databases::Session;

/// A database that is to be changed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Planned {
    pub plan: Plan,
    pub rehearsed: bool,
    pub resumes: Option<Resumes>,
    /// Where the `atlas` binary planned: its statements, which it will run itself.
    pub atlas: Option<Vec<String>>,
    /// How many rows a hazard concerns, by step and by its place there.
    pub counts: BTreeMap<String, u64>,
    /// The database as it will be, while somebody looks at it.
    #[serde(skip)]
    pub(super) copy: Option<ScratchDatabase>,
}

/// Without the copy, which there is only one of.
impl Clone for Planned {
    fn clone(&self) -> Planned {
        Planned {
            plan: self.plan.clone(),
            rehearsed: self.rehearsed,
            resumes: self.resumes.clone(),
            atlas: self.atlas.clone(),
            counts: self.counts.clone(),
            copy: None,
        }
    }
}

/// How long counting the rows of one hazard may take; past it nothing is said of them.
const COUNT_SETTINGS: &str = "SET LOCAL statement_timeout = '3s'; SET LOCAL lock_timeout = '200ms'";

impl Change<'_> {
    /// A plan for each database that may need one; none where a file has errors.
    pub async fn plan(
        &self,
        sessions: &mut Sessions,
        fingerprints: &BTreeMap<String, String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<BTreeMap<String, Planned>> {
        let mut plans = BTreeMap::new();
        let mut whole = true;
        for (alias, file) in &self.project.schema {
            // The project's own check has told of an alias without a database.
            let Some(session) = sessions.get_mut(alias) else { continue };
            let fingerprint = fingerprints.get(alias).map_or("", String::as_str);
            if session.is_settled(&hash(file), fingerprint) {
                continue;
            }
            match self.plan_one(alias, file, session).await {
                Ok(planned) => drop(plans.insert(alias.clone(), planned)),
                Err(found) => {
                    whole = false;
                    diagnostics.extend(found);
                }
            }
        }
        if whole {
            return Some(plans);
        }
        let copies = plans.into_iter().filter_map(|(alias, it)| Some((alias, it.into_copy()?)));
        super::remove_copies(copies.collect(), sessions).await;
        None
    }

    async fn plan_one(
        &self,
        alias: &str,
        file: &SchemaFile,
        session: &mut Session,
    ) -> Result<Planned, Vec<Diagnostic>> {
        let (model, found) = stk_schema::parse(&[(file.file.clone(), file.text.as_str())], &BTreeMap::new());
        if !found.is_empty() {
            return Err(found.into_iter().map(|diagnostic| tell::translate(diagnostic, file)).collect());
        }
        let engine = self.project.config.databases.get(alias).map(|database| database.engine);
        if engine == Some(SchemaEngine::Atlas) {
            return atlas::plan(session, file, &model).await;
        }
        if let Some(unfinished) = unfinished(file, session).await? {
            return Ok(unfinished);
        }
        let rehearsal = work_out(alias, file, session, &model).await?;
        let rehearsed = self.rehearsal && !rehearsal.as_plan().is_empty();
        let (breaks, copy) = match rehearsed {
            true => self.rehearse(alias, file, session, &rehearsal).await?,
            false => (Vec::new(), None),
        };
        let mut plan = rehearsal.into_plan();
        // What breaks is known for the whole, and told where the whole is done.
        if let Some(last) = plan.steps.last_mut() {
            last.hazards.extend(breaks);
        }
        let counts = counts(session, &plan).await;
        Ok(Planned { plan, rehearsed, counts, copy, ..Planned::default() })
    }

    /// Runs the plan on a copy: what logic breaks, and in a dry run the copy.
    async fn rehearse(
        &self,
        alias: &str,
        file: &SchemaFile,
        session: &mut Session,
        rehearsal: &Rehearsal,
    ) -> Result<(Vec<Hazard>, Option<ScratchDatabase>), Vec<Diagnostic>> {
        let deployed = self.deployed.map_or_else(Vec::new, |(release, _)| logic::deployed(release, alias));
        let mut statements: Vec<&str> = deployed.iter().map(|statement| statement.sql).collect();
        let keep = self.dry_run;
        if keep {
            statements.extend(logic::of_project(self.project, alias));
        }
        let connect = session.connector();
        let found = rehearsal
            .run(session.client(), &connect, &statements, keep)
            .await
            .map_err(|error| vec![tell::rehearsal(alias, file, &error)])?;
        let number = self.deployed.map_or(0, |(_, number)| number);
        let mut hazards: Vec<Hazard> = Vec::new();
        for broken in &found.broken {
            if let Some(statement) = deployed.get(broken.index) {
                hazards.push(logic::hazard(statement, number, &broken.message));
            }
        }
        hazards.dedup();
        Ok((hazards, found.scratch))
    }
}

/// What is left of an apply to the same file that was cut short, if the database is as it left it.
async fn unfinished(file: &SchemaFile, session: &mut Session) -> Result<Option<Planned>, Vec<Diagnostic>> {
    let found = stk_schema::unfinished(session.client())
        .await
        .map_err(|error| vec![tell::whole_file(file, "schema.database", error.to_string())])?;
    let Some(found) = found.filter(|it| it.can_resume && it.target == hash(file).to_string()) else {
        return Ok(None);
    };
    let resumes = Resumes { operator: found.operator, started_at: found.started_at, done: found.done as u64 };
    Ok(Some(Planned { plan: found.plan, rehearsed: true, resumes: Some(resumes), ..Planned::default() }))
}

pub(super) async fn work_out(
    alias: &str,
    file: &SchemaFile,
    session: &mut Session,
    model: &Model,
) -> Result<Rehearsal, Vec<Diagnostic>> {
    match Rehearsal::plan(session.client(), model).await {
        Ok(rehearsal) => Ok(rehearsal),
        Err(PlanError::Diagnostics(found)) => {
            Err(found.into_iter().map(|diagnostic| tell::translate(diagnostic, file)).collect())
        }
        Err(PlanError::Database(error)) => {
            let message = format!("the database `{alias}` could not be compared with the file: {error}");
            Err(vec![tell::whole_file(file, "schema.database", message)])
        }
    }
}

/// Counts the rows that hazards concern, as far as that is quick.
async fn counts(session: &mut Session, plan: &Plan) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (step, it) in plan.steps.iter().enumerate() {
        for (place, hazard) in it.hazards.iter().enumerate() {
            let Some(sql) = &hazard.count else { continue };
            let Ok(transaction) = session.client().transaction().await else { continue };
            if transaction.batch_execute(COUNT_SETTINGS).await.is_ok()
                && let Ok(row) = transaction.query_one(sql, &[]).await
                && let Ok(rows) = row.try_get::<_, i64>(0)
            {
                counts.insert(format!("{step}.{place}"), rows.unsigned_abs());
            }
        }
    }
    counts
}

impl Planned {
    pub fn into_copy(self) -> Option<ScratchDatabase> {
        self.copy
    }

    pub fn schema_steps(&self, alias: &str) -> Vec<SchemaStep> {
        let step = |step: &Step| SchemaStep {
            alias: alias.to_owned(),
            summary: step.summary.clone(),
            sql: step.sql.clone(),
        };
        self.plan.steps.iter().map(step).collect()
    }

    /// For people and CI.
    pub fn to_wire(&self, alias: &str) -> DatabasePlan {
        DatabasePlan {
            alias: alias.to_owned(),
            engine: if self.atlas.is_some() { "atlas" } else { "santokit" }.to_owned(),
            steps: wire_steps(&self.plan, &self.counts),
            unmanaged: self.plan.unmanaged.iter().map(unmanaged).collect(),
            rehearsed: self.rehearsed,
            resumes: self.resumes.clone(),
        }
    }
}

pub(super) fn unmanaged(it: &stk_schema::Unmanaged) -> String {
    match it.schema.as_str() {
        "" => format!("{} {}", it.kind, it.name),
        schema => format!("{} {schema}.{}", it.kind, it.name),
    }
}

/// The steps of a plan as the API tells them.
pub(super) fn wire_steps(plan: &Plan, counts: &BTreeMap<String, u64>) -> Vec<PlannedStep> {
    let firsts: Vec<usize> = plan
        .batches()
        .scan(0, |at, batch| {
            let first = *at;
            *at += batch.len();
            Some(first)
        })
        .collect();
    let step = |(index, step): (usize, &Step)| PlannedStep {
        summary: step.summary.clone(),
        sql: step.sql.clone(),
        joins_previous: !firsts.contains(&index),
        in_transaction: step.in_transaction,
        locks: step
            .locks
            .iter()
            .map(|lock| format!("{} on {}.{}", lock.level.as_sql(), lock.schema, lock.table))
            .collect(),
        rows: step.rows,
        hazards: step
            .hazards
            .iter()
            .enumerate()
            .map(|(place, hazard)| PlannedHazard {
                code: hazard.code.to_string(),
                subject: hazard.subject.clone(),
                message: hazard.message.clone(),
                hint: hazard.hint.clone(),
                rows: counts.get(&format!("{index}.{place}")).copied(),
                needs_approval: hazard.code.needs_approval(),
            })
            .collect(),
    };
    plan.steps.iter().enumerate().map(step).collect()
}
