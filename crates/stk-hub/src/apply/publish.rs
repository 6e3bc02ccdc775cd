//! Publishing: the release becomes what serves. Everything that can fail comes before the switch.

use stk_contract::{ErrorCode, Hash, Problem, package};

use super::attest::Attested;
use super::before::{Before, conflict};
use super::{ApplyError, Place, Work, files};
use crate::failpoint;
use crate::provision;
use crate::state::State;
use crate::store::audit::Entry;
use crate::store::environments::{Switch, Switched};

/// Stores, writes blobs, audits, switches, and then writes the pointer.
pub async fn publish(
    state: &State,
    place: Place<'_>,
    before: &Before,
    attested: Attested,
    work: &Work,
) -> Result<(), ApplyError> {
    let attestation = package::encode(&attested.attestation);
    let sources = files::pack(&work.files);
    let (release, attestation_hash) = (attested.release_hash(), Hash::of(&attestation));
    let sources_hash = Hash::of(&sources);
    state
        .store
        .add_blobs(&[
            (release, &attested.release_bytes),
            (attestation_hash, &attestation),
            (sources_hash, &sources),
        ])
        .await?;
    failpoint::hit("release_stored");
    for blob in [&attested.release_bytes, &attestation] {
        provision::put_blobs(state, package::split(blob).1).await?;
    }
    failpoint::hit("blobs_written");
    // What is about to be: an entry without the number in `attestations` lost the race behind it.
    let number = attested.attestation.number;
    let detail = format!("{}: release {number}, {release}", work.origin);
    let Place { project, env, operator } = place;
    state.store.audit(&Entry { operator, action: "release.switch", project, env, detail: &detail }).await?;
    failpoint::hit("audit_written");
    let names: Vec<String> =
        attested.release.secrets.iter().cloned().chain(super::secrets::of_hub(&attested.release)).collect();
    let switch = Switch {
        project,
        env,
        before: before.number(),
        number,
        release,
        attestation: attestation_hash,
        sources: sources_hash,
        operator,
        origin: &work.origin,
        secrets: &names,
    };
    failpoint::hit("before_switch");
    match state.store.switch(&switch).await? {
        Switched::Done => {}
        Switched::Lost => {
            let winner = state.store.numbered(project, env, None).await?;
            return Err(conflict(place, winner.as_ref()).into());
        }
        Switched::SecretGone(name) => return Err(secret_gone(place, &name).into()),
    }
    failpoint::hit("switched");
    tracing::info!(project, env, number, origin = work.origin, "a release serves");
    Ok(provision::provision(state, project, env).await?)
}

fn secret_gone(place: Place<'_>, name: &str) -> Problem {
    Problem::new(ErrorCode::Conflict)
        .detail(format!("The secret `{name}` was deleted while the release was checked."))
        .hint(format!("`stk secret set {name} --env {}`, then apply again", place.env))
}
