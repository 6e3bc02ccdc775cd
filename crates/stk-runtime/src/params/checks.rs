//! Checks past a param's type: bounds, lengths, patterns and formats.

use regex_lite::Regex;
use stk_contract::manifest::{Checks, Format, ParamType};
use stk_contract::problem::ParamErrorCode;

use super::decimal::Decimal;
use super::value::Value;
use crate::calendar;

/// Bytes of the longest address that mail can be sent to (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

#[derive(Debug)]
pub(super) struct CompiledChecks {
    min: Option<Bound>,
    max: Option<Bound>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    pattern: Option<Regex>,
    format: Option<Format>,
}

/// A bound, with its text for messages.
#[derive(Debug)]
struct Bound {
    text: Box<str>,
    at: At,
}

#[derive(Debug)]
enum At {
    /// A number, and the same as an integer where it is one.
    Number(Decimal, Option<i64>),
    Date(i32),
    Timestamp(i64),
}

type Refusal = (ParamErrorCode, String);

impl CompiledChecks {
    pub(super) fn compile(kind: &ParamType, checks: &Checks) -> Result<Option<CompiledChecks>, String> {
        if *checks == Checks::default() {
            return Ok(None);
        }
        let bound = |text: &Option<String>| text.as_ref().map(|text| Bound::compile(kind, text)).transpose();
        let pattern = checks.pattern.as_ref().map(|pattern| Regex::new(pattern)).transpose();
        Ok(Some(CompiledChecks {
            min: bound(&checks.min)?,
            max: bound(&checks.max)?,
            min_length: checks.min_length,
            max_length: checks.max_length,
            pattern: pattern.map_err(|error| format!("pattern: {error}"))?,
            format: checks.format,
        }))
    }

    /// What the value fails first, if any.
    pub(super) fn refuse(&self, value: &Value<'_>) -> Option<Refusal> {
        self.refuse_bounds(value).or_else(|| self.refuse_length(value)).or_else(|| match value {
            Value::Text(text) => self.refuse_text(text),
            _ => None,
        })
    }

    fn refuse_bounds(&self, value: &Value<'_>) -> Option<Refusal> {
        use std::cmp::Ordering::{Greater, Less};
        let past = |bound: &Option<Bound>, side, words: &str| {
            let bound = bound.as_ref()?;
            (bound.compare(value)? == side)
                .then(|| (ParamErrorCode::Range, format!("must be {words} {}", bound.text)))
        };
        past(&self.min, Less, "at least").or_else(|| past(&self.max, Greater, "at most"))
    }

    fn refuse_length(&self, value: &Value<'_>) -> Option<Refusal> {
        if self.min_length.is_none() && self.max_length.is_none() {
            return None;
        }
        let (length, unit) = match value {
            Value::Text(text) => (text.chars().count() as u64, "characters"),
            Value::Bytes(bytes) => (bytes.len() as u64, "bytes"),
            Value::Array { values, .. } => (values.len() as u64, "elements"),
            _ => return None,
        };
        let words = match (self.min_length, self.max_length) {
            (Some(min), _) if length < min => format!("must have at least {min} {unit}"),
            (_, Some(max)) if length > max => format!("must have at most {max} {unit}"),
            _ => return None,
        };
        Some((ParamErrorCode::Length, words))
    }

    fn refuse_text(&self, text: &str) -> Option<Refusal> {
        if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
            return Some((ParamErrorCode::Pattern, format!("must match `{pattern}`")));
        }
        let (is_of_format, words) = match self.format? {
            Format::Email => (is_email(text), "must be an email address"),
            Format::Url => (is_url(text), "must be an http or https URL"),
        };
        (!is_of_format).then(|| (ParamErrorCode::Format, words.to_owned()))
    }
}

impl Bound {
    fn compile(kind: &ParamType, text: &str) -> Result<Bound, String> {
        let at = match kind {
            ParamType::Date => calendar::parse_date(text).map(At::Date),
            ParamType::Timestamp => calendar::parse_timestamp(text).map(At::Timestamp),
            _ => Decimal::parse(text).map(|decimal| {
                let int = decimal.to_i64();
                At::Number(decimal, int)
            }),
        };
        Ok(Bound { text: text.into(), at: at.ok_or_else(|| format!("`{text}` is no bound of its type"))? })
    }

    /// Where a value stands to the bound.
    fn compare(&self, value: &Value<'_>) -> Option<std::cmp::Ordering> {
        match (&self.at, value) {
            (At::Number(_, Some(bound)), Value::Int(value)) => Some(value.cmp(bound)),
            (At::Number(bound, None), Value::Int(value)) => {
                Some(Decimal::parse(&value.to_string())?.cmp(bound))
            }
            // Through its shortest text, so that 0.1 is not past a bound of 0.1.
            (At::Number(bound, _), Value::Float(value)) => {
                Some(Decimal::parse(&value.to_string())?.cmp(bound))
            }
            (At::Number(bound, _), Value::Decimal(text)) => Some(Decimal::parse(text)?.cmp(bound)),
            (At::Date(bound), Value::Date(value)) => Some(value.cmp(bound)),
            (At::Timestamp(bound), Value::Timestamp(value)) => Some(value.cmp(bound)),
            _ => None,
        }
    }
}

/// One `@` with something before it and a host name with a dot behind it. Whether mail arrives, only mail tells.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_local = !local.is_empty()
        && local.len() <= 64
        && !local.contains(['@', '"', '(', ')', '<', '>', ',', ';', ':', '\\']);
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= EMAIL_BYTES_MAX
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && is_local
        && host.contains('.')
        && host.split('.').all(is_label)
}

/// `http://` or `https://` with a host: other schemes can carry script.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host_and_port, ""),
    };
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && !host.is_empty()
        && (port.is_empty() || port.parse::<u16>().is_ok())
        && !text.contains(|c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_and_urls_are_told_by_their_form() {
        for good in ["a@b.co", "first.last+tag@sub.example.com", "ü@exämple.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@", "@b.co", "a@b", "a@b..co", "a b@c.de", "a@b@c.de", "a@-b.co", "a@b.co\n"] {
            assert!(!is_email(bad), "{bad}");
        }
        for good in
            ["https://example.com", "http://localhost:8080/a?b=c#d", "https://[::1]:443/", "HTTPS://u:p@h/x"]
        {
            assert!(is_url(good), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "ftp://a/b",
            "javascript://%0aalert(1)",
            "https://",
            "https:///x",
            "https://a b",
            "https://h:99999",
        ] {
            assert!(!is_url(bad), "{bad}");
        }
    }

    #[test]
    fn bounds_hold_at_any_size_and_across_number_types() {
        let checks = Checks {
            min: Some("0.1".to_owned()),
            max: Some("99999999999999999999".to_owned()),
            ..Checks::default()
        };
        let checks = CompiledChecks::compile(&ParamType::Number, &checks).unwrap().unwrap();
        let code = |value: Value<'_>| checks.refuse(&value).map(|(code, _)| code);
        assert_eq!(code(Value::Float(0.1)), None);
        assert_eq!(code(Value::Int(0)), Some(ParamErrorCode::Range));
        assert_eq!(code(Value::Decimal("0.0999999999999999999999".into())), Some(ParamErrorCode::Range));
        assert_eq!(code(Value::Decimal("100000000000000000000".into())), Some(ParamErrorCode::Range));
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        let checks = Checks { max_length: Some(2), ..Checks::default() };
        let checks = CompiledChecks::compile(&ParamType::String, &checks).unwrap().unwrap();
        assert!(checks.refuse(&Value::Text("äö".into())).is_none());
        assert!(checks.refuse(&Value::Text("äöü".into())).is_some());
    }
}
