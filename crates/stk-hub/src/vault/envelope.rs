//! What the store holds of one sealed value.

use stk_contract::seal::{Key, Sealed, SecretId};

/// A value under a data key, and the data key under the key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub kek_version: i32,
    pub wrapped: Sealed,
    pub sealed: Sealed,
}

impl Envelope {
    /// The wrapped data key and the sealed value, as their columns hold them.
    pub fn to_bytes(&self) -> (Vec<u8>, Vec<u8>) {
        (to_bytes(&self.wrapped), to_bytes(&self.sealed))
    }

    pub fn from_bytes(kek_version: i32, wrapped: &[u8], sealed: &[u8]) -> Result<Envelope, String> {
        Ok(Envelope { kek_version, wrapped: from_bytes(wrapped)?, sealed: from_bytes(sealed)? })
    }
}

/// Seals with a fresh random nonce.
pub(super) fn seal(key: &Key, id: &SecretId<'_>, plain: &[u8]) -> Result<Sealed, getrandom::Error> {
    Ok(Sealed::seal(key, super::random_nonce()?, id, plain))
}

pub(super) fn to_bytes(sealed: &Sealed) -> Vec<u8> {
    postcard::to_allocvec(sealed).expect("strings and bytes always encode")
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Sealed, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}
