//! Sealing secrets: AES-256-GCM, with what the secret is bound in as additional data.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hash::Hash;

/// A 32-byte key with an id made from it; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key {
    bytes: [u8; 32],
    #[zeroize(skip)]
    id: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.id == other.id
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("secret `{name}` is sealed with key `{key_id}`, which is not here: the environment key is wrong")]
    UnknownKey { name: String, key_id: String },
    #[error("secret `{name}` does not open: it was altered or belongs elsewhere")]
    Damaged { name: String },
    #[error("secret `{name}` is not UTF-8 text")]
    NotText { name: String },
    #[error("a key is 32 bytes as 64 hex digits")]
    KeyShape,
}

impl Key {
    pub fn from_bytes(bytes: [u8; 32]) -> Key {
        let id = Hash::of(&[b"santokit/key/1\0".as_slice(), &bytes].concat()).to_string();
        Key { bytes, id: id[..16].to_owned() }
    }

    /// From 64 hex digits, surrounding white space ignored.
    pub fn from_hex(text: &str) -> Result<Key, SealError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| SealError::KeyShape)?;
        Ok(Key::from_bytes(bytes))
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.bytes)
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.bytes.into())
    }
}

/// What a secret is; bound in, so that a sealed secret opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretId<'a> {
    pub project: &'a str,
    pub env: &'a str,
    pub name: &'a str,
    pub version: u64,
}

impl SecretId<'_> {
    fn additional_data(&self) -> Vec<u8> {
        let mut data = b"santokit/secret/1\0".to_vec();
        for field in [self.project, self.env, self.name] {
            data.extend((field.len() as u32).to_be_bytes());
            data.extend(field.as_bytes());
        }
        data.extend(self.version.to_be_bytes());
        data
    }
}

/// Ciphertext with its tag, the nonce, and which key it is under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub key_id: String,
    pub nonce: [u8; 12],
    pub ciphertext: Vec<u8>,
}

impl Sealed {
    /// Seals `plain`. The nonce must be fresh for this key: 12 random bytes.
    pub fn seal(key: &Key, nonce: [u8; 12], id: &SecretId<'_>, plain: &[u8]) -> Sealed {
        let payload = Payload { msg: plain, aad: &id.additional_data() };
        let ciphertext = key
            .cipher()
            .encrypt(&Nonce::from(nonce), payload)
            .expect("AES-GCM fails only past 64 GiB, which no secret reaches");
        Sealed { key_id: key.id.clone(), nonce, ciphertext }
    }

    /// Opens it with whichever of `keys` it names.
    pub fn open(&self, keys: &[Key], id: &SecretId<'_>) -> Result<Vec<u8>, SealError> {
        let name = || id.name.to_owned();
        let key = keys
            .iter()
            .find(|key| key.id == self.key_id)
            .ok_or_else(|| SealError::UnknownKey { name: name(), key_id: self.key_id.clone() })?;
        let payload = Payload { msg: &self.ciphertext, aad: &id.additional_data() };
        key.cipher()
            .decrypt(&Nonce::from(self.nonce), payload)
            .map_err(|_| SealError::Damaged { name: name() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SecretId<'static> = SecretId { project: "shop", env: "prod", name: "DATABASE_URL", version: 1 };

    #[test]
    fn a_sealed_secret_opens_only_as_what_it_is() {
        let key = Key::from_bytes([7; 32]);
        let sealed = Sealed::seal(&key, [1; 12], &ID, b"postgres://");
        let keys = [Key::from_bytes([8; 32]), key];
        assert_eq!(sealed.open(&keys, &ID).unwrap(), b"postgres://");
        let swaps = [
            SecretId { project: "shop2", ..ID },
            SecretId { env: "dev", ..ID },
            SecretId { name: "JWT_SECRET", ..ID },
            SecretId { version: 2, ..ID },
            SecretId { project: "sho", env: "pprod", ..ID },
        ];
        for id in swaps {
            assert!(matches!(sealed.open(&keys, &id), Err(SealError::Damaged { .. })), "{id:?}");
        }
        assert!(matches!(sealed.open(&keys[..1], &ID), Err(SealError::UnknownKey { .. })));
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = Key::from_bytes([0xab; 32]);
        assert!(!format!("{key:?}").contains("abab"));
        assert!(Key::from_hex("abc").is_err());
        assert_eq!(Key::from_hex(&key.to_hex()).unwrap(), key);
    }
}
