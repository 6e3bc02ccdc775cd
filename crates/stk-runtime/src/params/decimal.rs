//! Decimals of any size as text: whether it is one, and which of two is larger.

use std::cmp::Ordering;

use crate::json::number_length;

/// Whether `text` is a decimal in JSON's form of a number.
pub(crate) fn is_decimal(text: &str) -> bool {
    number_length(text.as_bytes()) == Some(text.len())
}

/// A decimal in one form for each value: ±0.DIGITS × 10^exponent, no zeros at either end of the digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        if !is_decimal(text) {
            return None;
        }
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let without_leading = all.trim_start_matches('0');
        let leading = all.len() - without_leading.len();
        let digits = without_leading.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Decimal { is_negative: false, digits, exponent: 0 });
        }
        // An exponent past i64 is past every bound too: its sign is all that counts.
        let exponent =
            exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
        let exponent = exponent.saturating_add(whole.len() as i64 - leading as i64);
        Some(Decimal { is_negative, digits, exponent })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.digits.is_empty() || self.exponent >= self.digits.len() as i64
    }

    /// The value as an integer, if it is one within i64.
    pub(crate) fn to_i64(&self) -> Option<i64> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let exponent = usize::try_from(self.exponent).ok().filter(|exponent| *exponent <= 19)?;
        let zeros = exponent.checked_sub(self.digits.len())?;
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{}{}", self.digits, "0".repeat(zeros)).parse().ok()
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let sign = |decimal: &Decimal| match (decimal.digits.is_empty(), decimal.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = (self.exponent, &self.digits).cmp(&(other.exponent, &other.digits));
        sign(self).cmp(&sign(other)).then(match sign(self) {
            0 => Ordering::Equal,
            -1 => size.reverse(),
            _ => size,
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let sorted = [
            "-1e3",
            "-10",
            "-9.99",
            "-0.1",
            "0",
            "1e-9",
            "0.5",
            "5e-1",
            "1",
            "1.00",
            "9.9",
            "10",
            "1E2",
            "1e99999999999999999999",
        ];
        for pair in sorted.windows(2) {
            let (a, b) = (Decimal::parse(pair[0]).unwrap(), Decimal::parse(pair[1]).unwrap());
            assert!(a <= b, "{pair:?}");
        }
        assert_eq!(Decimal::parse("0.50"), Decimal::parse("5e-1"));
        assert_eq!(Decimal::parse("-0"), Decimal::parse("0e7"));
        for bad in ["", ".5", "5.", "+1", "1e", "0x1", "NaN", "Infinity", "1 "] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn integers_are_known_by_value() {
        let of = |text: &str| Decimal::parse(text).unwrap().to_i64();
        assert_eq!(of("9223372036854775807"), Some(i64::MAX));
        assert_eq!(of("-9223372036854775808"), Some(i64::MIN));
        assert_eq!((of("1e3"), of("1.50e1"), of("-0.0")), (Some(1000), Some(15), Some(0)));
        assert_eq!((of("9223372036854775808"), of("1.5"), of("1e400")), (None, None, None));
    }
}
