//! RSASSA-PKCS1-v1_5 and RSA-PSS with the SHA-2 family. Keys are SPKI or PKCS#8 in DER.

use rquickjs::{Ctx, Result, TypedArray};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use rsa::rand_core::{CryptoRng, Error as RandomError, RngCore};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};

use super::hash::digest;
use super::{Bytes, Hash, Registry, array, optional};

/// Longer keys cost more time to verify with than anyone needs.
const BITS_MAX: usize = 8192;

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("rsaFromSpki", |ctx: Ctx<'js>, der: Bytes| {
        optional(ctx, public(&der.0).and_then(|key| spki(&key)))
    })?;
    registry.add("rsaFromPkcs8", |ctx: Ctx<'js>, der: Bytes| {
        optional(ctx, private(&der.0).and_then(|key| pkcs8(&key)))
    })?;
    registry.add("rsaFromParts", |ctx: Ctx<'js>, n: Bytes, e: Bytes| {
        let key = RsaPublicKey::new_with_max_size(number(&n), number(&e), BITS_MAX).ok();
        optional(ctx, key.and_then(|key| spki(&key)))
    })?;
    registry.add(
        "rsaFromPrivateParts",
        |ctx: Ctx<'js>, n: Bytes, e: Bytes, d: Bytes, p: Bytes, q: Bytes| {
            let primes = vec![number(&p), number(&q)];
            let key = RsaPrivateKey::from_components(number(&n), number(&e), number(&d), primes).ok();
            optional(ctx, key.filter(|key| key.n().bits() <= BITS_MAX).and_then(|key| pkcs8(&key)))
        },
    )?;
    registry.add(
        "rsaParts",
        |ctx: Ctx<'js>, is_private: bool, der: Bytes| -> Result<Vec<TypedArray<'js, u8>>> {
            let parts = if is_private {
                private(&der.0).map(|key| private_parts(&key))
            } else {
                public(&der.0).map(|key| public_parts(&key))
            };
            parts.unwrap_or_default().iter().map(|part| array(ctx.clone(), part)).collect()
        },
    )?;
    registry.add(
        "rsaVerify",
        |scheme: String, hash: String, der: Bytes, data: Bytes, mark: Bytes, salt: usize| {
            Hash::by_name(&hash)
                .is_some_and(|hash| verify(&scheme, hash, &der.0, &data.0, &mark.0, salt).is_some())
        },
    )?;
    registry.add(
        "rsaSign",
        |ctx: Ctx<'js>, scheme: String, hash: String, der: Bytes, data: Bytes, salt: usize| {
            optional(ctx, Hash::by_name(&hash).and_then(|hash| sign(&scheme, hash, &der.0, &data.0, salt)))
        },
    )
}

fn number(bytes: &Bytes) -> BigUint {
    BigUint::from_bytes_be(&bytes.0)
}

fn public(der: &[u8]) -> Option<RsaPublicKey> {
    RsaPublicKey::from_public_key_der(der).ok().filter(|key| key.n().bits() <= BITS_MAX)
}

fn private(der: &[u8]) -> Option<RsaPrivateKey> {
    RsaPrivateKey::from_pkcs8_der(der).ok().filter(|key| key.n().bits() <= BITS_MAX)
}

fn spki(key: &RsaPublicKey) -> Option<Vec<u8>> {
    key.to_public_key_der().ok().map(|der| der.as_bytes().to_vec())
}

fn pkcs8(key: &RsaPrivateKey) -> Option<Vec<u8>> {
    key.to_pkcs8_der().ok().map(|der| der.as_bytes().to_vec())
}

/// `n`, `e`.
fn public_parts(key: &RsaPublicKey) -> Vec<Vec<u8>> {
    vec![key.n().to_bytes_be(), key.e().to_bytes_be()]
}

/// `n`, `e`, `d`, `p`, `q`, `dp`, `dq`, `qi`.
fn private_parts(key: &RsaPrivateKey) -> Vec<Vec<u8>> {
    let primes = key.primes().iter();
    let exponents = [key.dp(), key.dq()].into_iter().flatten();
    let mut parts = vec![key.n().to_bytes_be(), key.e().to_bytes_be(), key.d().to_bytes_be()];
    parts.extend(primes.map(BigUint::to_bytes_be));
    parts.extend(exponents.map(BigUint::to_bytes_be));
    parts.extend(key.crt_coefficient().map(|qi| qi.to_bytes_be()));
    parts
}

fn pkcs1(hash: Hash) -> Option<Pkcs1v15Sign> {
    Some(match hash {
        Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        // Broken for signatures.
        Hash::Sha1 => return None,
    })
}

fn pss(hash: Hash, salt: usize) -> Option<Pss> {
    Some(match hash {
        Hash::Sha256 => Pss::new_with_salt::<Sha256>(salt),
        Hash::Sha384 => Pss::new_with_salt::<Sha384>(salt),
        Hash::Sha512 => Pss::new_with_salt::<Sha512>(salt),
        Hash::Sha1 => return None,
    })
}

fn verify(scheme: &str, hash: Hash, der: &[u8], data: &[u8], mark: &[u8], salt: usize) -> Option<()> {
    let key = public(der)?;
    let hashed = digest(hash, data);
    if scheme == "RSA-PSS" {
        key.verify(pss(hash, salt)?, &hashed, mark)
    } else {
        key.verify(pkcs1(hash)?, &hashed, mark)
    }
    .ok()
}

fn sign(scheme: &str, hash: Hash, der: &[u8], data: &[u8], salt: usize) -> Option<Vec<u8>> {
    let key = private(der)?;
    let hashed = digest(hash, data);
    // With randomness, so that the time it takes says nothing of the key.
    if scheme == "RSA-PSS" {
        key.sign_with_rng(&mut Entropy, pss(hash, salt)?, &hashed)
    } else {
        key.sign_with_rng(&mut Entropy, pkcs1(hash)?, &hashed)
    }
    .ok()
}

/// The system's entropy, as this crate wants it.
struct Entropy;

impl RngCore for Entropy {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        getrandom::fill(out).expect("the system has entropy once it runs");
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> std::result::Result<(), RandomError> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Entropy {}
