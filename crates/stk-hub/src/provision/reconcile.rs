//! The reconciler: compares the KV with the store, and writes anew what is lost, damaged, old, or near its end.

use std::sync::Arc;
use std::time::Duration;

use stk_contract::kv_keys;
use stk_contract::package::{self, BlobRef, SignedPointer};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::package::{now_ms, provision};
use super::{ProvisionError, environment_keys};
use crate::causes::chain;
use crate::state::State;
use crate::store::environments::Live;

/// Compares every environment once. A failure is logged, and does not keep the next environment from being compared.
pub async fn reconcile_all(state: &State) {
    let environments = match state.store.all_environments().await {
        Ok(environments) => environments,
        Err(error) => return tracing::error!(error = %chain(&error), "the reconciler can not read the store"),
    };
    for (project, env) in environments {
        match reconcile(state, &project, &env).await {
            Ok(None) => {}
            Ok(Some(why)) => tracing::warn!(project, env, why, "repaired the edge package"),
            Err(error) => {
                tracing::error!(project, env, error = %chain(&error), "the edge package is not repaired");
            }
        }
    }
}

/// Compares every environment on a timer, until told to stop.
pub async fn reconcile_on_a_timer(state: Arc<State>, every: Duration, stop: CancellationToken) {
    let mut timer = tokio::time::interval(every);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once; the start has compared already.
    timer.tick().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        reconcile_all(&state).await;
        state.databases.close_idle();
    }
}

/// Repairs one environment; says what was wrong.
async fn reconcile(state: &State, project: &str, env: &str) -> Result<Option<&'static str>, ProvisionError> {
    let Some(live) = state.store.live(project, env).await? else { return Ok(None) };
    let Some(why) = fault(state, project, env, &live).await? else { return Ok(None) };
    provision(state, project, env).await?;
    Ok(Some(why))
}

/// What is wrong with the package in the KV, if anything.
async fn fault(
    state: &State,
    project: &str,
    env: &str,
    live: &Live,
) -> Result<Option<&'static str>, ProvisionError> {
    let Some(bytes) = state.kv.get(&kv_keys::live(project, env)).await? else {
        return Ok(Some("the pointer was lost"));
    };
    let Ok(pointer) = SignedPointer::open(&bytes, &state.verifying_keys, project, env) else {
        return Ok(Some("the pointer was damaged"));
    };
    if pointer.sequence() != (live.number, live.secrets_seq)
        || (pointer.release.hash, pointer.attestation.hash) != (live.release, live.attestation)
    {
        return Ok(Some("the pointer was out of date"));
    }
    if pointer.key_id != state.signing_key.verifying_key().id() {
        return Ok(Some("the pointer was signed with an older key"));
    }
    let half = state.package_ttl.as_millis() as u64 / 2;
    if pointer.expires_at_ms < now_ms() + half || pointer.issued_at_ms > now_ms() {
        return Ok(Some("the pointer was near its end"));
    }
    for blob in [&pointer.release, &pointer.attestation, &pointer.secrets] {
        if read_blob(state, blob).await?.is_none() {
            return Ok(Some("a blob was lost or damaged"));
        }
    }
    let secrets = read_blob(state, &pointer.secrets).await?.unwrap_or_default();
    let secrets: package::Secrets = package::decode(&secrets)?;
    let newest = environment_keys(state, project, env).await?;
    let newest = newest.first().map(|key| key.id());
    let old = secrets.secrets.values().any(|secret| Some(secret.sealed.key_id.as_str()) != newest);
    Ok(old.then_some("secrets were sealed with an older key"))
}

async fn read_blob(state: &State, blob: &BlobRef) -> Result<Option<Vec<u8>>, ProvisionError> {
    let mut parts = Vec::new();
    for hash in &blob.parts {
        match state.kv.get(&kv_keys::blob(hash)).await? {
            Some(part) => parts.push(part),
            None => return Ok(None),
        }
    }
    Ok(package::join(blob, &parts).ok())
}
