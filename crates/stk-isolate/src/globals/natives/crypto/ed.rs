//! Ed25519 (RFC 8032), its keys in the forms of RFC 8410.

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use rquickjs::{Ctx, Result};

use super::{Bytes, Registry, optional};

/// PKCS#8, version 0, before the 32 bytes of the seed.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("edPublic", |point: Bytes| public(&point.0).is_some())?;
    registry.add("edPoint", |ctx: Ctx<'js>, seed: Bytes| {
        optional(ctx, secret(&seed.0).map(|key| key.verifying_key().to_bytes()))
    })?;
    registry.add("edSign", |ctx: Ctx<'js>, seed: Bytes, data: Bytes| {
        optional(ctx, secret(&seed.0).map(|key| key.sign(&data.0).to_bytes()))
    })?;
    registry.add("edVerify", |point: Bytes, data: Bytes, mark: Bytes| {
        let signature = Signature::from_slice(&mark.0);
        signature.is_ok_and(|signature| {
            public(&point.0).is_some_and(|key| key.verify(&data.0, &signature).is_ok())
        })
    })?;
    registry.add("edFromSpki", |ctx: Ctx<'js>, der: Bytes| {
        optional(ctx, VerifyingKey::from_public_key_der(&der.0).ok().map(|key| key.to_bytes()))
    })?;
    registry.add("edFromPkcs8", |ctx: Ctx<'js>, der: Bytes| {
        optional(ctx, SigningKey::from_pkcs8_der(&der.0).ok().map(|key| key.to_bytes()))
    })?;
    registry.add("edToSpki", |ctx: Ctx<'js>, point: Bytes| {
        let der = public(&point.0).and_then(|key| key.to_public_key_der().ok());
        optional(ctx, der.map(|der| der.as_bytes().to_vec()))
    })?;
    registry
        .add("edToPkcs8", |ctx: Ctx<'js>, seed: Bytes| optional(ctx, Some([&PKCS8[..], &seed.0].concat())))
}

fn public(point: &[u8]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(point.try_into().ok()?).ok()
}

fn secret(seed: &[u8]) -> Option<SigningKey> {
    Some(SigningKey::from_bytes(seed.try_into().ok()?))
}
