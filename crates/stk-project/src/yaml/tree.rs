//! The tree: mappings in the order of the file, lists, and scalars as they were written.

use indexmap::IndexMap;

use crate::text::Position;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub value: Value,
    pub at: Position,
    /// Behind its last character.
    pub end: Position,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Mapping),
    /// Refused, and reported already.
    Refused,
}

#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub text: String,
    /// Without quotes: it may be a number, a bool or null.
    pub plain: bool,
}

/// What a node is, by the core schema of YAML 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Text,
    List,
    Map,
    Refused,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    /// By key, in the order of the file.
    entries: IndexMap<String, Entry>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub key_at: Position,
    pub value: Node,
}

impl Kind {
    /// As a diagnostic says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Null | Kind::Refused => "nothing",
            Kind::Bool => "true or false",
            Kind::Int | Kind::Float => "a number",
            Kind::Text => "text",
            Kind::List => "a list",
            Kind::Map => "a mapping",
        }
    }
}

impl Node {
    pub(crate) fn null(at: Position) -> Node {
        Node { value: Value::Scalar(Scalar { text: String::new(), plain: true }), at, end: at }
    }

    pub(crate) fn kind(&self) -> Kind {
        match &self.value {
            Value::Scalar(scalar) => scalar.kind(),
            Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
            Value::Refused => Kind::Refused,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.scalar_of(Kind::Text)
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        self.scalar_of(Kind::Bool).map(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A whole number that fits.
    pub(crate) fn int(&self) -> Option<i128> {
        let text = self.scalar_of(Kind::Int)?;
        match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
            (Some(digits), _) => i128::from_str_radix(digits, 16).ok(),
            (_, Some(digits)) => i128::from_str_radix(digits, 8).ok(),
            _ => text.parse().ok(),
        }
    }

    /// The text of a number, as written.
    pub(crate) fn number(&self) -> Option<&str> {
        self.scalar_of(Kind::Int).or_else(|| self.scalar_of(Kind::Float))
    }

    pub(crate) fn list(&self) -> Option<&[Node]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    pub(crate) fn map(&self) -> Option<&Mapping> {
        if let Value::Map(mapping) = &self.value { Some(mapping) } else { None }
    }

    fn scalar_of(&self, kind: Kind) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if scalar.kind() == kind => Some(&scalar.text),
            _ => None,
        }
    }
}

impl Scalar {
    pub(crate) fn kind(&self) -> Kind {
        if !self.plain {
            return Kind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Bool,
            text if is_int(text) => Kind::Int,
            text if is_float(text) => Kind::Float,
            _ => Kind::Text,
        }
    }
}

fn is_int(text: &str) -> bool {
    let digits = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if let Some(hex) = text.strip_prefix("0x") {
        return digits(hex, 16);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    digits(text.strip_prefix(['-', '+']).unwrap_or(text), 10)
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, infinities and `.nan`.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent_well = exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_well && all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

impl Mapping {
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.insert(entry.key.clone(), entry);
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}
