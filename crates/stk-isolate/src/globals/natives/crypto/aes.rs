//! AES-GCM with tags of 128 bits and nonces of 96 or 128 bits.

use aes_gcm::aead::array::typenum::{U12, U16};
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AesGcm, Nonce};
use rquickjs::{Ctx, Result};

use super::{Bytes, Registry, optional};

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("aesSeal", |ctx: Ctx<'js>, key: Bytes, iv: Bytes, about: Bytes, data: Bytes| {
        optional(ctx, run(Way::Seal, &key.0, &iv.0, Payload { msg: &data.0, aad: &about.0 }))
    })?;
    registry.add("aesOpen", |ctx: Ctx<'js>, key: Bytes, iv: Bytes, about: Bytes, data: Bytes| {
        optional(ctx, run(Way::Open, &key.0, &iv.0, Payload { msg: &data.0, aad: &about.0 }))
    })
}

#[derive(Clone, Copy)]
enum Way {
    Seal,
    Open,
}

/// `None` where key or nonce have another length, or what is opened was not sealed so.
fn run(way: Way, key: &[u8], iv: &[u8], data: Payload<'_, '_>) -> Option<Vec<u8>> {
    macro_rules! with {
        ($cipher:ty, $nonce:ty) => {{
            let cipher = AesGcm::<$cipher, $nonce>::new_from_slice(key).ok()?;
            let nonce = Nonce::<$nonce>::try_from(iv).ok()?;
            match way {
                Way::Seal => cipher.encrypt(&nonce, data),
                Way::Open => cipher.decrypt(&nonce, data),
            }
        }};
    }
    match (key.len(), iv.len()) {
        (16, 12) => with!(Aes128, U12),
        (24, 12) => with!(Aes192, U12),
        (32, 12) => with!(Aes256, U12),
        (16, 16) => with!(Aes128, U16),
        (24, 16) => with!(Aes192, U16),
        (32, 16) => with!(Aes256, U16),
        _ => return None,
    }
    .ok()
}
