//! Tokens of operators: how they look, how they are stored, and the one-time token of the first start.
//!
//! A token is a prefix that secret scanners recognise, 256 random bits, and a checksum that tells a mistyped token
//! from an unknown one without asking the store.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stk_contract::Hash;
use zeroize::Zeroizing;

use crate::store::{Store, StoreError};
use crate::vault::random_bytes;

/// Prefix of personal access tokens.
pub const ACCESS_PREFIX: &str = "stk_pat_";
/// Prefix of the one-time token of the first start.
pub const BOOTSTRAP_PREFIX: &str = "stk_boot_";

/// A new token with this prefix.
pub fn new_token(prefix: &str) -> Result<Zeroizing<String>, getrandom::Error> {
    let random = random_bytes()?;
    let body = Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_slice()));
    let checked = Zeroizing::new(format!("{prefix}{}", body.as_str()));
    Ok(Zeroizing::new(format!("{}{:08x}", checked.as_str(), crc32(checked.as_bytes()))))
}

/// Whether a token has this prefix, the right length and a checksum that fits.
pub fn is_well_formed(token: &str, prefix: &str) -> bool {
    let Some((checked, sum)) = token.len().checked_sub(8).and_then(|at| token.split_at_checked(at)) else {
        return false;
    };
    checked.len() == prefix.len() + 43
        && checked.starts_with(prefix)
        && sum == format!("{:08x}", crc32(checked.as_bytes()))
}

/// What the store knows a token by.
pub fn hash(token: &str) -> Hash {
    Hash::of(token.as_bytes())
}

/// While no operator exists: a new one-time token that makes the first one.
pub async fn offer(store: &Store) -> Result<Option<Zeroizing<String>>, OfferError> {
    if store.has_operators().await? {
        return Ok(None);
    }
    let token = new_token(BOOTSTRAP_PREFIX)?;
    store.add_bootstrap_token(&hash(&token)).await?;
    Ok(Some(token))
}

#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gave no randomness")]
    Entropy(#[from] getrandom::Error),
}

/// CRC-32 (IEEE 802.3), bit by bit: a token is short.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn sec_02_a_mistyped_token_is_recognised() {
        let token = new_token(ACCESS_PREFIX).unwrap();
        assert!(is_well_formed(&token, ACCESS_PREFIX), "{}", token.as_str());
        assert!(!is_well_formed(&token, BOOTSTRAP_PREFIX));
        let swapped = token.replacen(&token[9..10], if &token[9..10] == "a" { "b" } else { "a" }, 1);
        for wrong in [&token[1..], &token[..token.len() - 1], "", "stk_pat_", swapped.as_str(), "stk_pat_é€"]
        {
            assert!(!is_well_formed(wrong, ACCESS_PREFIX), "{wrong}");
        }
    }
}
