//! What `crypto` computes with. Keys are plain bytes in JavaScript; every call reads them anew.
//!
//! Deliberately absent: RSA key generation, which takes seconds, and encryption other than AES-GCM.

mod aes;
mod derive;
mod ec;
mod ed;
mod hash;
mod rsa;

use rquickjs::{Ctx, Exception, Result, TypedArray};

use super::{Bytes, Registry, array};

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("randomBytes", |ctx: Ctx<'js>, len: usize| -> Result<TypedArray<'js, u8>> {
        let bytes = random(&ctx, len)?;
        array(ctx, &bytes)
    })?;
    registry.add("randomUuid", |ctx: Ctx<'js>| random_uuid(&ctx))?;
    hash::register(registry)?;
    derive::register(registry)?;
    aes::register(registry)?;
    ed::register(registry)?;
    ec::register(registry)?;
    rsa::register(registry)
}

/// More at once is a mistake or an attack.
const RANDOM_BYTES_MAX: usize = 1 << 16;

fn random(ctx: &Ctx<'_>, len: usize) -> Result<Vec<u8>> {
    if len > RANDOM_BYTES_MAX {
        return Err(Exception::throw_range(ctx, "too many random bytes at once"));
    }
    let mut bytes = vec![0; len];
    getrandom::fill(&mut bytes).map_err(|_| Exception::throw_internal(ctx, "no entropy"))?;
    Ok(bytes)
}

/// Version 4 of RFC 9562.
fn random_uuid(ctx: &Ctx<'_>) -> Result<String> {
    let mut bytes = random(ctx, 16)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// `None` becomes `undefined`, which the caller in JavaScript names properly.
fn optional<'js>(ctx: Ctx<'js>, bytes: Option<impl AsRef<[u8]>>) -> Result<Option<TypedArray<'js, u8>>> {
    bytes.map(|bytes| array(ctx, bytes.as_ref())).transpose()
}

/// A hash by its name in WebCrypto.
#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn by_name(name: &str) -> Option<Hash> {
        Some(match name {
            "SHA-1" => Hash::Sha1,
            "SHA-256" => Hash::Sha256,
            "SHA-384" => Hash::Sha384,
            "SHA-512" => Hash::Sha512,
            _ => return None,
        })
    }
}
