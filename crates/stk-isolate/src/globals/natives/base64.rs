//! Base64 in the forms that are needed: the web's forgiving `atob`, operations' padded, JWK's URL-safe.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use rquickjs::{Ctx, Exception, Result, TypedArray};

use super::{Bytes, Registry, array};

/// Padding may be left out, and bits beyond the last byte may be set, as the Infra standard says.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("atob", |text: String| decode_forgiving(&text))?;
    registry.add("btoa", |text: String| -> Option<String> {
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        bytes.map(|bytes| STANDARD.encode(bytes))
    })?;
    registry.add("toBase64", |bytes: Bytes| STANDARD.encode(bytes.0))?;
    registry.add("fromBase64", |ctx: Ctx<'js>, text: String| -> Result<TypedArray<'js, u8>> {
        let bytes = STANDARD.decode(text).map_err(|_| Exception::throw_type(&ctx, "not base64"))?;
        array(ctx, &bytes)
    })?;
    registry.add("toBase64Url", |bytes: Bytes| URL_SAFE_NO_PAD.encode(bytes.0))?;
    registry.add("fromBase64Url", |ctx: Ctx<'js>, text: String| -> Result<Option<TypedArray<'js, u8>>> {
        let decoded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
        decoded.ok().map(|bytes| array(ctx, &bytes)).transpose()
    })
}

/// The bytes as a string of one character each.
fn decode_forgiving(text: &str) -> Option<String> {
    let mut text: String =
        text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ')).collect();
    // Padding counts only where it completes a group of four.
    if text.len().is_multiple_of(4) {
        let padding = text.bytes().rev().take(2).take_while(|b| *b == b'=').count();
        text.truncate(text.len() - padding);
    }
    if text.contains('=') {
        return None;
    }
    FORGIVING.decode(text).ok().map(|bytes| bytes.into_iter().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::decode_forgiving;

    #[test]
    fn atob_forgives_space_missing_padding_and_loose_bits_and_nothing_else() {
        for (text, expected) in [
            (" Y Q = = ", Some("a")),
            ("YQ", Some("a")),
            ("YR", Some("a")),
            ("", Some("")),
            ("/+8=", Some("\u{ff}\u{ef}")),
            ("Y", None),
            ("YQ=", None),
            ("YQ===", None),
            ("=", None),
            ("Y=Q=", None),
            ("YQ-_", None),
        ] {
            assert_eq!(decode_forgiving(text).as_deref(), expected, "{text:?}");
        }
    }
}
