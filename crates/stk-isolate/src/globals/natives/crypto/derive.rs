//! PBKDF2 and HKDF.

use hkdf::Hkdf;
use pbkdf2::pbkdf2_hmac;
use rquickjs::{Ctx, Result, TypedArray};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{Bytes, Hash, Registry, optional};

/// No key is longer; more would be a way to fill memory.
const BYTES_MAX: usize = 1 << 16;
/// Twice what anyone recommends. It can not be interrupted, so there is an end to it.
const ROUNDS_MAX: u32 = 3_000_000;

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add(
        "hkdf",
        |ctx: Ctx<'js>,
         hash: String,
         key: Bytes,
         salt: Bytes,
         info: Bytes,
         len: usize|
         -> Result<Option<TypedArray<'js, u8>>> {
            optional(ctx, Hash::by_name(&hash).and_then(|hash| hkdf(hash, &key.0, &salt.0, &info.0, len)))
        },
    )?;
    registry.add(
        "pbkdf2",
        |ctx: Ctx<'js>,
         hash: String,
         key: Bytes,
         salt: Bytes,
         rounds: u32,
         len: usize|
         -> Result<Option<TypedArray<'js, u8>>> {
            let hash = Hash::by_name(&hash).filter(|_| rounds <= ROUNDS_MAX && len <= BYTES_MAX);
            optional(ctx, hash.map(|hash| pbkdf2(hash, &key.0, &salt.0, rounds, len)))
        },
    )
}

/// `None` where `len` is more than the hash can give.
fn hkdf(hash: Hash, key: &[u8], salt: &[u8], info: &[u8], len: usize) -> Option<Vec<u8>> {
    if len > BYTES_MAX {
        return None;
    }
    let mut out = vec![0; len];
    match hash {
        Hash::Sha1 => Hkdf::<Sha1>::new(Some(salt), key).expand(info, &mut out),
        Hash::Sha256 => Hkdf::<Sha256>::new(Some(salt), key).expand(info, &mut out),
        Hash::Sha384 => Hkdf::<Sha384>::new(Some(salt), key).expand(info, &mut out),
        Hash::Sha512 => Hkdf::<Sha512>::new(Some(salt), key).expand(info, &mut out),
    }
    .ok()?;
    Some(out)
}

fn pbkdf2(hash: Hash, key: &[u8], salt: &[u8], rounds: u32, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    match hash {
        Hash::Sha1 => pbkdf2_hmac::<Sha1>(key, salt, rounds, &mut out),
        Hash::Sha256 => pbkdf2_hmac::<Sha256>(key, salt, rounds, &mut out),
        Hash::Sha384 => pbkdf2_hmac::<Sha384>(key, salt, rounds, &mut out),
        Hash::Sha512 => pbkdf2_hmac::<Sha512>(key, salt, rounds, &mut out),
    }
    out
}
