//! Params as the JSON object that logic in JavaScript or WebAssembly is given: checked, defaults filled in, each value
//! in one form however it was sent.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stk_contract::manifest::ParamType;

use super::value::{Input, Value, write_uuid};
use super::{Kind, Params};
use crate::calendar::{self, Fraction};
use crate::json;

impl Params {
    /// The object. An absent param without a default is no key of it; an explicit null is `null`.
    pub(crate) fn object(&self, given: &[(Cow<'_, str>, Input<'_>)], values: &[Value<'_>]) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(b'{');
        for (param, value) in self.params.iter().zip(values) {
            let is_given = || given.iter().any(|(name, _)| **name == *param.name);
            if *value == Value::Null && param.default.is_none() && !is_given() {
                continue;
            }
            if out.len() > 1 {
                out.push(b',');
            }
            json::write_string(&param.name, &mut out);
            out.push(b':');
            param.kind.write(value, &mut out);
        }
        out.push(b'}');
        out
    }
}

impl Kind {
    fn write(&self, value: &Value<'_>, out: &mut Vec<u8>) {
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            // Of one type whatever its size, and exact.
            Value::Int(value) if self.of == ParamType::Bigint => {
                json::write_string(&value.to_string(), out);
            }
            Value::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Value::Float(value) => {
                // Finite, as every float param is: serde_json writes the shortest form that reads the same.
                out.extend_from_slice(serde_json::json!(value).to_string().as_bytes());
            }
            Value::Decimal(text) | Value::Text(text) => json::write_string(text, out),
            Value::Json(text) => out.extend_from_slice(text.as_bytes()),
            Value::Uuid(uuid) => quoted(out, |out| write_uuid(uuid, out)),
            Value::Date(days) => quoted(out, |out| {
                calendar::write_date(i64::from(*days), out);
            }),
            Value::Timestamp(micros) => quoted(out, |out| {
                calendar::write_timestamp(*micros, b'T', "Z", Fraction::Grouped, out);
            }),
            Value::Bytes(bytes) => {
                quoted(out, |out| out.extend_from_slice(STANDARD.encode(bytes).as_bytes()))
            }
            Value::Array { values, .. } => {
                out.push(b'[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.items.as_deref().unwrap_or(self).write(value, out);
                }
                out.push(b']');
            }
        }
    }
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}
