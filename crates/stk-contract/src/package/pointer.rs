//! The pointer: which release, attestation and secrets an environment serves. Small, signed, switched last.

use serde::{Deserialize, Serialize};

use super::blob::BlobRef;
use crate::sign::{SigningKey, VerifyingKey};

/// The format of pointers, which is not that of blobs.
const FORMAT: u8 = 1;

/// What the signature covers starts with this, so that it can stand for nothing else.
const CONTEXT: &[u8] = b"santokit/pointer/1\0";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    pub project: String,
    pub env: String,
    /// The release's number in this environment.
    pub number: u64,
    /// Raised by every change of a secret.
    pub secrets_seq: u64,
    pub release: BlobRef,
    pub attestation: BlobRef,
    pub secrets: BlobRef,
    /// Milliseconds since the Unix epoch.
    pub issued_at_ms: u64,
    pub expires_at_ms: u64,
    /// Of the signing key.
    pub key_id: String,
}

impl Pointer {
    /// What must never go down on a Server.
    pub fn sequence(&self) -> (u64, u64) {
        (self.number, self.secrets_seq)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    #[error("the pointer is damaged")]
    Damaged,
    #[error("the pointer has format {found}: it needs a newer `stk`")]
    Format { found: u8 },
    #[error("the pointer's signature does not verify with key `{key_id}`")]
    Signature { key_id: String },
    #[error("the pointer is signed with key `{key_id}`, which is not pinned here")]
    UnknownKey { key_id: String },
    #[error("the pointer is for {found}, not for {expected}")]
    Environment { expected: String, found: String },
}

/// A pointer and its signature, as the KV holds it: a format number, then postcard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPointer {
    pointer: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedPointer {
    pub fn sign(pointer: &Pointer, key: &SigningKey) -> SignedPointer {
        let bytes = postcard::to_allocvec(pointer).expect("a pointer always encodes");
        let signature = key.sign(&signed_bytes(&bytes)).to_vec();
        SignedPointer { pointer: bytes, signature }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend(postcard::to_allocvec(self).expect("a signed pointer always encodes"));
        bytes
    }

    /// Reads, verifies with the pinned key that it names, and checks that it is for this environment.
    pub fn open(
        bytes: &[u8],
        keys: &[VerifyingKey],
        project: &str,
        env: &str,
    ) -> Result<Pointer, PointerError> {
        let (&format, rest) = bytes.split_first().ok_or(PointerError::Damaged)?;
        if format != FORMAT {
            return Err(PointerError::Format { found: format });
        }
        let signed: SignedPointer = postcard::from_bytes(rest).map_err(|_| PointerError::Damaged)?;
        let pointer: Pointer = postcard::from_bytes(&signed.pointer).map_err(|_| PointerError::Damaged)?;
        let key_id = pointer.key_id.clone();
        let Some(key) = keys.iter().find(|key| key.id() == key_id) else {
            return Err(PointerError::UnknownKey { key_id });
        };
        if !key.verify(&signed_bytes(&signed.pointer), &signed.signature) {
            return Err(PointerError::Signature { key_id });
        }
        if (pointer.project.as_str(), pointer.env.as_str()) != (project, env) {
            let found = format!("{}/{}", pointer.project, pointer.env);
            return Err(PointerError::Environment { expected: format!("{project}/{env}"), found });
        }
        Ok(pointer)
    }
}

fn signed_bytes(pointer: &[u8]) -> Vec<u8> {
    [CONTEXT, pointer].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::split;

    fn pointer(key: &SigningKey) -> Pointer {
        let blob = split(b"blob").0;
        Pointer {
            project: "shop".to_owned(),
            env: "prod".to_owned(),
            number: 3,
            secrets_seq: 1,
            release: blob.clone(),
            attestation: blob.clone(),
            secrets: blob,
            issued_at_ms: 0,
            expires_at_ms: 1,
            key_id: key.verifying_key().id().to_owned(),
        }
    }

    #[test]
    fn a_pointer_opens_with_its_key_in_its_environment_only() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let pointer = pointer(&key);
        let bytes = SignedPointer::sign(&pointer, &key).to_bytes();
        let keys = [key.verifying_key()];
        assert_eq!(SignedPointer::open(&bytes, &keys, "shop", "prod"), Ok(pointer.clone()));
        assert!(matches!(
            SignedPointer::open(&bytes, &keys, "shop", "dev"),
            Err(PointerError::Environment { .. })
        ));
        assert!(matches!(
            SignedPointer::open(&bytes, &[other.verifying_key()], "shop", "prod"),
            Err(PointerError::UnknownKey { .. })
        ));
        let forged = SignedPointer::sign(&pointer, &other).to_bytes();
        assert!(matches!(
            SignedPointer::open(&forged, &keys, "shop", "prod"),
            Err(PointerError::Signature { .. })
        ));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let bytes = SignedPointer::sign(&pointer(&key), &key).to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let opened = SignedPointer::open(&damaged, &[key.verifying_key()], "shop", "prod");
            assert!(opened.is_err(), "bit {bit}");
        }
    }
}
