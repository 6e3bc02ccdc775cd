//! Key sets of foreign issuers (RFC 7517): which key verifies what, and when a set may be fetched again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use p256::ecdsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::TokenFault;
use super::jws::{Algorithm, Jws};
use crate::effect::KeysFault;

/// How long after a fetch an unknown key id does not cause another one.
const COOLDOWN_MS: u64 = 30_000;

/// The same while no fetch has succeeded yet.
const COOLDOWN_EMPTY_MS: u64 = 1_000;

/// Age at which a set is fetched again in the background, so that keys an issuer withdrew stop to verify.
const MAX_AGE_MS: u64 = 10 * 60 * 1000;

/// Keys of one set that are looked at.
const KEYS_MAX: usize = 64;

/// The DER prefix of a SHA-256 digest in PKCS #1 v1.5 (RFC 8017, 9.2).
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

const RSA_BITS_MIN: usize = 2048;
const RSA_BITS_MAX: usize = 8192;

/// Key sets of foreign issuers, by address. A host holds one for its lifetime and hands it to every deployment it
/// loads, so that a new release does not forget them. A failed fetch never drops a key.
#[derive(Debug, Default)]
pub struct KeySets {
    sets: Mutex<BTreeMap<Box<str>, Arc<KeySet>>>,
}

impl KeySets {
    pub fn new() -> KeySets {
        KeySets::default()
    }

    /// Addresses whose keys are old enough that a host should fetch them again in the background, and then
    /// [`KeySets::store`] what came. Asked on a timer of a minute or so.
    pub fn due(&self, now_ms: u64) -> Vec<Arc<str>> {
        let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        // A set that only this map holds is of a release that is gone.
        let in_use = sets.values().filter(|set| Arc::strong_count(set) > 1);
        in_use.filter(|set| set.is_due(now_ms)).map(|set| set.url.clone()).collect()
    }

    /// Takes in what a fetch gave: the body of the document.
    pub fn store(&self, url: &str, fetched: Result<Bytes, KeysFault>, now_ms: u64) {
        self.of(url).store(fetched, now_ms);
    }

    pub(crate) fn of(&self, url: &str) -> Arc<KeySet> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = sets.get(url) {
            return set.clone();
        }
        sets.retain(|_, set| Arc::strong_count(set) > 1);
        let set = Arc::new(KeySet::new(url));
        sets.insert(url.into(), set.clone());
        set
    }
}

#[derive(Debug)]
pub(crate) struct KeySet {
    pub(super) url: Arc<str>,
    /// Raised whenever the keys change: what older ones verified is verified again.
    pub(super) version: AtomicU64,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: Vec<NamedKey>,
    /// The hash of the document they came from.
    document: Option<[u8; 32]>,
    loaded_at_ms: Option<u64>,
    tried_at_ms: Option<u64>,
}

#[derive(Debug)]
struct NamedKey {
    id: Option<String>,
    key: Key,
}

/// A public key; its kind pins the algorithm.
#[derive(Debug)]
enum Key {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    Rsa(rsa::RsaPublicKey),
}

pub(super) enum Found {
    Verified {
        version: u64,
    },
    Refused(TokenFault),
    /// No such key; `fetch`: the set may be fetched to look for it.
    Unknown {
        fetch: bool,
    },
    NeverLoaded,
}

impl KeySet {
    fn new(url: &str) -> KeySet {
        KeySet { url: url.into(), version: AtomicU64::new(0), state: RwLock::default() }
    }

    pub(super) fn verify(&self, jws: &Jws<'_>, now_ms: u64, may_fetch: bool) -> Found {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let version = self.version.load(Ordering::Acquire);
        let candidates = state.keys.iter().filter(|key| match &jws.key_id {
            Some(id) => key.id.as_ref() == Some(id),
            None => key.key.algorithm() == jws.algorithm,
        });
        let mut refused = None;
        for candidate in candidates {
            match candidate.key.verify(jws) {
                Ok(()) => return Found::Verified { version },
                Err(fault) => refused = Some(fault),
            }
        }
        match refused {
            Some(fault) => Found::Refused(fault),
            None if may_fetch && state.may_fetch(now_ms) => Found::Unknown { fetch: true },
            None if state.loaded_at_ms.is_none() => Found::NeverLoaded,
            None => Found::Unknown { fetch: false },
        }
    }

    fn is_due(&self, now_ms: u64) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let is_old = state.loaded_at_ms.is_none_or(|at| now_ms.saturating_sub(at) >= MAX_AGE_MS);
        is_old && state.may_fetch(now_ms)
    }

    fn store(&self, fetched: Result<Bytes, KeysFault>, now_ms: u64) {
        let parsed = fetched.ok().and_then(|document| Some((parse(&document)?, document)));
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.tried_at_ms = Some(now_ms);
        let Some((keys, document)) = parsed else { return };
        state.loaded_at_ms = Some(now_ms);
        let document: [u8; 32] = Sha256::digest(document).into();
        if state.document != Some(document) {
            state.document = Some(document);
            state.keys = keys;
            self.version.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl State {
    fn may_fetch(&self, now_ms: u64) -> bool {
        let cooldown = if self.loaded_at_ms.is_some() { COOLDOWN_MS } else { COOLDOWN_EMPTY_MS };
        self.tried_at_ms.is_none_or(|at| now_ms.saturating_sub(at) >= cooldown)
    }
}

impl Key {
    fn algorithm(&self) -> Algorithm {
        match self {
            Key::Ed25519(_) => Algorithm::EdDsa,
            Key::P256(_) => Algorithm::Es256,
            Key::Rsa(_) => Algorithm::Rs256,
        }
    }

    fn verify(&self, jws: &Jws<'_>) -> Result<(), TokenFault> {
        if jws.algorithm != self.algorithm() {
            return Err(TokenFault::Algorithm);
        }
        let signed = jws.signed.as_bytes();
        let holds = match self {
            Key::Ed25519(key) => ed25519_dalek::Signature::from_slice(&jws.signature)
                .is_ok_and(|signature| key.verify_strict(signed, &signature).is_ok()),
            Key::P256(key) => p256::ecdsa::Signature::from_slice(&jws.signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
            Key::Rsa(key) => {
                let scheme = rsa::Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(SHA256_PREFIX) };
                key.verify(scheme, &Sha256::digest(signed), &jws.signature).is_ok()
            }
        };
        if holds { Ok(()) } else { Err(TokenFault::Signature) }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The keys of a document that can be used here; others (other curves, encryption, secrets) are passed over. A
/// document with none is as good as a failed fetch.
fn parse(document: &[u8]) -> Option<Vec<NamedKey>> {
    let document: Document = serde_json::from_slice(document).ok()?;
    let keys: Vec<NamedKey> = document.keys.into_iter().take(KEYS_MAX).filter_map(parse_key).collect();
    (!keys.is_empty()).then_some(keys)
}

fn parse_key(value: serde_json::Value) -> Option<NamedKey> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if jwk.r#use.as_deref().is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => {
            let point: [u8; 32] = decode(&jwk.x)?.try_into().ok()?;
            Key::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(&point).ok()?)
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (decode(&jwk.x)?, decode(&jwk.y)?);
            if (x.len(), y.len()) != (32, 32) {
                return None;
            }
            let point = [&[4][..], &x, &y].concat();
            Key::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?)
        }
        ("RSA", _) => {
            let n = rsa::BigUint::from_bytes_be(&decode(&jwk.n)?);
            let e = rsa::BigUint::from_bytes_be(&decode(&jwk.e)?);
            let key = rsa::RsaPublicKey::new_with_max_size(n, e, RSA_BITS_MAX).ok()?;
            if key.n().bits() < RSA_BITS_MIN {
                return None;
            }
            Key::Rsa(key)
        }
        _ => return None,
    };
    let pinned = jwk.alg.as_deref().is_none_or(|alg| Algorithm::parse(alg) == Some(key.algorithm()));
    pinned.then_some(NamedKey { id: jwk.kid, key })
}

fn decode(field: &Option<String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(field.as_ref()?.trim_end_matches('=')).ok()
}
