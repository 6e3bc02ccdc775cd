//! Dates and times as text: our JSON's forms, and Postgres' own.

use super::ValueFault;
use super::cursor::Cursor;
use super::number::write_int;
use crate::calendar::{self, Fraction};

/// Timestamp of our JSON: `YYYY-MM-DDTHH:MM:SS` with a fraction of 3 or 6 digits where there is one.
pub(super) fn write_timestamp(micros: i64, zone: &str, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    match infinity(micros, i64::MIN, i64::MAX) {
        Some(infinity) => out.extend_from_slice(infinity),
        None => calendar::write_timestamp(micros, b'T', zone, Fraction::Grouped, out),
    }
    Ok(())
}

/// Timestamp as Postgres writes it, the zone being UTC.
pub(super) fn write_timestamp_text(micros: i64, zone: &str, out: &mut Vec<u8>) {
    match infinity(micros, i64::MIN, i64::MAX) {
        Some(infinity) => out.extend_from_slice(infinity),
        None => calendar::write_timestamp(micros, b' ', zone, Fraction::Trimmed, out),
    }
}

pub(super) fn write_date(days: i32, out: &mut Vec<u8>) {
    if let Some(infinity) = infinity(days, i32::MIN, i32::MAX) {
        out.extend_from_slice(infinity);
    } else if calendar::write_date(i64::from(days), out) {
        out.extend_from_slice(b" BC");
    }
}

fn infinity<T: PartialEq>(value: T, min: T, max: T) -> Option<&'static [u8]> {
    if value == max {
        Some(b"infinity")
    } else if value == min {
        Some(b"-infinity")
    } else {
        None
    }
}

/// `time`, and with `zone` the offset of a `timetz`, which Postgres counts in seconds west of UTC.
pub(super) fn write_time(micros: i64, west_s: Option<i32>, out: &mut Vec<u8>) {
    calendar::write_time(micros, Fraction::Trimmed, out);
    let Some(west_s) = west_s else { return };
    out.push(if west_s > 0 { b'-' } else { b'+' });
    let seconds = west_s.unsigned_abs();
    let two = |number: u32, out: &mut Vec<u8>| {
        out.extend_from_slice(&[b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
    };
    two(seconds / 3600, out);
    if seconds % 3600 != 0 {
        out.push(b':');
        two(seconds / 60 % 60, out);
    }
    if seconds % 60 != 0 {
        out.push(b':');
        two(seconds % 60, out);
    }
}

/// ISO 8601 as Postgres writes it under `intervalstyle = iso_8601`: each part with its own sign.
pub(super) fn write_interval(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let mut cursor = Cursor::new(bytes);
    let (micros, days, months) = (cursor.i64()?, cursor.i32()?, cursor.i32()?);
    if (micros, days, months) == (0, 0, 0) {
        out.extend_from_slice(b"PT0S");
        return Ok(());
    }
    let part = |value: i64, unit: u8, out: &mut Vec<u8>| {
        if value != 0 {
            write_int(value, out);
            out.push(unit);
        }
    };
    out.push(b'P');
    part(i64::from(months / 12), b'Y', out);
    part(i64::from(months % 12), b'M', out);
    part(i64::from(days), b'D', out);
    if micros != 0 {
        out.push(b'T');
        part(micros / 3_600_000_000, b'H', out);
        part(micros / 60_000_000 % 60, b'M', out);
        let second_us = micros % 60_000_000;
        if second_us != 0 {
            if second_us < 0 {
                out.push(b'-');
            }
            let second_us = second_us.abs();
            write_int(second_us / 1_000_000, out);
            calendar::write_fraction(second_us % 1_000_000, Fraction::Trimmed, out);
            out.push(b'S');
        }
    }
    Ok(())
}
