//! The provisioner: what the KV holds of each environment, written from what the store says, and repaired.
//!
//! Blobs first, the pointer last; whoever writes a pointer holds the environment's lock. Deliberately absent: any
//! decision about what serves.

mod package;
mod reconcile;

use std::collections::BTreeMap;

use stk_contract::Release;
use stk_contract::package::{BlobError, PointerError};
use stk_contract::seal::Key;
use stk_kv::KvError;
use zeroize::Zeroizing;

use crate::state::State;
use crate::store::StoreError;
use crate::vault::{self, VaultError};

pub use package::{provision, put_blobs};
pub use reconcile::{reconcile_all, reconcile_on_a_timer};

#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Kv(#[from] KvError),
    #[error("a blob of the store can not be read")]
    Blob(#[from] BlobError),
    #[error("the environment {project}/{env} has no key")]
    NoKey { project: String, env: String },
    #[error("the release needs the secret `{0}`, which the vault does not have")]
    MissingSecret(String),
    #[error("what the KV holds does not verify")]
    Pointer(#[from] PointerError),
}

/// The keys of an environment, newest first.
pub async fn environment_keys(state: &State, project: &str, env: &str) -> Result<Vec<Key>, VaultError> {
    let keys = state.store.environment_keys(project, env).await?;
    let open = |(version, envelope): &(i64, vault::Envelope)| {
        let id = vault::environment_key_id(project, env, *version as u64);
        Ok(Key::from_bytes(*state.vault.unseal_key(&id, envelope)?))
    };
    keys.iter().map(open).collect()
}

/// A secret's version and plain value.
pub type PlainSecret = (u64, Zeroizing<String>);

/// Opens every secret of an environment.
pub async fn open_secrets(
    state: &State,
    project: &str,
    env: &str,
) -> Result<BTreeMap<String, PlainSecret>, VaultError> {
    let sealed = state.store.secrets(project, env).await?;
    let open = |(name, (version, envelope)): (String, (u64, vault::Envelope))| {
        let id = stk_contract::seal::SecretId { project, env, name: &name, version };
        let plain = state.vault.unseal(&id, &envelope)?;
        let text = String::from_utf8(plain.to_vec())
            .map_err(|_| stk_contract::seal::SealError::NotText { name: name.clone() })?;
        Ok((name, (version, Zeroizing::new(text))))
    };
    sealed.into_iter().map(open).collect()
}

/// Reads a release of the store.
pub async fn load_release(state: &State, hash: &stk_contract::Hash) -> Result<Release, ProvisionError> {
    Ok(stk_contract::package::decode(&state.store.blob(hash).await?)?)
}
