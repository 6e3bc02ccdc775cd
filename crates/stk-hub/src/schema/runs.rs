//! Applies of approved plans, which go on when the one who asked is gone. What the API tells of one is in the store, so
//! that every Hub can tell it; the ledger in the user's database is what decides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stk_contract::hub::schema::{SchemaApply, SchemaApplyRequest, SchemaApplyState, SchemaPlan};
use stk_contract::hub::{ApplyRequest, ApplyScope, Files};
use stk_contract::{ErrorCode, Hash, Problem};

use super::{Approval, Planned, Tracker};
use crate::apply::{self, ApplyError, Place};
use crate::state::State;
use crate::store::StoreError;

/// How often the store is told how far an apply is, and asked whether it is to stop.
const BEAT: Duration = Duration::from_millis(300);

/// What is kept of a plan.
#[derive(Serialize, Deserialize)]
pub struct Stored {
    pub files: Files,
    pub plans: BTreeMap<String, Planned>,
    pub wire: SchemaPlan,
}

impl Stored {
    /// The id of a plan: a hash over all that it says.
    pub fn id(place: Place<'_>, files: &Files, plans: &BTreeMap<String, Planned>) -> Hash {
        let plans: Vec<(&String, Hash)> = plans.iter().map(|(alias, it)| (alias, it.plan.id())).collect();
        let text = serde_json::to_string(&(place.project, place.env, files, plans));
        Hash::of(text.expect("texts and hashes").as_bytes())
    }
}

/// The plan of this id, if this environment's operators made it.
async fn load(state: &State, place: Place<'_>, id: &Hash) -> Result<Stored, ApplyError> {
    let missing = || {
        Problem::new(ErrorCode::NotFound)
            .detail(format!("There is no plan {id} of `{}/{}`.", place.project, place.env))
            .hint("a plan is applied where it was made, exactly as it was made; plan again with `stk schema plan`")
    };
    let body = state.store.schema_plan((place.project, place.env), id).await?.ok_or_else(missing)?;
    let damaged =
        |error: serde_json::Error| StoreError::Damaged { what: "a schema plan", why: error.to_string() };
    Ok(serde_json::from_str(&body).map_err(damaged)?)
}

/// Who asked, and where.
struct Owner {
    project: String,
    env: String,
    operator: String,
}

impl Owner {
    fn place(&self) -> Place<'_> {
        Place { project: &self.project, env: &self.env, operator: &self.operator }
    }
}

/// Begins an apply, and gives what is known of it at once.
pub async fn start(
    state: Arc<State>,
    place: Place<'_>,
    request: SchemaApplyRequest,
) -> Result<SchemaApply, ApplyError> {
    let mut approval = Approval::of(&request.allow)?;
    let stored = load(&state, place, &request.plan).await?;
    if request.shown.as_ref().is_some_and(|shown| *shown != stored.wire) {
        return Err(Problem::new(ErrorCode::Conflict)
            .detail(format!(
                "What was approved is not what the plan {} says: it was changed after it was made.",
                request.plan
            ))
            .hint("plan again with `stk schema plan --out FILE`, and have that approved")
            .into());
    }
    let tracker = Tracker::new(stored.plans.iter());
    approval.plans = stored.plans;
    approval.tracker = Some(tracker.clone());
    let scope = (place.project, place.env);
    let id = state.store.begin_schema_apply(scope, &request.plan, place.operator, &request.allow).await?;
    let begun = SchemaApply {
        id: id.unsigned_abs(),
        plan: request.plan,
        operator: place.operator.to_owned(),
        state: SchemaApplyState::Running,
        steps: tracker.progress().borrow().steps.clone(),
        waits_for: None,
        problem: None,
        result: None,
    };
    state.store.beat_schema_apply(id, &text(&begun)).await?;
    let owner = Owner {
        project: place.project.to_owned(),
        env: place.env.to_owned(),
        operator: place.operator.to_owned(),
    };
    let request = ApplyRequest {
        scope: ApplyScope::Schema,
        files: stored.files,
        expected_number: request.expected_number,
        dry_run: false,
        allow: request.allow,
    };
    tokio::spawn(run(state, owner, id, begun.clone(), request, approval));
    Ok(begun)
}

async fn run(
    state: Arc<State>,
    owner: Owner,
    id: i64,
    mut told: SchemaApply,
    request: ApplyRequest,
    approval: Approval,
) {
    let Some(tracker) = approval.tracker.clone() else { return };
    let progress = tracker.progress();
    let mut work = std::pin::pin!(apply::apply_with(&state, owner.place(), request, approval));
    let mut beat = tokio::time::interval(BEAT);
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            _ = beat.tick() => {
                {
                    let now = progress.borrow();
                    (told.steps, told.waits_for) = (now.steps.clone(), now.waits_for.clone());
                }
                // With the store gone the work goes on: its own ledger is in the user's database.
                match state.store.beat_schema_apply(id, &text(&told)).await {
                    Ok(true) => tracker.ask_to_stop(),
                    Ok(false) => {}
                    Err(error) => tracing::warn!(%error, id, "the progress of a schema apply is not told"),
                }
            }
        }
    };
    told.steps = progress.borrow().steps.clone();
    told.waits_for = None;
    let word = match outcome {
        Ok(result) => {
            (told.state, told.result) = (SchemaApplyState::Done, Some(result));
            "done"
        }
        Err(error) => {
            if !matches!(error, ApplyError::Refused(_)) {
                tracing::error!(error = crate::causes::chain(&error), id, "a schema apply failed");
            }
            (told.state, told.problem) =
                (SchemaApplyState::Failed, Some(crate::api::ApiError::from(error).problem()));
            "failed"
        }
    };
    if let Err(error) = state.store.end_schema_apply(id, word, &text(&told)).await {
        tracing::error!(%error, id, "the end of a schema apply is not told");
    }
}

/// What is known of an apply.
pub async fn show(state: &State, place: Place<'_>, id: u64) -> Result<SchemaApply, ApplyError> {
    let missing = || Problem::new(ErrorCode::NotFound).detail(format!("There is no schema apply {id}."));
    let row = i64::try_from(id).map_err(|_| missing())?;
    let row = state.store.schema_apply((place.project, place.env), row).await?.ok_or_else(missing)?;
    let damaged =
        |error: serde_json::Error| StoreError::Damaged { what: "a schema apply", why: error.to_string() };
    let mut found: SchemaApply = serde_json::from_str(&row.body).map_err(damaged)?;
    if row.interrupted {
        found.state = SchemaApplyState::Interrupted;
    }
    Ok(found)
}

/// Asks for an apply to stop.
pub async fn cancel(state: &State, place: Place<'_>, id: u64) -> Result<(), ApplyError> {
    let row = i64::try_from(id).unwrap_or(0);
    if state.store.cancel_schema_apply((place.project, place.env), row, place.operator).await? {
        return Ok(());
    }
    let detail = format!("There is no schema apply {id} under way.");
    Err(Problem::new(ErrorCode::NotFound).detail(detail).into())
}

fn text(told: &SchemaApply) -> String {
    serde_json::to_string(told).expect("a wire type is JSON")
}
