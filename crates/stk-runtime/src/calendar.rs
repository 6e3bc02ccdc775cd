//! Days and microseconds as Postgres counts them (from 2000-01-01, proleptic Gregorian), to and from text.

/// Microseconds of a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// Days from 2000-01-01 to a date; `year` 0 is 1 BC.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years start in March here, so that the leap day is the last day of a year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 730_425
}

/// Year (0 is 1 BC), month and day of a count of days from 2000-01-01.
pub(crate) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 730_425;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `YYYY-MM-DD` with a year of 1 to 9999, as days.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?);
    let days = days_of(year, month, day);
    // Counting back gives another date where this one does not exist.
    let exists = (1..=12).contains(&month) && year >= 1 && date_of(days) == (year, month, day);
    exists.then_some(days as i32)
}

/// RFC 3339 with an offset, as microseconds in UTC, rounded to the nearest.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let days = parse_date(text.get(..10)?)?;
    let bytes = text.as_bytes();
    if !matches!(bytes.get(10)?, b'T' | b't' | b' ') || bytes.get(13)? != &b':' || bytes.get(16)? != &b':' {
        return None;
    }
    let (hour, minute, second) =
        (digits(bytes.get(11..13)?)?, digits(bytes.get(14..16)?)?, digits(bytes.get(17..19)?)?);
    // RFC 3339 has leap seconds; Postgres makes the next second of them, and so does the sum below.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_us, offset) = parse_fraction(&bytes[19..])?;
    let offset_minutes = parse_offset(offset)?;
    let seconds = hour * 3600 + (minute - offset_minutes) * 60 + second;
    Some(i64::from(days) * DAY_US + seconds * 1_000_000 + fraction_us)
}

/// Microseconds of a fraction such as `.25`, and what follows it.
fn parse_fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let digit = |index: usize| rest[..length].get(index).map_or(0, |digit| i64::from(digit - b'0'));
    let micros = (0..6).fold(0, |micros, index| micros * 10 + digit(index));
    Some((micros + i64::from(digit(6) >= 5), &rest[length..]))
}

fn parse_offset(offset: &[u8]) -> Option<i64> {
    match offset {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), hours @ .., b':', m1, m2] if hours.len() == 2 => {
            let (hours, minutes) = (digits(hours)?, digits(&[*m1, *m2])?);
            let minutes = (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)?;
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => None,
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Writes a number with at least `width` digits.
fn write_padded(number: i64, width: usize, out: &mut Vec<u8>) {
    let (mut digits, mut at, mut rest) = ([b'0'; 20], 20, number.unsigned_abs());
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[at.min(20 - width)..]);
}

/// Writes `YYYY-MM-DD` and says whether the year is before Christ, which stands behind everything else.
pub(crate) fn write_date(days: i64, out: &mut Vec<u8>) -> bool {
    let (year, month, day) = date_of(days);
    let is_bc = year <= 0;
    write_padded(if is_bc { 1 - year } else { year }, 4, out);
    out.push(b'-');
    write_padded(month, 2, out);
    out.push(b'-');
    write_padded(day, 2, out);
    is_bc
}

/// How a fraction of a second is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fraction {
    /// None, 3 or 6 digits: our JSON.
    Grouped,
    /// As many digits as it needs: Postgres' text.
    Trimmed,
}

/// Writes `HH:MM:SS` with a fraction where there is one.
pub(crate) fn write_time(micros: i64, fraction: Fraction, out: &mut Vec<u8>) {
    let seconds = micros / 1_000_000;
    write_padded(seconds / 3600, 2, out);
    out.push(b':');
    write_padded(seconds / 60 % 60, 2, out);
    out.push(b':');
    write_padded(seconds % 60, 2, out);
    write_fraction(micros % 1_000_000, fraction, out);
}

pub(crate) fn write_fraction(micros: i64, fraction: Fraction, out: &mut Vec<u8>) {
    if micros == 0 {
        return;
    }
    out.push(b'.');
    match fraction {
        Fraction::Grouped if micros % 1000 == 0 => write_padded(micros / 1000, 3, out),
        Fraction::Grouped => write_padded(micros, 6, out),
        Fraction::Trimmed => {
            write_padded(micros, 6, out);
            while out.last() == Some(&b'0') {
                out.pop();
            }
        }
    }
}

/// Writes a date and time with `separator` between and `zone` behind the time.
pub(crate) fn write_timestamp(micros: i64, separator: u8, zone: &str, fraction: Fraction, out: &mut Vec<u8>) {
    let is_bc = write_date(micros.div_euclid(DAY_US), out);
    out.push(separator);
    write_time(micros.rem_euclid(DAY_US), fraction, out);
    out.extend_from_slice(zone.as_bytes());
    if is_bc {
        out.extend_from_slice(b" BC");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_2000_and_back() {
        assert_eq!(days_of(2000, 1, 1), 0);
        assert_eq!(days_of(1970, 1, 1), -10_957);
        for days in (-2_000_000..5_000_000).step_by(97) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        assert_eq!(parse_date("2024-02-29"), Some(8825));
        for bad in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-32",
            "0000-01-01",
            "24-01-01",
            "infinity",
            "2024-1-1",
            "２024-01-01",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn timestamps_need_an_offset_and_count_in_utc() {
        assert_eq!(parse_timestamp("2000-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse_timestamp("2000-01-01T02:30:00+02:30"), Some(0));
        assert_eq!(parse_timestamp("1999-12-31t23:59:59.9999996z"), Some(0));
        assert_eq!(parse_timestamp("1999-12-31T23:59:60Z"), Some(0));
        assert_eq!(parse_timestamp("2000-01-01 00:00:00.000001-00:01"), Some(60_000_001));
        for bad in [
            "2000-01-01",
            "2000-01-01T00:00:00",
            "2000-01-01T24:00:00Z",
            "2000-01-01T00:00:00.Z",
            "2000-01-01T00:00:00+2:00",
            "2000-01-01T00:00Z",
            "infinity",
        ] {
            assert_eq!(parse_timestamp(bad), None, "{bad}");
        }
    }
}
