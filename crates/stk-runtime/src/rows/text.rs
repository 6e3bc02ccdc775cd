//! Ranges and multiranges as Postgres writes them.

use super::ValueFault;
use super::cursor::Cursor;
use super::scalar::TextForm;

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

pub(super) fn write_range(
    element: &TextForm,
    mut cursor: Cursor<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    let flags = cursor.u8()?;
    let is = |flag: u8| flags & flag != 0;
    if is(EMPTY) {
        out.extend_from_slice(b"empty");
        return Ok(());
    }
    out.push(if is(LOWER_INCLUSIVE) { b'[' } else { b'(' });
    if !is(LOWER_INFINITE) {
        write_bound(element, &mut cursor, out)?;
    }
    out.push(b',');
    if !is(UPPER_INFINITE) {
        write_bound(element, &mut cursor, out)?;
    }
    out.push(if is(UPPER_INCLUSIVE) { b']' } else { b')' });
    Ok(())
}

fn write_bound(element: &TextForm, cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let bytes = cursor.sized()?.ok_or(ValueFault::Damaged("a bound is null"))?;
    let mut text = Vec::new();
    element.write(bytes, &mut text)?;
    let needs_quotes = |byte: &u8| b"\"\\()[], \t\n\r\x0b\x0c".contains(byte);
    if !text.is_empty() && !text.iter().any(needs_quotes) {
        out.append(&mut text);
        return Ok(());
    }
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'"');
    Ok(())
}

pub(super) fn write_multirange(
    element: &TextForm,
    mut cursor: Cursor<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueFault> {
    let count = cursor.u32()?;
    out.push(b'{');
    for index in 0..count {
        if index > 0 {
            out.push(b',');
        }
        let range = cursor.sized()?.ok_or(ValueFault::Damaged("a range is null"))?;
        write_range(element, Cursor::new(range), out)?;
    }
    out.push(b'}');
    Ok(())
}
