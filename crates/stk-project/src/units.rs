//! Durations and sizes as the user writes them: a whole number and a unit, nothing in between.

/// What a duration must look like, as a regular expression.
pub(crate) const DURATION_PATTERN: &str = "^[1-9][0-9]*(ms|s|m|h|d)$";

/// What a size must look like, as a regular expression.
pub(crate) const SIZE_PATTERN: &str = "^[1-9][0-9]*(B|KB|MB|GB|KiB|MiB|GiB)$";

/// Milliseconds of `500ms`, `10s`, `5m`, `2h` or `30d`. Zero and bare numbers are none.
pub(crate) fn duration_ms(text: &str) -> Option<u64> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    measure(text, &units)
}

/// Bytes of `100B`, `1MB` (powers of 1000) or `1MiB` (powers of 1024). Zero and bare numbers are none.
pub(crate) fn size_bytes(text: &str) -> Option<u64> {
    let units = [
        ("B", 1),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    measure(text, &units)
}

fn measure(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    if number.starts_with('0') {
        return None;
    }
    // JavaScript and Postgres hold these as doubles or int8; a span of 285,000 years is a slip of the keyboard.
    number.parse::<u64>().ok()?.checked_mul(*factor).filter(|product| *product < 1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        for (text, ms) in
            [("1ms", 1), ("10s", 10_000), ("5m", 300_000), ("2h", 7_200_000), ("30d", 2_592_000_000)]
        {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for bad in
            ["", "0", "0s", "10", "s", "1.5s", "-1s", "1 s", "1S", "1w", "01s", "99999999999999999999d"]
        {
            assert_eq!(duration_ms(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_count_in_thousands_or_in_1024() {
        for (text, bytes) in
            [("1B", 1), ("1MB", 1_000_000), ("1MiB", 1_048_576), ("2KiB", 2048), ("3KB", 3000)]
        {
            assert_eq!(size_bytes(text), Some(bytes), "{text}");
        }
        for bad in ["0", "0B", "1", "1mb", "1Kib", "1 MB", "1TB", "18446744073709551615GB"] {
            assert_eq!(size_bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_patterns_for_editors_agree() {
        let duration = regex_lite::Regex::new(DURATION_PATTERN).unwrap();
        let size = regex_lite::Regex::new(SIZE_PATTERN).unwrap();
        for text in ["1ms", "10s", "30d", "0s", "10", "01s", "1w", "1B", "5GiB", "0B", "1mb", "7KB", ""] {
            assert_eq!(duration.is_match(text), duration_ms(text).is_some(), "{text}");
            assert_eq!(size.is_match(text), size_bytes(text).is_some(), "{text}");
        }
    }
}
