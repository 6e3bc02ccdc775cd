//! Decimals of any precision, to be compared and written as JSON.

use std::cmp::Ordering;

/// `0.d₁d₂d₃… × 10^exponent`, without zeros at either end; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads `-12.5e3`. Signs, a point without digits on one side and zeros in front are fine.
    pub(super) fn parse(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            // Postgres' numeric ends far before a million digits.
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let last = digits.iter().rposition(|digit| *digit != b'0').map_or(zeros, |last| last + 1);
        let exponent = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()? + i64::from(power);
        let digits = digits[zeros..last].to_vec();
        let zero = digits.is_empty();
        Some(Decimal { negative: negative && !zero, exponent: if zero { 0 } else { exponent }, digits })
    }

    fn magnitude(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The text of a YAML number as JSON has it: `.5` is `0.5`, `007` is `7`, `0x1F` is `31`. `None` for infinities and
/// what is no number.
pub(super) fn json_number(text: &str) -> Option<String> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i128::from_str_radix(digits, radix).ok().map(|int| int.to_string());
        }
    }
    Decimal::parse(text)?;
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, power) = unsigned.find(['e', 'E']).map_or((unsigned, ""), |at| unsigned.split_at(at));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}{power}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let sorted =
            ["-1e3", "-2", "-1.5", "-0.001", "0", "1e-9", "0.1", "0.11", "1", "9", "10", "1.1e2", "1e30"];
        for (index, low) in sorted.iter().enumerate() {
            for high in &sorted[index + 1..] {
                assert!(Decimal::parse(low) < Decimal::parse(high), "{low} {high}");
            }
        }
        for (one, other) in [("1", "1.0"), ("-0", "0"), ("100", "1e2"), ("0.010", "1E-2"), ("+007.", "7")] {
            assert_eq!(Decimal::parse(one), Decimal::parse(other), "{one} {other}");
        }
        for bad in ["", ".", "-", "1.2.3", "a", "1e", "1e99999999999", "0x1", ".inf", "1 "] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_of_yaml_become_numbers_of_json() {
        for (yaml, json) in [
            ("7", "7"),
            ("007", "7"),
            ("+1", "1"),
            ("-.5", "-0.5"),
            ("5.", "5"),
            ("1.50", "1.50"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("1E+3", "1E+3"),
        ] {
            assert_eq!(json_number(yaml).as_deref(), Some(json), "{yaml}");
            assert!(serde_json::from_str::<f64>(json).is_ok());
        }
        assert_eq!(json_number(".nan"), None);
    }
}
