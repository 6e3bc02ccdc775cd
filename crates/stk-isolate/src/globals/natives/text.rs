//! Text and bytes, by the Encoding standard.

use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use rquickjs::{Ctx, Object, Result};

use super::{Bytes, Registry, array};

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("encode", |ctx: Ctx<'js>, text: String| array(ctx, text.as_bytes()))?;
    registry.add("encodePrefix", encode_prefix)?;
    registry.add("encodingOf", |label: String| -> Option<String> {
        // The encoding `replacement` is for decoding hostile pages, not for asking.
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
        Some(encoding.name().to_ascii_lowercase())
    })?;
    registry.add(
        "decode",
        |name: String, ignore_bom: bool, fatal: bool, bytes: Bytes| -> Option<String> {
            decode(&name, ignore_bom, fatal, &bytes.0)
        },
    )?;
    registry.add("decodePiece", decode_piece)
}

/// As many whole characters as fit into `bytes_max`, and how many UTF-16 units they were.
fn encode_prefix<'js>(ctx: Ctx<'js>, text: String, bytes_max: usize) -> Result<Object<'js>> {
    let end = text.floor_char_boundary(bytes_max);
    let out = Object::new(ctx.clone())?;
    out.set("bytes", array(ctx, &text.as_bytes()[..end])?)?;
    out.set("read", text[..end].encode_utf16().count())?;
    Ok(out)
}

fn encoding(name: &str) -> &'static Encoding {
    Encoding::for_label(name.as_bytes()).unwrap_or(UTF_8)
}

/// `None` where `fatal` and the bytes are not of the encoding.
fn decode(name: &str, ignore_bom: bool, fatal: bool, bytes: &[u8]) -> Option<String> {
    let encoding = encoding(name);
    let bytes = if ignore_bom { bytes } else { without_bom(encoding, bytes) };
    if fatal {
        return encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| text.into_owned());
    }
    Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
}

fn without_bom<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> &'a [u8] {
    match Encoding::for_bom(bytes) {
        Some((found, len)) if found == encoding => &bytes[len..],
        _ => bytes,
    }
}

/// One piece of a stream: its text, and the bytes to hold back for the next, of which `rest` are those of the last.
fn decode_piece<'js>(
    ctx: Ctx<'js>,
    name: String,
    ignore_bom: bool,
    fatal: bool,
    rest: Bytes,
    bytes: Bytes,
    is_last: bool,
) -> Result<Option<Object<'js>>> {
    let encoding = encoding(&name);
    let mut all = rest.0;
    all.extend_from_slice(&bytes.0);
    let end = if is_last { all.len() } else { all.len() - held_back(encoding, &all) };
    let Some(text) = decode(&name, ignore_bom, fatal, &all[..end]) else { return Ok(None) };
    let out = Object::new(ctx.clone())?;
    out.set("took", end)?;
    out.set("text", text)?;
    out.set("rest", array(ctx, &all[end..])?)?;
    Ok(Some(out))
}

/// How many bytes at the end may be the beginning of a character.
fn held_back(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    if encoding == UTF_8 {
        return unfinished_utf8(bytes);
    }
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return unfinished_utf16(encoding, bytes);
    }
    // A lead byte alone: the decoder, told that more is to come, takes it without giving text.
    if encoding.is_single_byte() { 0 } else { unfinished_legacy(encoding, bytes) }
}

fn unfinished_utf8(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let tail = &bytes[bytes.len() - back..];
        if let Err(error) = std::str::from_utf8(tail)
            && error.valid_up_to() == 0
            && error.error_len().is_none()
        {
            return back;
        }
    }
    0
}

fn unfinished_utf16(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let odd = bytes.len() % 2;
    let whole = &bytes[..bytes.len() - odd];
    let lead = whole
        .last_chunk::<2>()
        .map(|pair| if encoding == UTF_16LE { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    if lead.is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) { odd + 2 } else { odd }
}

fn unfinished_legacy(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let len_of = |bytes: &[u8], is_last: bool| {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut out = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0) + 16);
        let (result, _, _) = decoder.decode_to_string(bytes, &mut out, is_last);
        debug_assert_eq!(result, CoderResult::InputEmpty, "there was room for all");
        out.len()
    };
    let whole = len_of(bytes, false);
    (1..=bytes.len().min(3))
        .rev()
        .find(|back| len_of(&bytes[..bytes.len() - back], true) == whole && len_of(bytes, true) > whole)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unfinished_characters_are_held_back() {
        for (encoding, bytes, expected) in [
            (UTF_8, "aé".as_bytes(), 0),
            (UTF_8, &b"a\xc3"[..], 1),
            (UTF_8, &b"\xf0\x9f\x98"[..], 3),
            (UTF_8, &b"\xe2\x82"[..], 2),
            (UTF_8, &b"a\x80\x80"[..], 0),
            (UTF_8, &b"\xff"[..], 0),
            (UTF_8, &b""[..], 0),
            (UTF_16LE, &b"a\0b"[..], 1),
            (UTF_16LE, &b"\x3d\xd8"[..], 2),
            (UTF_16LE, &b"\x3d\xd8\x00"[..], 3),
            (encoding_rs::SHIFT_JIS, &b"a\x82"[..], 1),
            (encoding_rs::SHIFT_JIS, &b"a\x82\xa0"[..], 0),
            (encoding_rs::WINDOWS_1252, &b"\xe9"[..], 0),
        ] {
            assert_eq!(held_back(encoding, bytes), expected, "{} {bytes:?}", encoding.name());
        }
    }
}
