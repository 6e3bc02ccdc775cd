//! Apply: files in, one whole, checked release out, as one transaction of intent.
//!
//! In this order: files parsed again → secrets exist → schema changed (where the scope covers it) → every statement
//! described by the live database → release and attestation stored → blobs written → audit → the number switched by
//! compare-and-set → the pointer written. A crash anywhere leaves the old release or the new one.
//!
//! Deliberately absent: trust in what the uploader's `stk` found, and running anybody's logic.

mod attest;
mod before;
mod check;
mod columns;
mod files;
mod logic;
mod publish;
mod queries;
mod schemas;
pub use schemas::{diff_schema, inspect_schema, plan_schema};
pub mod secrets;
mod type_names;

use std::collections::BTreeMap;

use stk_contract::hub::{
    ApplyRequest, ApplyResult, ApplyScope, Diagnostic, RollbackRequest, SchemaStep, Severity,
};
use stk_contract::{ErrorCode, Problem};
use stk_project::{Files, Project};
use zeroize::Zeroizing;

use crate::databases::Session;
use crate::provision::{ProvisionError, open_secrets};
use crate::schema::{Approval, Changed};
use crate::state::State;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::{failpoint, schema};

use before::Before;

/// Where to, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub project: &'a str,
    pub env: &'a str,
    pub operator: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The caller's doing; nothing serves that did not before.
    #[error("refused: {}", .0.title)]
    Refused(Box<Problem>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// Before the switch: nothing serves that did not before.
    #[error("the KV can not be written")]
    Kv(#[from] stk_kv::KvError),
    #[error("what the store holds of a release can not be read")]
    Blob(#[from] stk_contract::package::BlobError),
}

impl From<Problem> for ApplyError {
    fn from(problem: Problem) -> ApplyError {
        ApplyError::Refused(Box::new(problem))
    }
}

/// What is to be checked and then served.
struct Work {
    files: Files,
    /// What the audit log and `stk release list` call it.
    origin: String,
    changes_schema: bool,
    dry_run: bool,
    /// What was approved of the schema's change.
    approval: Approval,
}

/// Makes a release of the request's files, and of the newest release's where the scope does not cover them.
pub async fn apply(
    state: &State,
    place: Place<'_>,
    request: ApplyRequest,
) -> Result<ApplyResult, ApplyError> {
    let approval = Approval::of(&request.allow)?;
    apply_with(state, place, request, approval).await
}

/// The same with what was approved, be it plans.
pub async fn apply_with(
    state: &State,
    place: Place<'_>,
    request: ApplyRequest,
    approval: Approval,
) -> Result<ApplyResult, ApplyError> {
    let before = before::load(state, place).await?;
    before.expect(place, request.expected_number)?;
    let sent = files::decode(&request.files)?;
    let work = Work {
        files: files::merge(&before.files, request.scope, sent),
        origin: origin(request.scope).to_owned(),
        changes_schema: matches!(request.scope, ApplyScope::Schema | ApplyScope::Deploy),
        dry_run: request.dry_run,
        approval,
    };
    run(state, place, before, work).await
}

/// Makes an earlier release serve under a new number, if it still fits the live database. Its files are parsed again
/// by this build; the schema stays as it is.
pub async fn rollback(
    state: &State,
    place: Place<'_>,
    request: RollbackRequest,
) -> Result<ApplyResult, ApplyError> {
    let before = before::load(state, place).await?;
    before.expect(place, request.expected_number)?;
    let serving = before.number().unwrap_or(0);
    let to = request.to.unwrap_or(serving.saturating_sub(1));
    let missing = || {
        Problem::new(ErrorCode::NotFound)
            .detail(format!("There is no release {to} in `{}/{}` to roll back to.", place.project, place.env))
            .hint("`stk release list` shows those that are there")
    };
    if to == 0 || to > serving {
        return Err(missing().into());
    }
    let target = state.store.numbered(place.project, place.env, Some(to)).await?.ok_or_else(missing)?;
    let work = Work {
        files: files::unpack(&state.store.blob(&target.sources).await?)?,
        origin: format!("rollback to {to}"),
        changes_schema: false,
        dry_run: false,
        approval: Approval::default(),
    };
    run(state, place, before, work).await
}

async fn run(
    state: &State,
    place: Place<'_>,
    before: Before,
    mut work: Work,
) -> Result<ApplyResult, ApplyError> {
    let (id, files) = (place.project.to_owned(), std::mem::take(&mut work.files));
    // Many scripts are long work; calls to this process go on meanwhile.
    let checking = tokio::task::spawn_blocking(move || (stk_project::check(&id, &files), files)).await;
    let ((project, mut diagnostics), files) =
        checking.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    work.files = files;
    refuse_errors(&diagnostics)?;
    failpoint::hit("files_parsed");
    let secrets: BTreeMap<String, Zeroizing<String>> = open_secrets(state, place.project, place.env)
        .await?
        .into_iter()
        .map(|(name, (_, value))| (name, value))
        .collect();
    diagnostics.extend(secrets::missing(&project, &work.files, &secrets, place.env));
    refuse_errors(&diagnostics)?;

    let mut sessions = state.databases.open(place, &project.config, &secrets, &mut diagnostics).await;
    let mut fingerprints = fingerprints(&mut sessions, &mut diagnostics).await;
    refuse_errors(&diagnostics)?;
    let mut changed = Changed { all_copied: true, ..Changed::default() };
    if work.changes_schema {
        let change = schema::Change {
            place,
            project: &project,
            dry_run: work.dry_run,
            rehearsal: true,
            approval: &work.approval,
            deployed: before.release().zip(before.number()),
        };
        changed = change.run(state, &mut sessions, &mut fingerprints, &mut diagnostics).await?;
        refuse_errors(&diagnostics)?;
        failpoint::hit("schema_applied");
    }
    let Changed { steps: schema_steps, copies, all_copied } = changed;
    let waits_for_schema = work.dry_run && !schema_steps.is_empty();
    let checked = if waits_for_schema && !all_copied {
        diagnostics.push(schema::unchecked_warning());
        check::Checked::default()
    } else {
        schema::look_at_copies(&copies, &mut sessions, &mut fingerprints, &mut diagnostics).await;
        check::check(&project, &before, &mut sessions, fingerprints, &mut diagnostics).await
    };
    schema::remove_copies(copies, &mut sessions).await;
    // Another apply of this environment may have the connections now.
    drop(sessions);
    refuse_errors(&diagnostics)?;
    failpoint::hit("checks_done");
    let outcome = Outcome { project: &project, schema_steps, diagnostics, waits_for_schema };
    finish(state, place, before, work, outcome, checked).await
}

/// The fingerprint of every database, by alias.
async fn fingerprints(
    sessions: &mut Sessions,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let mut fingerprints = BTreeMap::new();
    for (alias, session) in sessions {
        match session.fingerprint().await {
            Ok(fingerprint) => drop(fingerprints.insert(alias.clone(), fingerprint)),
            Err(error) => diagnostics.push(error.diagnostic(alias)),
        }
    }
    fingerprints
}

/// What the checks leave for the answer.
struct Outcome<'a> {
    project: &'a Project,
    schema_steps: Vec<SchemaStep>,
    diagnostics: Vec<Diagnostic>,
    waits_for_schema: bool,
}

async fn finish(
    state: &State,
    place: Place<'_>,
    before: Before,
    work: Work,
    outcome: Outcome<'_>,
    checked: check::Checked,
) -> Result<ApplyResult, ApplyError> {
    let attested = attest::attest(place, outcome.project, &before, checked);
    let changed = outcome.waits_for_schema || !before.serves(&attested);
    let mut number = before.number().unwrap_or(0);
    let logic = attest::logic_changes(before.release(), &attested.release);
    let release = attested.release_hash();
    if changed && !work.dry_run {
        number = attested.attestation.number;
        publish::publish(state, place, &before, attested, &work).await?;
    }
    Ok(ApplyResult {
        number,
        release,
        changed,
        logic,
        schema_steps: outcome.schema_steps,
        diagnostics: outcome.diagnostics,
    })
}

fn origin(scope: ApplyScope) -> &'static str {
    match scope {
        ApplyScope::Schema => "schema apply",
        ApplyScope::Config => "config apply",
        ApplyScope::Logic => "logic apply",
        ApplyScope::Deploy => "deploy",
    }
}

/// The `check_failed` problem, with every diagnostic, where one of them is an error.
fn refuse_errors(diagnostics: &[Diagnostic]) -> Result<(), ApplyError> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if errors == 0 {
        return Ok(());
    }
    let noun = if errors == 1 { "error" } else { "errors" };
    let mut problem = Problem::new(ErrorCode::CheckFailed)
        .detail(format!("The check found {errors} {noun}; what served before still serves."));
    problem.diagnostics = diagnostics.to_vec();
    Err(problem.into())
}

/// Sessions by alias.
pub type Sessions = BTreeMap<String, Session>;
