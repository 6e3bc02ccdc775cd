//! The vault: envelope encryption of secrets and of the Hub's own keys.
//!
//! Each version of a secret has a data key of its own, wrapped by a versioned key-encryption key; what the secret is
//! (project, environment, name, version) is bound into both. Deliberately absent: storage, and any fallback key.

mod envelope;
mod keyring;

use stk_contract::seal::{Key, SealError, SecretId};
use zeroize::Zeroizing;

pub use envelope::Envelope;
pub use keyring::{Keyring, KeyringError};

use crate::store::{Store, StoreError};

/// Opens every check value; never leaves the vault.
const CHECK: &[u8] = b"santokit key check";

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("version {0} of the key-encryption key is not in the key ring")]
    UnknownKey(u32),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the operating system gave no randomness")]
    Entropy(#[from] getrandom::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the key-encryption key of version {0} is wrong: it does not open what the Hub's database holds under it"
    )]
    WrongKey(u32),
    #[error("{what} in the vault has a wrong length")]
    Shape { what: &'static str },
}

/// Seals and opens.
#[derive(Debug)]
pub struct Vault {
    keyring: Keyring,
}

impl Vault {
    /// Refuses a key ring that is not the one the store was sealed with.
    pub async fn open(keyring: Keyring, store: &Store) -> Result<Vault, VaultError> {
        let vault = Vault { keyring };
        let known: Vec<u32> = store.key_checks().await?.iter().map(|(version, _)| *version as u32).collect();
        for (version, key) in vault.keyring.iter().filter(|(version, _)| !known.contains(version)) {
            let sealed = envelope::seal(key, &check_id(version), CHECK)?;
            store.add_key_check(version as i32, &envelope::to_bytes(&sealed)).await?;
        }
        for (version, sealed) in store.key_checks().await? {
            let version = version as u32;
            let key = vault.keyring.get(version).ok_or(VaultError::UnknownKey(version))?;
            let sealed = envelope::from_bytes(&sealed).map_err(|_| VaultError::WrongKey(version))?;
            sealed
                .open(std::slice::from_ref(key), &check_id(version))
                .ok()
                .filter(|plain| plain == CHECK)
                .ok_or(VaultError::WrongKey(version))?;
        }
        Ok(vault)
    }

    /// Seals under a new data key, wrapped by the newest key-encryption key.
    pub fn seal(&self, id: &SecretId<'_>, plain: &[u8]) -> Result<Envelope, VaultError> {
        let (kek_version, kek) = self.keyring.newest();
        let data_key = random_bytes()?;
        Ok(Envelope {
            kek_version: kek_version as i32,
            wrapped: envelope::seal(kek, id, data_key.as_slice())?,
            sealed: envelope::seal(&Key::from_bytes(*data_key), id, plain)?,
        })
    }

    /// Opens what [`Vault::seal`] sealed as exactly this `id`.
    pub fn unseal(&self, id: &SecretId<'_>, envelope: &Envelope) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let version = envelope.kek_version as u32;
        let kek = self.keyring.get(version).ok_or(VaultError::UnknownKey(version))?;
        let data_key = Zeroizing::new(envelope.wrapped.open(std::slice::from_ref(kek), id)?);
        let data_key = Key::from_bytes(array(&data_key, "a data key")?);
        Ok(Zeroizing::new(envelope.sealed.open(&[data_key], id)?))
    }

    /// Opens a 32-byte key.
    pub fn unseal_key(
        &self,
        id: &SecretId<'_>,
        envelope: &Envelope,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        Ok(Zeroizing::new(array(&self.unseal(id, envelope)?, "a key")?))
    }
}

/// 32 bytes from the operating system.
pub fn random_bytes() -> Result<Zeroizing<[u8; 32]>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(bytes)
}

/// 12 bytes from the operating system: a nonce for one use.
pub fn random_nonce() -> Result<[u8; 12], getrandom::Error> {
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce)?;
    Ok(nonce)
}

/// No project can have an empty id, so the Hub's own keys never collide with a secret.
fn check_id(version: u32) -> SecretId<'static> {
    SecretId { project: "", env: "", name: "key check", version: u64::from(version) }
}

/// What a signing key is to the vault.
pub fn signing_key_id(version: u64) -> SecretId<'static> {
    SecretId { project: "", env: "", name: "signing key", version }
}

/// What an environment key is to the vault. A secret's name holds no space, so the two never collide.
pub fn environment_key_id<'a>(project: &'a str, env: &'a str, version: u64) -> SecretId<'a> {
    SecretId { project, env, name: "environment key", version }
}

fn array(bytes: &[u8], what: &'static str) -> Result<[u8; 32], VaultError> {
    bytes.try_into().map_err(|_| VaultError::Shape { what })
}
