//! Values of `db.query`: JSON, bound as the types that Postgres infers.
//!
//! What Postgres reads as text anyway (dates, intervals, enums, ranges, …) is left to it; its refusal is of class 22.

use stk_contract::PgType;
use stk_contract::manifest::ParamType;

use super::encode;
use super::value::{Input, Value, scalar};
use crate::json;
use crate::sql::Params;

/// Adds a value, given as checked JSON. The error says what is wrong with it.
pub(crate) fn bind(raw: &str, pg: &PgType, params: &mut Params) -> Result<(), String> {
    let value = read(raw, pg)?;
    encode::bind(&value, pg, params).map_err(|fault| fault.detail.to_owned())
}

fn read<'a>(raw: &'a str, pg: &PgType) -> Result<Value<'a>, String> {
    if raw == "null" {
        return Ok(Value::Null);
    }
    let as_type =
        |kind: &ParamType| scalar(kind, Input::Json(raw)).map_err(|misfit| misfit.detail.into_owned());
    let is_text = raw.starts_with('"');
    match pg {
        PgType::Bool => as_type(&ParamType::Bool),
        PgType::Int2 | PgType::Int4 | PgType::Int8 => as_type(&ParamType::Bigint),
        PgType::Numeric if !is_text => as_type(&ParamType::Number),
        PgType::Float4 | PgType::Float8 if !is_text => as_type(&ParamType::Float),
        PgType::Uuid => as_type(&ParamType::Uuid),
        PgType::Bytea => as_type(&ParamType::Bytes),
        PgType::Json | PgType::Jsonb => Ok(Value::Json(raw.into())),
        PgType::Other(name) if name == "oid" && !is_text => as_type(&ParamType::Int),
        PgType::Array(element) if raw.starts_with('[') => {
            let values = json::elements(raw).map(|raw| read_element(raw, element));
            Ok(Value::Array { values: values.collect::<Result<_, _>>()?, json: raw.into() })
        }
        PgType::Array(_) => Err("must be an array".to_owned()),
        // `NaN` and `Infinity` are texts in JSON.
        _ if is_text => Ok(Value::Text(json::text_of(raw))),
        _ => Err("must be a string".to_owned()),
    }
}

/// Postgres does not tell arrays by their dimensions, so an element may be an array of the same type.
fn read_element<'a>(raw: &'a str, element: &PgType) -> Result<Value<'a>, String> {
    if raw.starts_with('[') && !matches!(element, PgType::Json | PgType::Jsonb) {
        let values = json::elements(raw).map(|raw| read_element(raw, element));
        return Ok(Value::Array { values: values.collect::<Result<_, _>>()?, json: raw.into() });
    }
    read(raw, element).map_err(|detail| format!("an element {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(raw: &str, pg: &PgType) -> Result<String, String> {
        let mut params = Params::default();
        bind(raw, pg, &mut params)?;
        Ok(params.value(0).map_or("null".to_owned(), |bytes| format!("{}", bytes.escape_ascii())))
    }

    #[test]
    fn json_is_bound_as_the_inferred_type() {
        let array = |element| PgType::Array(Box::new(element));
        for (raw, pg, expected) in [
            ("1", PgType::Int4, r"\x00\x00\x00\x01"),
            ("\"9007199254740993\"", PgType::Int8, r"\x00 \x00\x00\x00\x00\x00\x01"),
            ("1.50", PgType::Numeric, "1.50"),
            ("\"NaN\"", PgType::Numeric, "NaN"),
            ("\"a\"", PgType::Text, "a"),
            ("null", PgType::Text, "null"),
            ("{\"a\": [1]}", PgType::Jsonb, "{\\\"a\\\": [1]}"),
            ("\"text\"", PgType::Json, "\\\"text\\\""),
            ("\"2024-02-30\"", PgType::Date, "2024-02-30"),
            ("\"AQI=\"", PgType::Bytea, r"\x01\x02"),
            ("[1, null]", array(PgType::Int4), "{1,NULL}"),
            ("[[1], [2]]", array(PgType::Int4), "{{1},{2}}"),
            ("[\"a,b\"]", array(PgType::Text), "{\\\"a,b\\\"}"),
            ("[[1]]", array(PgType::Jsonb), "{\\\"[1]\\\"}"),
        ] {
            assert_eq!(bound(raw, &pg).as_deref(), Ok(expected), "{raw} as {pg:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (raw, pg) in [
            ("1.5", PgType::Int4),
            ("3000000000", PgType::Int4),
            ("\"x\"", PgType::Int4),
            ("1", PgType::Text),
            ("\"true\"", PgType::Bool),
            ("\"x\"", PgType::Uuid),
            ("\"%\"", PgType::Bytea),
            ("1", PgType::TimestampTz),
            ("\"{1}\"", PgType::Array(Box::new(PgType::Int4))),
            ("[\"x\"]", PgType::Array(Box::new(PgType::Int4))),
        ] {
            assert!(bound(raw, &pg).is_err(), "{raw} as {pg:?}");
        }
    }
}
