//! A param's value, typed as its file declares it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use stk_contract::manifest::ParamType;
use stk_contract::problem::ParamErrorCode;

use super::decimal::{Decimal, is_decimal};
use crate::{calendar, json};

/// The largest integer that a JSON number of JavaScript holds exactly: 2^53 − 1.
pub(crate) const SAFE_INTEGER_MAX: i64 = (1 << 53) - 1;

/// Standard base64, padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// In JSON's form of a number.
    Decimal(Cow<'a, str>),
    Text(Cow<'a, str>),
    Uuid([u8; 16]),
    /// Days from 2000-01-01.
    Date(i32),
    /// Microseconds from 2000-01-01 in UTC.
    Timestamp(i64),
    Json(Cow<'a, str>),
    Bytes(Vec<u8>),
    Array {
        values: Vec<Value<'a>>,
        json: Cow<'a, str>,
    },
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Checked JSON.
    Json(&'a str),
    /// Text of a query string.
    Text(&'a str),
}

/// Why a value is not of its type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) code: ParamErrorCode,
    pub(crate) detail: Cow<'static, str>,
}

fn misfit<T>(code: ParamErrorCode, detail: &'static str) -> Result<T, Misfit> {
    Err(Misfit { code, detail: detail.into() })
}

fn wrong_type<T>(detail: &'static str) -> Result<T, Misfit> {
    misfit(ParamErrorCode::Type, detail)
}

impl<'a> Input<'a> {
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Input::Json("null"))
    }

    fn text(self, expected: &'static str) -> Result<Cow<'a, str>, Misfit> {
        match self {
            Input::Json(raw) if raw.starts_with('"') => Ok(json::text_of(raw)),
            Input::Json(_) => wrong_type(expected),
            Input::Text(text) => Ok(Cow::Borrowed(text)),
        }
    }

    fn number(self, expected: &'static str) -> Result<&'a str, Misfit> {
        match self {
            Input::Json(raw) if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
                Ok(raw)
            }
            Input::Text(text) if is_decimal(text) => Ok(text),
            _ => wrong_type(expected),
        }
    }

    /// A number, or its decimal text.
    fn decimal(self, expected: &'static str) -> Result<Cow<'a, str>, Misfit> {
        let text = match self {
            Input::Json(raw) if raw.starts_with('"') => json::text_of(raw),
            Input::Json(raw) | Input::Text(raw) => Cow::Borrowed(raw),
        };
        if is_decimal(&text) { Ok(text) } else { wrong_type(expected) }
    }

    /// JSON text: what was sent as such, or a query's text that holds it.
    fn json(self) -> Result<&'a str, Misfit> {
        match self {
            Input::Json(raw) => Ok(raw),
            Input::Text(text) => json::check(text.as_bytes()).or_else(|_| wrong_type("must be JSON text")),
        }
    }
}

/// A value of any type but an array, whose elements have pointers of their own.
pub(crate) fn scalar<'a>(kind: &ParamType, input: Input<'a>) -> Result<Value<'a>, Misfit> {
    match kind {
        ParamType::String => input.text("must be a string").map(Value::Text),
        ParamType::Int => int(input.number("must be an integer")?, SAFE_INTEGER_MAX).map(Value::Int),
        ParamType::Bigint => {
            int(&input.decimal("must be an integer, as number or text")?, i64::MAX).map(Value::Int)
        }
        ParamType::Float => float(input.number("must be a number")?),
        ParamType::Number => input.decimal("must be a decimal, as number or text").map(Value::Decimal),
        ParamType::Bool => match input {
            Input::Json("true") | Input::Text("true") => Ok(Value::Bool(true)),
            Input::Json("false") | Input::Text("false") => Ok(Value::Bool(false)),
            _ => wrong_type("must be true or false"),
        },
        ParamType::Uuid => {
            let text = input.text("must be a UUID")?;
            uuid(&text).map_or_else(|| wrong_type("must be a UUID"), |bytes| Ok(Value::Uuid(bytes)))
        }
        ParamType::Date => {
            let days = calendar::parse_date(&input.text("must be a date, YYYY-MM-DD")?);
            days.map_or_else(|| wrong_type("must be a date, YYYY-MM-DD"), |days| Ok(Value::Date(days)))
        }
        ParamType::Timestamp => {
            const EXPECTED: &str = "must be a timestamp of RFC 3339 with an offset";
            let micros = calendar::parse_timestamp(&input.text(EXPECTED)?);
            micros.map_or_else(|| wrong_type(EXPECTED), |micros| Ok(Value::Timestamp(micros)))
        }
        ParamType::Json => input.json().map(|raw| Value::Json(Cow::Borrowed(raw))),
        ParamType::Bytes => {
            let text = input.text("must be base64")?;
            let bytes = BASE64.decode(text.as_bytes());
            bytes.map(Value::Bytes).or_else(|_| wrong_type("must be base64"))
        }
        ParamType::Enum(values) => {
            let text = input.text("must be a string")?;
            if values.iter().any(|value| *value == text) {
                return Ok(Value::Text(text));
            }
            let detail = format!("must be one of {}", values.join(", "));
            Err(Misfit { code: ParamErrorCode::Enum, detail: detail.into() })
        }
        ParamType::Array(_) => wrong_type("must be an array"),
    }
}

/// The raw elements of an array.
pub(crate) fn array<'a>(input: Input<'a>) -> Result<&'a str, Misfit> {
    let raw = input.json()?;
    if raw.starts_with('[') { Ok(raw) } else { wrong_type("must be an array") }
}

fn int(text: &str, max: i64) -> Result<i64, Misfit> {
    let number = match text.parse::<i64>() {
        Ok(number) => number,
        // `1.0` and `1e3` are integers too; `1.5` and what is past i64 are not.
        Err(_) => match Decimal::parse(text) {
            Some(decimal) if decimal.is_whole() => match decimal.to_i64() {
                Some(number) => number,
                None => return misfit(ParamErrorCode::Range, "is out of the range of an integer"),
            },
            _ => return wrong_type("must be an integer"),
        },
    };
    let is_safe = max == i64::MAX || number.unsigned_abs() <= max.unsigned_abs();
    if !is_safe {
        return misfit(ParamErrorCode::Range, "is past ±(2^53−1)");
    }
    Ok(number)
}

fn float<'a>(text: &str) -> Result<Value<'a>, Misfit> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Value::Float(number)),
        _ => misfit(ParamErrorCode::Range, "is out of the range of a float"),
    }
}

/// A UUID in its usual form, 8-4-4-4-12 hex digits.
pub(crate) fn uuid(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 || [8, 13, 18, 23].iter().any(|at| bytes[*at] != b'-') {
        return None;
    }
    let mut digits = bytes.iter().filter(|byte| **byte != b'-').map(|byte| char::from(*byte).to_digit(16));
    let mut uuid = [0; 16];
    for byte in &mut uuid {
        *byte = (digits.next()?? << 4 | digits.next()??) as u8;
    }
    digits.next().is_none().then_some(uuid)
}

/// Writes a UUID as Postgres does.
pub(crate) fn write_uuid(uuid: &[u8; 16], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

impl Value<'_> {
    pub(crate) fn into_owned(self) -> Value<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Int(value) => Value::Int(value),
            Value::Float(value) => Value::Float(value),
            Value::Decimal(text) => Value::Decimal(own(text)),
            Value::Text(text) => Value::Text(own(text)),
            Value::Uuid(value) => Value::Uuid(value),
            Value::Date(value) => Value::Date(value),
            Value::Timestamp(value) => Value::Timestamp(value),
            Value::Json(text) => Value::Json(own(text)),
            Value::Bytes(value) => Value::Bytes(value),
            Value::Array { values, json } => {
                Value::Array { values: values.into_iter().map(Value::into_owned).collect(), json: own(json) }
            }
        }
    }
}
