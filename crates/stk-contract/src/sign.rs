//! Signing keys: Ed25519, each named by an id made from its public half.

use ed25519_dalek::Signer as _;

use crate::hash::Hash;

#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.verifying_key().id)
    }
}

impl SigningKey {
    /// From its 32-byte seed.
    pub fn from_bytes(seed: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::new(self.0.verifying_key())
    }
}

/// The public half, which Servers pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    key: ed25519_dalek::VerifyingKey,
    id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a public key is 32 bytes as 64 hex digits, a point on the curve")]
pub struct VerifyingKeyError;

impl VerifyingKey {
    fn new(key: ed25519_dalek::VerifyingKey) -> VerifyingKey {
        let id = Hash::of(key.as_bytes()).to_string()[..16].to_owned();
        VerifyingKey { key, id }
    }

    pub fn from_hex(text: &str) -> Result<VerifyingKey, VerifyingKeyError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| VerifyingKeyError)?;
        ed25519_dalek::VerifyingKey::from_bytes(&bytes).map(VerifyingKey::new).map_err(|_| VerifyingKeyError)
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.key.as_bytes())
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}
