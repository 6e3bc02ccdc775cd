//! Values as Postgres takes them: in binary where that is plain, as text where the binary form would need what only
//! the catalog knows (oids inside arrays) or is no shorter.

use stk_contract::PgType;

use super::value::{Value, write_uuid};
use crate::calendar::{self, DAY_US, Fraction};
use crate::sql::{Format, Params, Slot};

/// Why a value can not be bound as the inferred type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutOfRange {
    /// Indexes into nested arrays, innermost first.
    pub(crate) elements: Vec<usize>,
    pub(crate) detail: &'static str,
}

fn out_of_range<T>(detail: &'static str) -> Result<T, OutOfRange> {
    Err(OutOfRange { elements: Vec::new(), detail })
}

impl Params {
    pub(crate) fn push(&mut self, format: Format, bytes: Option<&[u8]>) {
        let range = bytes.map(|bytes| {
            let start = self.buffer.len() as u32;
            self.buffer.extend_from_slice(bytes);
            (start, self.buffer.len() as u32)
        });
        self.slots.push(Slot { format, range });
    }

    /// What `write` leaves in the buffer is the value.
    fn push_written(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), OutOfRange>,
    ) -> Result<(), OutOfRange> {
        let start = self.buffer.len() as u32;
        write(&mut self.buffer)?;
        self.slots.push(Slot { format: Format::Text, range: Some((start, self.buffer.len() as u32)) });
        Ok(())
    }
}

/// Adds a value, bound as the type that Postgres infers. The pair fits ([`stk_contract::fit::fits`]).
pub(crate) fn bind(value: &Value<'_>, pg: &PgType, params: &mut Params) -> Result<(), OutOfRange> {
    let mut binary = |bytes: &[u8]| {
        params.push(Format::Binary, Some(bytes));
        Ok(())
    };
    match (value, pg) {
        (Value::Null, _) => params.push(Format::Text, None),
        (Value::Bool(value), PgType::Bool) => return binary(&[u8::from(*value)]),
        (Value::Int(value), PgType::Int2) => return binary(&int2(*value)?.to_be_bytes()),
        (Value::Int(value), PgType::Int4) => return binary(&int4(*value)?.to_be_bytes()),
        (Value::Int(value), PgType::Int8) => return binary(&value.to_be_bytes()),
        (Value::Int(_) | Value::Float(_) | Value::Decimal(_), PgType::Float4) => {
            return binary(&float4(float8(value)?)?.to_be_bytes());
        }
        (Value::Int(_) | Value::Float(_) | Value::Decimal(_), PgType::Float8) => {
            return binary(&float8(value)?.to_be_bytes());
        }
        (Value::Uuid(uuid), PgType::Uuid) => return binary(uuid),
        (Value::Date(days), PgType::Date) => return binary(&days.to_be_bytes()),
        (Value::Date(days), PgType::Timestamp | PgType::TimestampTz) => {
            return binary(&(i64::from(*days) * DAY_US).to_be_bytes());
        }
        (Value::Timestamp(micros), PgType::Timestamp | PgType::TimestampTz) => {
            return binary(&micros.to_be_bytes());
        }
        (Value::Bytes(bytes), PgType::Bytea) => return binary(bytes),
        (Value::Text(text) | Value::Decimal(text) | Value::Json(text), pg) if !is_uuid(pg) => {
            params.push(Format::Text, Some(text.as_bytes()));
        }
        _ => return params.push_written(|out| write_text(value, pg, out)),
    }
    Ok(())
}

fn is_uuid(pg: &PgType) -> bool {
    *pg == PgType::Uuid
}

/// A value as text that Postgres reads as `pg` under any setting.
fn write_text(value: &Value<'_>, pg: &PgType, out: &mut Vec<u8>) -> Result<(), OutOfRange> {
    match value {
        Value::Null => out.extend_from_slice(b"NULL"),
        Value::Bool(value) => out.push(if *value { b't' } else { b'f' }),
        Value::Int(value) => {
            match pg {
                PgType::Int2 => drop(int2(*value)?),
                PgType::Int4 => drop(int4(*value)?),
                PgType::Other(_) if u32::try_from(*value).is_err() => {
                    return out_of_range("is out of the range of the database's type");
                }
                _ => {}
            }
            out.extend_from_slice(value.to_string().as_bytes());
        }
        Value::Float(value) => {
            if *pg == PgType::Float4 {
                float4(*value)?;
            }
            out.extend_from_slice(value.to_string().as_bytes());
        }
        Value::Text(text) if is_uuid(pg) => match super::value::uuid(text) {
            Some(uuid) => write_uuid(&uuid, out),
            None => return out_of_range("must be a UUID"),
        },
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) => {
            out.extend_from_slice(text.as_bytes())
        }
        Value::Uuid(uuid) => write_uuid(uuid, out),
        Value::Date(days) => {
            calendar::write_date(i64::from(*days), out);
            match pg {
                PgType::Timestamp => out.extend_from_slice(b" 00:00:00"),
                PgType::TimestampTz => out.extend_from_slice(b" 00:00:00+00"),
                _ => {}
            }
        }
        Value::Timestamp(micros) => {
            let (separator, zone) = if *pg == PgType::Timestamp { (b' ', "") } else { (b'T', "Z") };
            calendar::write_timestamp(*micros, separator, zone, Fraction::Grouped, out);
        }
        Value::Bytes(bytes) => {
            out.extend_from_slice(b"\\x");
            out.extend_from_slice(hex::encode(bytes).as_bytes());
        }
        Value::Array { json, .. } if matches!(pg, PgType::Json | PgType::Jsonb) => {
            out.extend_from_slice(json.as_bytes());
        }
        Value::Array { values, .. } => write_array(values, pg, out)?,
    }
    Ok(())
}

/// An array literal, each element quoted unless it is null or an array itself.
fn write_array(values: &[Value<'_>], pg: &PgType, out: &mut Vec<u8>) -> Result<(), OutOfRange> {
    let element_type = match pg {
        PgType::Array(element) => element,
        other => other,
    };
    out.push(b'{');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let start = out.len();
        let written = match value {
            Value::Array { values, .. } if matches!(pg, PgType::Array(_)) && !is_json(element_type) => {
                write_array(values, pg, out)
            }
            value => write_text(value, element_type, out),
        };
        written.map_err(|mut fault| {
            fault.elements.push(index);
            fault
        })?;
        if matches!(
            value,
            Value::Text(_) | Value::Bytes(_) | Value::Json(_) | Value::Timestamp(_) | Value::Date(_)
        ) || is_json(element_type) && *value != Value::Null
        {
            quote(start, out);
        }
    }
    out.push(b'}');
    Ok(())
}

fn is_json(pg: &PgType) -> bool {
    matches!(pg, PgType::Json | PgType::Jsonb)
}

/// Puts what stands from `start` into double quotes.
fn quote(start: usize, out: &mut Vec<u8>) {
    let text = out.split_off(start);
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Roles as the literal of a `text[]`.
pub(crate) fn roles_literal<'a>(roles: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for role in roles {
        if out.len() > 1 {
            out.push(b',');
        }
        let start = out.len();
        out.extend_from_slice(role.as_bytes());
        quote(start, &mut out);
    }
    out.push(b'}');
    out
}

fn int2(value: i64) -> Result<i16, OutOfRange> {
    i16::try_from(value).or_else(|_| out_of_range("is out of the range of the database's smallint"))
}

fn int4(value: i64) -> Result<i32, OutOfRange> {
    i32::try_from(value).or_else(|_| out_of_range("is out of the range of the database's integer"))
}

fn float8(value: &Value<'_>) -> Result<f64, OutOfRange> {
    let float = match value {
        Value::Int(value) => *value as f64,
        Value::Float(value) => *value,
        Value::Decimal(text) => text.parse().unwrap_or(f64::INFINITY),
        _ => f64::INFINITY,
    };
    if float.is_finite() {
        Ok(float)
    } else {
        out_of_range("is out of the range of the database's double precision")
    }
}

fn float4(value: f64) -> Result<f32, OutOfRange> {
    let float = value as f32;
    if float.is_finite() { Ok(float) } else { out_of_range("is out of the range of the database's real") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value<'_>, pg: &PgType) -> String {
        let mut params = Params::default();
        bind(value, pg, &mut params).unwrap();
        assert_eq!(params.format(0), Format::Text);
        String::from_utf8(params.value(0).unwrap().to_vec()).unwrap()
    }

    fn array(values: Vec<Value<'static>>) -> Value<'static> {
        Value::Array { values, json: "[1]".into() }
    }

    #[test]
    fn array_literals_quote_whatever_could_be_read_otherwise() {
        let texts = PgType::Array(Box::new(PgType::Text));
        let values = ["a", "", "NULL", "a,b", "{x}", r#"q"u\o"#].map(|text| Value::Text(text.into()));
        let mut values = Vec::from(values);
        values.push(Value::Null);
        assert_eq!(text(&array(values), &texts), r#"{"a","","NULL","a,b","{x}","q\"u\\o",NULL}"#);
        let ints = PgType::Array(Box::new(PgType::Int4));
        let nested =
            array(vec![array(vec![Value::Int(1), Value::Int(2)]), array(vec![Value::Null, Value::Int(4)])]);
        assert_eq!(text(&nested, &ints), "{{1,2},{NULL,4}}");
        assert_eq!(text(&array(vec![]), &ints), "{}");
        assert_eq!(text(&array(vec![]), &PgType::Jsonb), "[1]");
        let bytes = PgType::Array(Box::new(PgType::Bytea));
        assert_eq!(text(&array(vec![Value::Bytes(vec![0, 255])]), &bytes), r#"{"\\x00ff"}"#);
    }

    #[test]
    fn the_range_of_the_inferred_type_is_held_and_the_element_named() {
        let mut params = Params::default();
        assert!(bind(&Value::Int(40_000), &PgType::Int2, &mut params).is_err());
        assert!(bind(&Value::Int(1 << 40), &PgType::Int4, &mut params).is_err());
        assert!(bind(&Value::Float(1e300), &PgType::Float4, &mut params).is_err());
        assert!(bind(&Value::Decimal("1e999".into()), &PgType::Float8, &mut params).is_err());
        assert!(bind(&Value::Text("x".into()), &PgType::Uuid, &mut params).is_err());
        let ints = PgType::Array(Box::new(PgType::Int2));
        let fault = bind(&array(vec![Value::Int(1), Value::Int(70_000)]), &ints, &mut params).unwrap_err();
        assert_eq!(fault.elements, [1]);
    }
}
