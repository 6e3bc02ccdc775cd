//! Writing an edge package.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use stk_contract::kv_keys;
use stk_contract::package::{self, BlobRef, Parts, Pointer, SealedSecret, Secrets, SignedPointer};
use stk_contract::seal::{Sealed, SecretId};
use stk_kv::KvError;

use super::{ProvisionError, environment_keys, load_release, open_secrets};
use crate::failpoint;
use crate::state::State;
use crate::store::environments::Live;
use crate::vault::random_nonce;

/// Writes parts of a blob under their hashes.
pub async fn put_blobs(state: &State, parts: Parts) -> Result<(), KvError> {
    for (hash, bytes) in parts {
        state.kv.put(&kv_keys::blob(&hash), bytes).await?;
    }
    Ok(())
}

/// Writes what serves now: its blobs, its sealed secrets, and then the pointer. Nothing where nothing serves.
pub async fn provision(state: &State, project: &str, env: &str) -> Result<(), ProvisionError> {
    let lock = state.store.lock_environment(project, env).await?;
    if let Some(live) = lock.live().await? {
        write(state, project, env, &live).await?;
    }
    Ok(lock.release().await?)
}

async fn write(state: &State, project: &str, env: &str, live: &Live) -> Result<(), ProvisionError> {
    let (release, parts) = package::split(&state.store.blob(&live.release).await?);
    put_missing(state, parts).await?;
    let (attestation, parts) = package::split(&state.store.blob(&live.attestation).await?);
    put_missing(state, parts).await?;
    let secrets = put_secrets(state, project, env, live).await?;
    failpoint::hit("secrets_written");
    let issued_at_ms = now_ms();
    let pointer = Pointer {
        project: project.to_owned(),
        env: env.to_owned(),
        number: live.number,
        secrets_seq: live.secrets_seq,
        release,
        attestation,
        secrets,
        issued_at_ms,
        expires_at_ms: issued_at_ms + state.package_ttl.as_millis() as u64,
        key_id: state.signing_key.verifying_key().id().to_owned(),
    };
    let signed = SignedPointer::sign(&pointer, &state.signing_key).to_bytes();
    failpoint::hit("before_pointer");
    state.kv.put(&kv_keys::live(project, env), signed).await?;
    failpoint::hit("pointer_written");
    Ok(())
}

/// Writes those parts that are not there, or damaged.
async fn put_missing(state: &State, parts: Parts) -> Result<(), ProvisionError> {
    for (hash, bytes) in parts {
        let key = kv_keys::blob(&hash);
        if state.kv.get(&key).await?.is_none_or(|found| found != bytes) {
            state.kv.put(&key, bytes).await?;
        }
    }
    Ok(())
}

/// Seals the secrets that the release's Servers need, and no others, under the environment's newest key.
async fn put_secrets(
    state: &State,
    project: &str,
    env: &str,
    live: &Live,
) -> Result<BlobRef, ProvisionError> {
    let keys = environment_keys(state, project, env).await?;
    let key = keys
        .first()
        .ok_or_else(|| ProvisionError::NoKey { project: project.to_owned(), env: env.to_owned() })?;
    let plain = open_secrets(state, project, env).await?;
    let mut secrets = BTreeMap::new();
    for name in load_release(state, &live.release).await?.secrets {
        let (version, value) = plain.get(&name).ok_or_else(|| ProvisionError::MissingSecret(name.clone()))?;
        let id = SecretId { project, env, name: &name, version: *version };
        let nonce = random_nonce().map_err(crate::vault::VaultError::from)?;
        let sealed = Sealed::seal(key, nonce, &id, value.as_bytes());
        secrets.insert(name, SealedSecret { version: *version, sealed });
    }
    let (blob, parts) = package::split(&package::encode(&Secrets { secrets }));
    put_blobs(state, parts).await?;
    Ok(blob)
}

/// Milliseconds since the Unix epoch.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
