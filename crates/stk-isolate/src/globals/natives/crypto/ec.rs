//! ECDSA on P-256 and P-384. Points are uncompressed SEC 1, signatures `r ‖ s`, as WebCrypto has them.

use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use rquickjs::{Ctx, Result};

use super::hash::digest;
use super::{Bytes, Hash, Registry, optional, random};

/// Runs `$body` with `$curve` as the crate of the curve named `$name`; `None` for other names.
macro_rules! on_curve {
    ($name:expr, |$curve:ident| $body:expr) => {
        match $name {
            "P-256" => {
                use p256 as $curve;
                $body
            }
            "P-384" => {
                use p384 as $curve;
                $body
            }
            _ => None,
        }
    };
}

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("ecPoint", |ctx: Ctx<'js>, curve: String, point: Bytes| {
        optional(
            ctx,
            on_curve!(&*curve, |c| c::PublicKey::from_sec1_bytes(&point.0)
                .ok()
                .and_then(|key| uncompressed(&key.to_sec1_bytes()))),
        )
    })?;
    registry.add("ecPublic", |ctx: Ctx<'js>, curve: String, scalar: Bytes| {
        optional(ctx, public(&curve, &scalar.0))
    })?;
    registry.add("ecGenerate", |ctx: Ctx<'js>, curve: String| {
        let len = if curve == "P-384" { 48 } else { 32 };
        loop {
            // One in 2^32 draws is no scalar of P-256.
            let scalar = random(&ctx, len)?;
            if public(&curve, &scalar).is_some() {
                return optional(ctx, Some(scalar));
            }
        }
    })?;
    registry.add("ecSign", |ctx: Ctx<'js>, curve: String, hash: String, scalar: Bytes, data: Bytes| {
        optional(ctx, Hash::by_name(&hash).and_then(|hash| sign(&curve, hash, &scalar.0, &data.0)))
    })?;
    registry.add("ecVerify", |curve: String, hash: String, point: Bytes, data: Bytes, mark: Bytes| {
        Hash::by_name(&hash).is_some_and(|hash| verify(&curve, hash, &point.0, &data.0, &mark.0).is_some())
    })?;
    register_forms(registry)
}

fn register_forms<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("ecFromSpki", |ctx: Ctx<'js>, curve: String, der: Bytes| {
        optional(
            ctx,
            on_curve!(&*curve, |c| c::PublicKey::from_public_key_der(&der.0)
                .ok()
                .map(|key| key.to_sec1_bytes())),
        )
    })?;
    registry.add("ecFromPkcs8", |ctx: Ctx<'js>, curve: String, der: Bytes| {
        optional(
            ctx,
            on_curve!(&*curve, |c| c::SecretKey::from_pkcs8_der(&der.0)
                .ok()
                .map(|key| key.to_bytes().to_vec())),
        )
    })?;
    registry.add("ecToSpki", |ctx: Ctx<'js>, curve: String, point: Bytes| {
        optional(
            ctx,
            on_curve!(&*curve, |c| {
                let key = c::PublicKey::from_sec1_bytes(&point.0).ok();
                key.and_then(|key| key.to_public_key_der().ok()).map(|der| der.as_bytes().to_vec())
            }),
        )
    })?;
    registry.add("ecToPkcs8", |ctx: Ctx<'js>, curve: String, scalar: Bytes| {
        optional(
            ctx,
            on_curve!(&*curve, |c| {
                let key = c::SecretKey::from_slice(&scalar.0).ok();
                key.and_then(|key| key.to_pkcs8_der().ok()).map(|der| der.as_bytes().to_vec())
            }),
        )
    })
}

/// A point that is compressed or at infinity is no key here.
fn uncompressed(point: &[u8]) -> Option<Vec<u8>> {
    (point.first() == Some(&4)).then(|| point.to_vec())
}

fn public(curve: &str, scalar: &[u8]) -> Option<Vec<u8>> {
    on_curve!(curve, |c| c::SecretKey::from_slice(scalar)
        .ok()
        .map(|key| key.public_key().to_sec1_bytes().to_vec()))
}

fn sign(curve: &str, hash: Hash, scalar: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let hashed = digest(hash, data);
    on_curve!(curve, |c| {
        let key = c::ecdsa::SigningKey::from_slice(scalar).ok()?;
        let signature: c::ecdsa::Signature = key.sign_prehash(&hashed).ok()?;
        Some(signature.to_bytes().to_vec())
    })
}

fn verify(curve: &str, hash: Hash, point: &[u8], data: &[u8], mark: &[u8]) -> Option<()> {
    let hashed = digest(hash, data);
    on_curve!(curve, |c| {
        let key = c::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
        let signature = c::ecdsa::Signature::from_slice(mark).ok()?;
        key.verify_prehash(&hashed, &signature).ok()
    })
}
