//! Plans, inspections and comparisons of the schema: the way to the databases is that of an apply, and nothing changes.

use std::collections::BTreeMap;

use stk_contract::hub::schema::{
    BrokenLogic, SchemaDiff, SchemaDiffRequest, SchemaInspectRequest, SchemaInspection, SchemaPlan,
    SchemaPlanRequest, SchemaSource,
};
use stk_contract::hub::{ApplyScope, Diagnostic};
use stk_contract::{ErrorCode, Problem};
use stk_project::{Files, Project};
use stk_schema::HazardCode;
use zeroize::Zeroizing;

use super::before::{self, Before};
use super::{ApplyError, Place, Sessions, files, fingerprints, refuse_errors, secrets};
use crate::provision::open_secrets;
use crate::schema::runs::Stored;
use crate::schema::{Approval, Change, Planned, compare};
use crate::state::State;

/// A project checked, and connections to its databases.
struct Opened {
    project: Project,
    sessions: Sessions,
    diagnostics: Vec<Diagnostic>,
}

async fn open(state: &State, place: Place<'_>, files: Files) -> Result<Opened, ApplyError> {
    let (project, mut diagnostics) = stk_project::check(place.project, &files);
    refuse_errors(&diagnostics)?;
    let secrets: BTreeMap<String, Zeroizing<String>> = open_secrets(state, place.project, place.env)
        .await?
        .into_iter()
        .map(|(name, (_, value))| (name, value))
        .collect();
    diagnostics.extend(secrets::missing(&project, &files, &secrets, place.env));
    refuse_errors(&diagnostics)?;
    let sessions = state.databases.open(place, &project.config, &secrets, &mut diagnostics).await;
    refuse_errors(&diagnostics)?;
    Ok(Opened { project, sessions, diagnostics })
}

/// Plans the schema of the sent files, and keeps the plan.
pub async fn plan_schema(
    state: &State,
    place: Place<'_>,
    request: SchemaPlanRequest,
) -> Result<SchemaPlan, ApplyError> {
    let before = before::load(state, place).await?;
    let merged = files::merge(&before.files, ApplyScope::Schema, files::decode(&request.files)?);
    let Opened { project, mut sessions, mut diagnostics } = open(state, place, merged).await?;
    let known = fingerprints(&mut sessions, &mut diagnostics).await;
    let change = Change {
        place,
        project: &project,
        dry_run: false,
        rehearsal: request.rehearsal,
        approval: &Approval::default(),
        deployed: before.release().zip(before.number()),
    };
    let plans = change.plan(&mut sessions, &known, &mut diagnostics).await.unwrap_or_default();
    refuse_errors(&diagnostics)?;
    let id = Stored::id(place, &request.files, &plans);
    let wire = SchemaPlan {
        id,
        project: place.project.to_owned(),
        env: place.env.to_owned(),
        databases: plans.iter().map(|(alias, planned)| planned.to_wire(alias)).collect(),
        breaks: breaks(&plans, &before),
        open_hazards: open_hazards(&plans),
        diagnostics,
    };
    let stored = Stored { files: request.files, plans, wire: wire.clone() };
    let body = serde_json::to_string(&stored).expect("a plan is JSON");
    state.store.add_schema_plan((place.project, place.env), &id, place.operator, &body).await?;
    Ok(wire)
}

fn breaks(plans: &BTreeMap<String, Planned>, before: &Before) -> Vec<BrokenLogic> {
    let release = before.number().unwrap_or(0);
    let hazards = plans.values().flat_map(|planned| planned.plan.hazards().map(|(_, hazard)| hazard));
    hazards
        .filter(|hazard| hazard.code == HazardCode::LogicBreaks)
        .map(|hazard| BrokenLogic { path: hazard.subject.clone(), release, message: hazard.message.clone() })
        .collect()
}

fn open_hazards(plans: &BTreeMap<String, Planned>) -> Vec<String> {
    let mut codes: Vec<String> = plans
        .values()
        .flat_map(|planned| planned.plan.open_hazards(&[]).map(|(_, hazard)| hazard.code.to_string()))
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// A database as HCL.
pub async fn inspect_schema(
    state: &State,
    place: Place<'_>,
    request: SchemaInspectRequest,
) -> Result<SchemaInspection, ApplyError> {
    let before = before::load(state, place).await?;
    let mut opened = open(state, place, before.files.clone()).await?;
    compare::inspect(&opened.project, &mut opened.sessions, request).await
}

/// What makes one schema into another.
pub async fn diff_schema(
    state: &State,
    place: Place<'_>,
    request: SchemaDiffRequest,
) -> Result<SchemaDiff, ApplyError> {
    let before = before::load(state, place).await?;
    let mut releases = BTreeMap::new();
    for source in [&request.from, &request.to] {
        if let SchemaSource::Release(number) = source {
            releases.insert(*number, release(state, place, *number).await?);
        }
    }
    let mut opened = open(state, place, before.files.clone()).await?;
    compare::diff(&mut opened.sessions, request, &releases).await
}

/// The files of a release, parsed by this build.
async fn release(state: &State, place: Place<'_>, number: u64) -> Result<Project, ApplyError> {
    let missing = || {
        Problem::new(ErrorCode::NotFound)
            .detail(format!("There is no release {number} in `{}/{}`.", place.project, place.env))
            .hint("`stk release list` shows those that are there")
    };
    let found = state.store.numbered(place.project, place.env, Some(number)).await?.ok_or_else(missing)?;
    let files = files::unpack(&state.store.blob(&found.sources).await?)?;
    Ok(stk_project::check(place.project, &files).0)
}
