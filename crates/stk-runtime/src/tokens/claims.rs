//! Claims of a token: reading them by name or by a dotted path, and their times.

use serde_json::{Map, Value};

use super::{SKEW_MS, TokenFault};

#[derive(Debug)]
pub(super) struct Claims(pub(super) Map<String, Value>);

/// When a token is valid, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) not_before_ms: u64,
    pub(super) expires_ms: u64,
}

impl Times {
    pub(super) fn check(self, now_ms: u64) -> Result<(), TokenFault> {
        if now_ms >= self.expires_ms.saturating_add(SKEW_MS) {
            return Err(TokenFault::Expired);
        }
        if now_ms.saturating_add(SKEW_MS) < self.not_before_ms {
            return Err(TokenFault::NotYet);
        }
        Ok(())
    }
}

impl Claims {
    pub(super) fn issuer(&self) -> Option<&str> {
        self.0.get("iss")?.as_str()
    }

    /// A claim as text; a number stands as its digits.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        match self.at(path)? {
            Value::String(text) if !text.contains('\0') => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A claim that is a list of texts, or one text.
    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        let one = |value: &Value| value.as_str().filter(|text| !text.contains('\0')).map(str::to_owned);
        match self.at(path) {
            Some(Value::Array(values)) => values.iter().filter_map(one).collect(),
            Some(value) => one(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Whether `aud` is, or lists, this audience.
    pub(super) fn has_audience(&self, audience: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::String(found)) => found == audience,
            Some(Value::Array(found)) => found.iter().any(|found| found.as_str() == Some(audience)),
            _ => false,
        }
    }

    /// `exp` is needed; `nbf` is heeded.
    pub(super) fn times(&self) -> Result<Times, TokenFault> {
        let expires_ms = self.time_ms("exp")?.ok_or(TokenFault::Malformed("it has no `exp`"))?;
        Ok(Times { not_before_ms: self.time_ms("nbf")?.unwrap_or(0), expires_ms })
    }

    /// A NumericDate of RFC 7519: seconds, perhaps with a fraction.
    fn time_ms(&self, name: &str) -> Result<Option<u64>, TokenFault> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| *seconds >= 0.0);
        let seconds = seconds.ok_or(TokenFault::Malformed("a time is not a number"))?;
        // A float converts to an integer by saturating: a time past the range is just very late.
        Ok(Some((seconds * 1000.0) as u64))
    }

    /// The claim of this very name (they often are URLs, with dots in them), else by the dotted path.
    fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.0.get(first)?, |value, segment| value.get(segment))
    }
}
