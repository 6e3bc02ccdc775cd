//! `params:` of a header.

use indexmap::IndexMap;
use stk_contract::manifest::{Checks, Format, Items};
use stk_contract::{Param, ParamType};

use crate::code::Code;
use crate::findings::Findings;
use crate::header::literal::{Literal, fits, literal};
use crate::header::table::PARAM;
use crate::shape::Fields;
use crate::text::Position;
use crate::yaml::{Kind, Node};

/// Names that come from the verified token.
pub(super) const RESERVED: [&str; 3] = ["user_id", "user_email", "user_roles"];

const CHECKS: [&str; 8] = ["values", "items", "min", "max", "minLength", "maxLength", "pattern", "format"];

const FORMATS: [(&str, Format); 2] = [("email", Format::Email), ("url", Format::Url)];

/// Params, and where each is declared, also those that are wrong.
pub(super) struct Params {
    pub params: IndexMap<String, Param>,
    pub declared: Vec<(String, Position)>,
}

pub(super) fn read(node: Option<&Node>, findings: &mut Findings) -> Params {
    let mut read = Params { params: IndexMap::new(), declared: Vec::new() };
    for entry in node.and_then(Node::map).into_iter().flat_map(|mapping| mapping.entries()) {
        if RESERVED.contains(&entry.key.as_str()) {
            findings
                .add(Code::ParamReserved, entry.key_at, format!("`{}` can not be declared", entry.key))
                .hint(format!("`:{}` comes from the verified token, without a declaration", entry.key));
            continue;
        }
        read.declared.push((entry.key.clone(), entry.key_at));
        if let Some(param) = param(&entry.key, &entry.value, findings) {
            read.params.insert(entry.key.clone(), param);
        }
    }
    read
}

fn param(name: &str, node: &Node, findings: &mut Findings) -> Option<Param> {
    let fields = Fields::of(Some(node), &PARAM);
    let (kind, checks) = typed(name, fields, findings)?;
    let required = fields.bool("required").unwrap_or(false);
    let mut default = None;
    if let Some(node) = fields.node("default") {
        if required {
            findings
                .add(
                    Code::ParamRequiredDefault,
                    node.at,
                    format!("`{name}` is required and has a default, which could never be used"),
                )
                .hint("leave one of the two out");
        } else {
            default = read_default(name, &kind, &checks, node, findings);
        }
    }
    Some(Param { kind, required, default, description: fields.owned("description"), checks })
}

fn read_default(
    name: &str,
    kind: &ParamType,
    checks: &Checks,
    node: &Node,
    findings: &mut Findings,
) -> Option<String> {
    if node.kind() == Kind::Refused {
        return None;
    }
    if node.kind() == Kind::Null {
        findings
            .add(Code::ParamDefault, node.at, format!("the default of `{name}` is null"))
            .hint("a param that is left out is null already: remove `default`");
        return None;
    }
    let checked = literal(kind, node).map_err(|takes| format!("must be {takes}")).and_then(|value| {
        fits(&value, checks).map(|()| value).map_err(|why| format!("fails its checks: {why}"))
    });
    match checked {
        Ok(value) => Some(value.json),
        Err(problem) => {
            findings.add(Code::ParamDefault, node.at, format!("the default of `{name}` {problem}"));
            None
        }
    }
}

/// Type and checks of a param or of the items of one; `None` where there is no type, which is reported already.
fn typed(name: &str, fields: Fields<'_>, findings: &mut Findings) -> Option<(ParamType, Checks)> {
    let word = fields.text("type")?;
    let allowed = allowed_checks(word)?;
    for key in CHECKS {
        let Some(node) = fields.node(key).filter(|_| !allowed.contains(&key)) else { continue };
        let known: Vec<String> = allowed.iter().map(|check| format!("`{check}`")).collect();
        let finding = findings.add(
            Code::ParamCheck,
            node.at,
            format!("`{key}` of `{name}` means nothing for type {word}"),
        );
        match known.is_empty() {
            true => finding.hint(format!("type {word} has no checks")),
            false => finding.hint(format!("type {word} has {}", known.join(", "))),
        }
    }
    let kind = match word {
        "enum" => ParamType::Enum(enum_values(name, fields, findings)),
        "array" => ParamType::Array(Box::new(items(name, fields, findings)?)),
        word => scalar_type(word)?,
    };
    let checks = read_checks(name, &kind, &allowed, fields, findings);
    Some((kind, checks))
}

fn scalar_type(word: &str) -> Option<ParamType> {
    Some(match word {
        "string" => ParamType::String,
        "int" => ParamType::Int,
        "bigint" => ParamType::Bigint,
        "float" => ParamType::Float,
        "number" => ParamType::Number,
        "bool" => ParamType::Bool,
        "uuid" => ParamType::Uuid,
        "date" => ParamType::Date,
        "timestamp" => ParamType::Timestamp,
        "json" => ParamType::Json,
        "bytes" => ParamType::Bytes,
        _ => return None,
    })
}

/// `None` for a word that is no type.
fn allowed_checks(word: &str) -> Option<Vec<&'static str>> {
    Some(match word {
        "string" => vec!["minLength", "maxLength", "pattern", "format"],
        "int" | "bigint" | "float" | "number" | "date" | "timestamp" => vec!["min", "max"],
        "bytes" => vec!["minLength", "maxLength"],
        "array" => vec!["items", "minLength", "maxLength"],
        "enum" => vec!["values"],
        "bool" | "uuid" | "json" => vec![],
        _ => return None,
    })
}

fn enum_values(name: &str, fields: Fields<'_>, findings: &mut Findings) -> Vec<String> {
    let nodes = fields.list("values");
    if nodes.is_empty() {
        let at = fields.node("values").or(fields.node("type")).map_or(Position::WHOLE_FILE, |node| node.at);
        findings
            .add(Code::ParamCheck, at, format!("enum `{name}` has no values"))
            .hint("list them: `values: [a, b]`");
    }
    let mut values: Vec<String> = Vec::new();
    for node in nodes {
        let Some(text) = node.text() else { continue };
        if values.iter().any(|value| value == text) {
            findings.add(
                Code::ParamCheck,
                node.at,
                format!("`{text}` stands twice in the values of `{name}`"),
            );
        } else {
            values.push(text.to_owned());
        }
    }
    values
}

fn items(name: &str, fields: Fields<'_>, findings: &mut Findings) -> Option<Items> {
    let Some(items) = fields.object("items") else {
        if fields.node("items").is_none() {
            let at = fields.node("type").map_or(Position::WHOLE_FILE, |node| node.at);
            findings
                .add(Code::ParamCheck, at, format!("array `{name}` does not say what its items are"))
                .hint("add `items: { type: string }`, or another type");
        }
        return None;
    };
    let (kind, checks) = typed(&format!("{name}.items"), items, findings)?;
    Some(Items { kind, checks })
}

fn read_checks(
    name: &str,
    kind: &ParamType,
    allowed: &[&str],
    fields: Fields<'_>,
    findings: &mut Findings,
) -> Checks {
    let may = |key: &str| allowed.contains(&key);
    let min = may("min").then(|| bound(name, kind, "min", fields, findings)).flatten();
    let max = may("max").then(|| bound(name, kind, "max", fields, findings)).flatten();
    let length = |key: &str| if may(key) { fields.int::<u64>(key) } else { None };
    let (min_length, max_length) = (length("minLength"), length("maxLength"));
    let contradict = |low: &str, high: &str| format!("`{low}` of `{name}` is more than `{high}`");
    if let (Some((low, node)), Some((high, _))) = (&min, &max)
        && low.order > high.order
    {
        findings.add(Code::ParamCheck, node.at, contradict("min", "max"));
    }
    if let (Some(low), Some(high), Some(node)) = (min_length, max_length, fields.node("minLength"))
        && low > high
    {
        findings.add(Code::ParamCheck, node.at, contradict("minLength", "maxLength"));
    }
    Checks {
        min: min.map(|(literal, _)| literal.bound),
        max: max.map(|(literal, _)| literal.bound),
        min_length,
        max_length,
        pattern: if may("pattern") { pattern(name, fields, findings) } else { None },
        format: if may("format") { fields.choice("format", &FORMATS) } else { None },
    }
}

fn bound<'a>(
    name: &str,
    kind: &ParamType,
    key: &str,
    fields: Fields<'a>,
    findings: &mut Findings,
) -> Option<(Literal, &'a Node)> {
    let node = fields.node(key)?;
    match literal(kind, node) {
        Ok(literal) => Some((literal, node)),
        Err(takes) => {
            findings.add(Code::ParamCheck, node.at, format!("`{key}` of `{name}` must be {takes}"));
            None
        }
    }
}

fn pattern(name: &str, fields: Fields<'_>, findings: &mut Findings) -> Option<String> {
    let node = fields.node("pattern")?;
    let text = node.text()?;
    match regex_lite::Regex::new(text) {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            let message = format!("`pattern` of `{name}` is no regular expression: {error}");
            findings.add(Code::ParamCheck, node.at, message).hint(
                "patterns have no look-around and no back-references; single quotes keep `\\` as it is",
            );
            None
        }
    }
}
