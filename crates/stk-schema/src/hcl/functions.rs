//! The functions that expressions may call: the pure ones of HCL's usual set. None reads files, the clock or the
//! environment.

use hcl_edit::Number;
use indexmap::IndexMap;

use super::value::Value;

pub(super) const NAMES: &[&str] = &[
    "abs",
    "alltrue",
    "anytrue",
    "ceil",
    "chomp",
    "coalesce",
    "compact",
    "concat",
    "contains",
    "distinct",
    "element",
    "endswith",
    "flatten",
    "floor",
    "format",
    "index",
    "join",
    "jsonencode",
    "keys",
    "length",
    "lookup",
    "lower",
    "max",
    "merge",
    "min",
    "range",
    "replace",
    "reverse",
    "setproduct",
    "sort",
    "split",
    "sql",
    "startswith",
    "strrev",
    "substr",
    "sum",
    "title",
    "tobool",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "upper",
    "values",
    "zipmap",
];

/// What a call costs at most in values and bytes, before it is made.
pub(super) fn cost(name: &str, arguments: &[Value]) -> usize {
    let weights = arguments.iter().map(Value::weight);
    match name {
        "replace" | "join" | "setproduct" => weights.fold(1, usize::saturating_mul),
        "format" => weights.sum::<usize>().saturating_mul(4),
        "range" => 1024,
        _ => weights.sum(),
    }
}

/// Calls `name`, which is one of [`NAMES`]. The error is the message.
pub(super) fn call(name: &str, arguments: Vec<Value>) -> Result<Value, String> {
    let result = match name {
        "chomp" | "endswith" | "format" | "join" | "lower" | "replace" | "split" | "sql" | "startswith"
        | "strrev" | "substr" | "title" | "trim" | "trimprefix" | "trimspace" | "trimsuffix" | "upper" => {
            string(name, &arguments)
        }
        "abs" | "ceil" | "floor" | "max" | "min" | "range" | "sum" => number(name, &arguments),
        "jsonencode" | "tobool" | "tolist" | "tomap" | "tonumber" | "toset" | "tostring" => {
            convert(name, arguments)
        }
        _ => collection(name, arguments),
    };
    result.ok_or_else(|| format!("`{name}` does not take these arguments"))
}

fn string(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |index: usize| arguments.get(index).and_then(Value::text);
    let first = || text(0);
    Some(match (name, arguments.len()) {
        ("sql", 1) => match &arguments[0] {
            Value::String(sql) => Value::Sql(sql.clone()),
            _ => return None,
        },
        ("lower", 1) => first()?.to_lowercase().into(),
        ("upper", 1) => first()?.to_uppercase().into(),
        ("title", 1) => title(&first()?).into(),
        ("strrev", 1) => first()?.chars().rev().collect::<String>().into(),
        ("chomp", 1) => first()?.trim_end_matches(['\r', '\n']).into(),
        ("trimspace", 1) => first()?.trim().into(),
        ("trim", 2) => {
            let set: Vec<char> = text(1)?.chars().collect();
            first()?.trim_matches(set.as_slice()).into()
        }
        ("trimprefix", 2) => {
            let (whole, prefix) = (first()?, text(1)?);
            whole.strip_prefix(prefix.as_str()).unwrap_or(&whole).into()
        }
        ("trimsuffix", 2) => {
            let (whole, suffix) = (first()?, text(1)?);
            whole.strip_suffix(suffix.as_str()).unwrap_or(&whole).into()
        }
        ("startswith", 2) => Value::Bool(first()?.starts_with(&text(1)?)),
        ("endswith", 2) => Value::Bool(first()?.ends_with(&text(1)?)),
        ("replace", 3) => first()?.replace(&text(1)?, &text(2)?).into(),
        ("split", 2) => Value::List(text(1)?.split(first()?.as_str()).map(Value::from).collect()),
        ("join", 2) => {
            let Value::List(items) = &arguments[1] else { return None };
            items.iter().map(Value::text).collect::<Option<Vec<_>>>()?.join(&first()?).into()
        }
        ("substr", 3) => {
            let (start, length) = (arguments[1].integer()?, arguments[2].integer()?);
            let length = if length < 0 { usize::MAX } else { usize::try_from(length).ok()? };
            first()?.chars().skip(usize::try_from(start).ok()?).take(length).collect::<String>().into()
        }
        ("format", 1..) => format_text(&first()?, &arguments[1..])?.into(),
        _ => return None,
    })
}

fn title(text: &str) -> String {
    let mut start = true;
    let capitalise = |c: char| {
        let upper = std::mem::replace(&mut start, !c.is_alphanumeric()) && c.is_alphanumeric();
        if upper { c.to_uppercase().collect() } else { c.to_string() }
    };
    text.chars().map(capitalise).collect()
}

/// `%s`, `%d`, `%v`, `%q`, `%%` and zero padding such as `%03d`.
fn format_text(pattern: &str, arguments: &[Value]) -> Option<String> {
    let mut arguments = arguments.iter();
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let zero = chars.next_if_eq(&'0').is_some();
        let mut width = 0;
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            width = (width * 10 + digit as usize).min(1000);
            chars.next();
        }
        let text = match chars.next()? {
            '%' => "%".to_owned(),
            'd' => arguments.next()?.integer()?.to_string(),
            's' | 'v' => arguments.next()?.text()?,
            'q' => arguments.next()?.to_string(),
            _ => return None,
        };
        out.push_str(&if zero { format!("{text:0>width$}") } else { format!("{text:>width$}") });
    }
    arguments.next().is_none().then_some(out)
}

fn number(name: &str, arguments: &[Value]) -> Option<Value> {
    let numbers = |values: &[Value]| {
        values
            .iter()
            .map(|value| match value {
                Value::Number(number) => Some(*number),
                _ => None,
            })
            .collect::<Option<Vec<Number>>>()
    };
    let listed = match arguments {
        [Value::List(items)] => numbers(items)?,
        _ => numbers(arguments)?,
    };
    let by_value = |a: &Number, b: &Number| a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0));
    let rounded =
        |round: fn(f64) -> f64| Some(Value::Number(Number::from_f64(round(listed.first()?.as_f64()?))?));
    match name {
        "abs" => rounded(f64::abs),
        "ceil" => rounded(f64::ceil),
        "floor" => rounded(f64::floor),
        "max" => listed.into_iter().max_by(by_value).map(Value::Number),
        "min" => listed.into_iter().min_by(by_value).map(Value::Number),
        "sum" => {
            let sum: f64 = listed.iter().map(|number| number.as_f64().unwrap_or(0.0)).sum();
            Number::from_f64(sum).map(Value::Number)
        }
        _ => range(&listed),
    }
}

fn range(bounds: &[Number]) -> Option<Value> {
    const LENGTH_MAX: i64 = 1024;
    let (start, end) = match bounds {
        [end] => (0, end.as_i64()?),
        [start, end] => (start.as_i64()?, end.as_i64()?),
        _ => return None,
    };
    let end = end.min(start.saturating_add(LENGTH_MAX));
    Some(Value::List((start..end).map(|item| Value::Number(item.into())).collect()))
}

fn convert(name: &str, arguments: Vec<Value>) -> Option<Value> {
    let [value] = <[Value; 1]>::try_from(arguments).ok()?;
    Some(match (name, value) {
        ("jsonencode", value) => value.to_string().into(),
        ("tostring", value) => value.text()?.into(),
        ("tobool", Value::Bool(value)) => Value::Bool(value),
        ("tobool", Value::String(text)) => Value::Bool(text.parse().ok()?),
        ("tonumber", Value::Number(value)) => Value::Number(value),
        ("tonumber", Value::String(text)) => parse_number(&text)?,
        ("tomap", map @ Value::Map(_)) => map,
        ("toset", Value::List(items)) => distinct(items),
        ("tolist", list @ Value::List(_)) => list,
        _ => return None,
    })
}

pub(super) fn parse_number(text: &str) -> Option<Value> {
    let integer = text.parse::<i64>().ok().map(Number::from);
    integer.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64)).map(Value::Number)
}

fn distinct(items: Vec<Value>) -> Value {
    let mut seen = Vec::with_capacity(items.len());
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    Value::List(seen)
}

fn collection(name: &str, arguments: Vec<Value>) -> Option<Value> {
    match name {
        "coalesce" => {
            return arguments.into_iter().find(|value| !matches!(value, Value::Null) && *value != "".into());
        }
        "concat" => {
            let lists = arguments.into_iter().map(into_list).collect::<Option<Vec<_>>>()?;
            return Some(Value::List(lists.concat()));
        }
        "merge" => {
            let mut merged = IndexMap::new();
            for argument in arguments {
                let Value::Map(entries) = argument else { return None };
                merged.extend(entries);
            }
            return Some(Value::Map(merged));
        }
        "setproduct" => {
            let lists = arguments.into_iter().map(into_list).collect::<Option<Vec<_>>>()?;
            return Some(set_product(&lists));
        }
        _ => {}
    }
    let mut arguments = arguments.into_iter();
    match (name, arguments.next()?, arguments.next(), arguments.next()) {
        ("length", Value::List(items), None, _) => Some(Value::Number(items.len().into())),
        ("length", Value::Map(entries), None, _) => Some(Value::Number(entries.len().into())),
        ("length", Value::String(text), None, _) => Some(Value::Number(text.chars().count().into())),
        ("keys", Value::Map(entries), None, _) => {
            Some(Value::List(entries.into_keys().map(Value::String).collect()))
        }
        ("values", Value::Map(entries), None, _) => Some(Value::List(entries.into_values().collect())),
        ("lookup", Value::Map(entries), Some(key), default) => entries.get(&key.text()?).cloned().or(default),
        ("zipmap", Value::List(keys), Some(Value::List(values)), None) => {
            let keys = keys.iter().map(Value::text).collect::<Option<Vec<_>>>()?;
            (keys.len() == values.len()).then(|| Value::Map(keys.into_iter().zip(values).collect()))
        }
        (_, Value::List(items), second, None) => list(name, items, second),
        _ => None,
    }
}

fn list(name: &str, mut items: Vec<Value>, second: Option<Value>) -> Option<Value> {
    match (name, second) {
        ("alltrue", None) => Some(Value::Bool(items.iter().all(|item| *item == Value::Bool(true)))),
        ("anytrue", None) => Some(Value::Bool(items.contains(&Value::Bool(true)))),
        ("compact", None) => {
            items.retain(|item| !matches!(item, Value::Null) && *item != "".into());
            Some(Value::List(items))
        }
        ("distinct", None) => Some(distinct(items)),
        ("flatten", None) => Some(Value::List(flatten(items))),
        ("reverse", None) => {
            items.reverse();
            Some(Value::List(items))
        }
        ("sort", None) => {
            let mut texts = items.iter().map(Value::text).collect::<Option<Vec<_>>>()?;
            texts.sort();
            Some(Value::List(texts.into_iter().map(Value::String).collect()))
        }
        ("contains", Some(value)) => Some(Value::Bool(items.contains(&value))),
        ("index", Some(value)) => {
            items.iter().position(|item| *item == value).map(|at| Value::Number(at.into()))
        }
        ("element", Some(at)) => {
            let length = i64::try_from(items.len()).ok().filter(|length| *length > 0)?;
            let at = usize::try_from(at.integer()?.rem_euclid(length)).ok()?;
            Some(items.swap_remove(at))
        }
        _ => None,
    }
}

fn into_list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn flatten(items: Vec<Value>) -> Vec<Value> {
    let mut flat = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::List(inner) => flat.extend(flatten(inner)),
            other => flat.push(other),
        }
    }
    flat
}

fn set_product(lists: &[Vec<Value>]) -> Value {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for list in lists {
        let extend = |row: &Vec<Value>, item: &Value| row.iter().cloned().chain([item.clone()]).collect();
        rows = rows.iter().flat_map(|row| list.iter().map(move |item| extend(row, item))).collect();
    }
    Value::List(rows.into_iter().map(Value::List).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_function_exists_and_refuses_nonsense() {
        for name in NAMES {
            let nonsense = call(name, vec![Value::Word("x".into()); 4]);
            assert!(nonsense.is_err() || matches!(*name, "coalesce"), "{name}: {nonsense:?}");
        }
    }

    #[test]
    fn format_pads_and_counts_its_arguments() {
        let format = |pattern: &str, arguments: &[Value]| format_text(pattern, arguments);
        assert_eq!(format("p%03d_%s%%", &[Value::Number(7.into()), "a".into()]), Some("p007_a%".into()));
        assert_eq!(format("%d", &["x".into()]), None);
        assert_eq!(format("x", &["y".into()]), None);
    }

    #[test]
    fn product_and_title() {
        let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::from(*item)).collect());
        let product = call("setproduct", vec![list(&["a", "b"]), list(&["x"])]).unwrap();
        assert_eq!(product.to_string(), r#"[["a","x"],["b","x"]]"#);
        assert_eq!(title("hello big_world"), "Hello Big_World");
    }
}
