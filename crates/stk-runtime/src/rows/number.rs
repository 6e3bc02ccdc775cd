//! Numbers as text: as JSON, and as Postgres writes them.

use super::ValueFault;
use super::cursor::Cursor;

pub(super) fn write_int(value: i64, out: &mut Vec<u8>) {
    let (mut digits, mut at, mut rest) = ([0; 20], 20, value.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// JSON of a `double precision`: the shortest text that comes back the same; what is no number is a string.
pub(super) fn write_f64(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() { write_float(&format!("{value:e}"), 15, out) } else { write_not_finite(value, out) }
}

/// JSON of a `real`.
pub(super) fn write_f32(value: f32, out: &mut Vec<u8>) {
    if value.is_finite() {
        write_float(&format!("{value:e}"), 6, out);
    } else {
        write_not_finite(f64::from(value), out);
    }
}

fn write_not_finite(value: f64, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(not_finite(value));
    out.push(b'"');
}

fn not_finite(value: f64) -> &'static [u8] {
    if value.is_nan() {
        b"NaN"
    } else if value > 0.0 {
        b"Infinity"
    } else {
        b"-Infinity"
    }
}

/// Postgres' text of a `double precision`.
pub(super) fn write_f64_text(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        write_float(&format!("{value:e}"), 15, out)
    } else {
        out.extend_from_slice(not_finite(value))
    }
}

/// Postgres' text of a `real`.
pub(super) fn write_f32_text(value: f32, out: &mut Vec<u8>) {
    if value.is_finite() {
        write_float(&format!("{value:e}"), 6, out);
    } else {
        out.extend_from_slice(not_finite(f64::from(value)));
    }
}

/// From the shortest digits in the form `-1.25e-7` to Postgres' text: plain from 10^-4 up to `10^digits`, else with
/// an exponent of at least two digits. Both are JSON.
fn write_float(scientific: &str, plain_digits: i32, out: &mut Vec<u8>) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    out.extend_from_slice(sign.as_bytes());
    if exponent < -4 || exponent >= plain_digits {
        out.extend_from_slice(mantissa.as_bytes());
        let sign = if exponent < 0 { '-' } else { '+' };
        out.extend_from_slice(format!("e{sign}{:02}", exponent.unsigned_abs()).as_bytes());
        return;
    }
    let digits = mantissa.bytes().filter(|byte| *byte != b'.');
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-exponent - 1) as usize, b'0');
        out.extend(digits);
        return;
    }
    let whole = exponent as usize + 1;
    let mut count = 0;
    for digit in digits {
        if count == whole {
            out.push(b'.');
        }
        out.push(digit);
        count += 1;
    }
    out.resize(out.len() + whole.saturating_sub(count), b'0');
}

/// Postgres' text of a `numeric`.
pub(super) fn write_numeric(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let mut cursor = Cursor::new(bytes);
    let count = i32::from(cursor.u16()?);
    let weight = i32::from(cursor.i16()?);
    let sign = cursor.u16()?;
    let scale = i32::from(cursor.u16()?);
    match sign {
        0x0000 => {}
        0x4000 => out.push(b'-'),
        0xc000 => out.extend_from_slice(b"NaN"),
        0xd000 => out.extend_from_slice(b"Infinity"),
        0xf000 => out.extend_from_slice(b"-Infinity"),
        _ => return Err(ValueFault::Damaged("its sign is not known")),
    }
    if sign & 0x8000 != 0 {
        return Ok(());
    }
    let mut groups = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let group = cursor.u16()?;
        if group > 9999 {
            return Err(ValueFault::Damaged("a digit is out of range"));
        }
        groups.push(group);
    }
    let group =
        |index: i32| usize::try_from(index).ok().and_then(|index| groups.get(index)).copied().unwrap_or(0);
    if weight < 0 {
        out.push(b'0');
    } else {
        write_int(i64::from(group(0)), out);
        (1..=weight).for_each(|index| write_group(group(index), 4, out));
    }
    if scale > 0 {
        out.push(b'.');
        for index in 0..(scale + 3) / 4 {
            let digits = (scale - index * 4).min(4) as usize;
            write_group(group(weight + 1 + index), digits, out);
        }
    }
    Ok(())
}

/// The first `digits` of the four digits of a group.
fn write_group(group: u16, digits: usize, out: &mut Vec<u8>) {
    let text = [group / 1000, group / 100 % 10, group / 10 % 10, group % 10].map(|digit| b'0' + digit as u8);
    out.extend_from_slice(&text[..digits]);
}
