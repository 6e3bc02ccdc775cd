//! Values written in a header: defaults and bounds, held to the type of their param.

use base64::Engine as _;
use stk_contract::ParamType;
use stk_contract::manifest::{Checks, Format};

use crate::header::decimal::{Decimal, json_number};
use crate::yaml::{Kind, Node, Value};

/// ±(2^53−1): what a number of JavaScript holds exactly.
const SAFE_INT: i128 = (1 << 53) - 1;

/// A value that fits its type.
#[derive(Debug)]
pub(super) struct Literal {
    pub json: String,
    /// As `min` and `max` hold it.
    pub bound: String,
    pub order: Option<Order>,
    /// Characters, bytes or elements.
    pub length: Option<u64>,
    /// Of a string.
    text: Option<String>,
}

/// What `min` and `max` compare.
#[derive(Debug, PartialEq, PartialOrd)]
pub(super) enum Order {
    Decimal(Decimal),
    Date(jiff::civil::Date),
    Timestamp(jiff::Timestamp),
}

impl Literal {
    fn text(text: &str) -> Literal {
        let json = serde_json::Value::from(text).to_string();
        Literal { json, bound: text.to_owned(), order: None, length: None, text: None }
    }

    fn number(json: String) -> Literal {
        let order = Decimal::parse(&json).map(Order::Decimal);
        Literal { bound: json.clone(), json, order, length: None, text: None }
    }
}

/// Reads a value of a type; `Err` says what the type takes.
pub(super) fn literal(kind: &ParamType, node: &Node) -> Result<Literal, String> {
    let found = match kind {
        ParamType::String => string(node),
        ParamType::Int => {
            int(node).filter(|int| int.abs() <= SAFE_INT).map(|int| Literal::number(int.to_string()))
        }
        ParamType::Bigint => bigint(node),
        ParamType::Float => float(node),
        ParamType::Number => number(node),
        ParamType::Bool => node.bool().map(|value| Literal { json: value.to_string(), ..Literal::text("") }),
        ParamType::Uuid => node.text().filter(|text| is_uuid(text)).map(Literal::text),
        ParamType::Date => node.text().and_then(date),
        ParamType::Timestamp => node.text().and_then(timestamp),
        ParamType::Json => json(node).map(|json| Literal { json, ..Literal::text("") }),
        ParamType::Bytes => node.text().and_then(bytes),
        ParamType::Enum(values) => {
            node.text().filter(|text| values.iter().any(|value| value == text)).map(Literal::text)
        }
        ParamType::Array(items) => return array(&items.kind, &items.checks, node),
    };
    found.ok_or_else(|| takes(kind))
}

fn takes(kind: &ParamType) -> String {
    let takes = match kind {
        ParamType::String => "text, in quotes if it looks like something else",
        ParamType::Int => "a whole number within ±(2^53−1)",
        ParamType::Bigint => "a whole number within 64 bits",
        ParamType::Float => "a number",
        ParamType::Number => "a decimal",
        ParamType::Bool => "true or false",
        ParamType::Uuid => "a UUID, such as `9b2f0c4e-5d0a-4c7e-8f53-0d9a4b6c1e2f`",
        ParamType::Date => "a date, such as `2026-01-31`",
        ParamType::Timestamp => "a timestamp with an offset, such as `2026-01-31T12:00:00Z`",
        ParamType::Json => "JSON",
        ParamType::Bytes => "base64 in quotes",
        ParamType::Array(_) => "a list",
        ParamType::Enum(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            return format!("one of {}", values.join(", "));
        }
    };
    takes.to_owned()
}

fn string(node: &Node) -> Option<Literal> {
    let text = node.text()?;
    let length = u64::try_from(text.chars().count()).ok();
    Some(Literal { length, text: Some(text.to_owned()), ..Literal::text(text) })
}

fn int(node: &Node) -> Option<i128> {
    node.int()
}

fn bigint(node: &Node) -> Option<Literal> {
    let int = node.int().or_else(|| node.text()?.parse().ok())?;
    i64::try_from(int).ok()?;
    let decimal = int.to_string();
    // A JSON number past 2^53 would not survive JavaScript.
    let json = if int.abs() <= SAFE_INT { decimal.clone() } else { format!("\"{decimal}\"") };
    Some(Literal { json, ..Literal::number(decimal) })
}

fn float(node: &Node) -> Option<Literal> {
    let json = json_number(node.number()?)?;
    json.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some(Literal::number(json))
}

fn number(node: &Node) -> Option<Literal> {
    let decimal = match node.text() {
        Some(text) if Decimal::parse(text).is_some() => json_number(text)?,
        Some(_) => return None,
        None => json_number(node.number()?)?,
    };
    Some(Literal { json: format!("\"{decimal}\""), ..Literal::number(decimal) })
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether the text has digits where the pattern has `0`, and else the same characters.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(b, form)| if form == b'0' { b.is_ascii_digit() } else { b == form })
}

fn date(text: &str) -> Option<Literal> {
    let date = has_form(text, "0000-00-00").then(|| text.parse().ok())??;
    Some(Literal { order: Some(Order::Date(date)), ..Literal::text(text) })
}

/// RFC 3339 with an offset.
fn timestamp(text: &str) -> Option<Literal> {
    let (seconds, rest) = text.split_at_checked(19)?;
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let fraction_well = !rest.starts_with(".") || rest.len() > offset.len() + 1;
    let form_well = has_form(&seconds.replace('t', "T"), "0000-00-00T00:00:00");
    let offset_well = matches!(offset, "Z" | "z") || has_form(&offset.replace('-', "+"), "+00:00");
    if !(form_well && fraction_well && offset_well) {
        return None;
    }
    let timestamp = text.parse().ok()?;
    Some(Literal { order: Some(Order::Timestamp(timestamp)), ..Literal::text(text) })
}

fn bytes(text: &str) -> Option<Literal> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    Some(Literal { length: u64::try_from(bytes.len()).ok(), ..Literal::text(text) })
}

/// YAML as JSON text; `None` where it holds an infinity.
fn json(node: &Node) -> Option<String> {
    match &node.value {
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(json).collect();
            Some(format!("[{}]", items?.join(",")))
        }
        Value::Map(mapping) => {
            let member = |entry: &crate::yaml::Entry| {
                let key = serde_json::Value::from(entry.key.as_str());
                json(&entry.value).map(|value| format!("{key}:{value}"))
            };
            let members: Option<Vec<String>> = mapping.entries().map(member).collect();
            Some(format!("{{{}}}", members?.join(",")))
        }
        Value::Refused => None,
        Value::Scalar(scalar) => match node.kind() {
            Kind::Null => Some("null".to_owned()),
            Kind::Bool => node.bool().map(|value| value.to_string()),
            Kind::Int | Kind::Float => json_number(&scalar.text),
            _ => Some(serde_json::Value::from(scalar.text.as_str()).to_string()),
        },
    }
}

fn array(kind: &ParamType, checks: &Checks, node: &Node) -> Result<Literal, String> {
    let items = node.list().ok_or("a list")?;
    let mut json = Vec::new();
    for item in items {
        if item.kind() == Kind::Null {
            json.push("null".to_owned());
            continue;
        }
        let literal = literal(kind, item).map_err(|takes| format!("a list, each item {takes}"))?;
        fits(&literal, checks).map_err(|problem| format!("a list whose items pass the checks: {problem}"))?;
        json.push(literal.json);
    }
    let json = format!("[{}]", json.join(","));
    Ok(Literal { json, length: u64::try_from(items.len()).ok(), ..Literal::text("") })
}

/// Holds a value to checks; `Err` says which it fails.
pub(super) fn fits(literal: &Literal, checks: &Checks) -> Result<(), String> {
    let bound = |text: &String| match &literal.order {
        Some(Order::Decimal(_)) => Decimal::parse(text).map(Order::Decimal),
        Some(Order::Date(_)) => text.parse().ok().map(Order::Date),
        Some(Order::Timestamp(_)) => text.parse().ok().map(Order::Timestamp),
        None => None,
    };
    if let (Some(min), Some(order)) = (checks.min.as_ref().and_then(bound), &literal.order)
        && *order < min
    {
        return Err("it is less than `min`".to_owned());
    }
    if let (Some(max), Some(order)) = (checks.max.as_ref().and_then(bound), &literal.order)
        && *order > max
    {
        return Err("it is more than `max`".to_owned());
    }
    if let Some(length) = literal.length {
        if checks.min_length.is_some_and(|min| length < min) {
            return Err("it is shorter than `minLength`".to_owned());
        }
        if checks.max_length.is_some_and(|max| length > max) {
            return Err("it is longer than `maxLength`".to_owned());
        }
    }
    let Some(text) = &literal.text else { return Ok(()) };
    let pattern = checks.pattern.as_ref().and_then(|pattern| regex_lite::Regex::new(pattern).ok());
    if pattern.is_some_and(|pattern| !pattern.is_match(text)) {
        return Err("it does not match `pattern`".to_owned());
    }
    match checks.format {
        Some(Format::Email) if !is_email(text) => Err("it is not an email address".to_owned()),
        Some(Format::Url) if !is_url(text) => Err("it is not a URL".to_owned()),
        _ => Ok(()),
    }
}

/// Something, one `@`, and a name with a dot, without white space.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = !text.contains(char::is_whitespace) && !domain.contains('@');
    plain
        && !local.is_empty()
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
}

/// `http` or `https` with a host.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']))
        && !text.contains(char::is_whitespace)
}
