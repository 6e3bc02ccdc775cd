//! Digests and HMAC.

use hmac::{Hmac, KeyInit as _, Mac as _};
use rquickjs::{Ctx, Result};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{Bytes, Hash, Registry, optional};

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("digest", |ctx: Ctx<'js>, hash: String, data: Bytes| {
        optional(ctx, Hash::by_name(&hash).map(|hash| digest(hash, &data.0)))
    })?;
    registry.add("hmac", |ctx: Ctx<'js>, hash: String, key: Bytes, data: Bytes| {
        optional(ctx, Hash::by_name(&hash).map(|hash| sign(hash, &key.0, &data.0)))
    })?;
    registry.add("hmacVerify", |hash: String, key: Bytes, data: Bytes, mark: Bytes| {
        Hash::by_name(&hash).is_some_and(|hash| verify(hash, &key.0, &data.0, &mark.0))
    })
}

pub(super) fn digest(hash: Hash, data: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha1 => Sha1::digest(data).to_vec(),
        Hash::Sha256 => Sha256::digest(data).to_vec(),
        Hash::Sha384 => Sha384::digest(data).to_vec(),
        Hash::Sha512 => Sha512::digest(data).to_vec(),
    }
}

/// Runs `$with` on the HMAC of `$hash`, `$data` put in. Keys of any length are fine for HMAC.
macro_rules! with_mac {
    ($hash:expr, $key:expr, $data:expr, |$mac:ident| $with:expr) => {{
        macro_rules! run {
            ($digest:ty) => {{
                let mut $mac = Hmac::<$digest>::new_from_slice($key).expect("HMAC takes keys of any length");
                $mac.update($data);
                $with
            }};
        }
        match $hash {
            Hash::Sha1 => run!(Sha1),
            Hash::Sha256 => run!(Sha256),
            Hash::Sha384 => run!(Sha384),
            Hash::Sha512 => run!(Sha512),
        }
    }};
}

fn sign(hash: Hash, key: &[u8], data: &[u8]) -> Vec<u8> {
    with_mac!(hash, key, data, |mac| mac.finalize().into_bytes().to_vec())
}

/// In constant time.
fn verify(hash: Hash, key: &[u8], data: &[u8], mark: &[u8]) -> bool {
    with_mac!(hash, key, data, |mac| mac.verify_slice(mark).is_ok())
}
