//! TypeScript types of params and of results.

use stk_contract::client_manifest::ClientLogic;
use stk_contract::{Param, ParamType, PgType, ResultColumn, Returns};

/// A TypeScript type, and how tightly its text holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TsType {
    pub(super) text: String,
    prec: Prec,
    /// It holds null already.
    null: bool,
}

/// Where a type stands, and which parts need parentheses there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Prec {
    Union,
    /// Before `[]`.
    Element,
}

impl TsType {
    pub(super) fn simple(text: impl Into<String>) -> TsType {
        TsType { text: text.into(), prec: Prec::Element, null: false }
    }

    pub(super) fn union(parts: impl IntoIterator<Item = String>) -> TsType {
        let parts: Vec<String> = parts.into_iter().collect();
        let prec = if parts.len() == 1 { Prec::Element } else { Prec::Union };
        TsType { text: parts.join(" | "), prec, null: false }
    }

    /// Binds looser than a union's members do.
    pub(super) fn intersection(one: &str, other: &str) -> TsType {
        TsType { text: format!("{one} & {other}"), prec: Prec::Union, null: false }
    }

    /// The text where the place is at least this tight.
    pub(super) fn at(&self, place: Prec) -> String {
        if self.prec < place { format!("({})", self.text) } else { self.text.clone() }
    }

    fn or(self, more: &str) -> TsType {
        let null = self.null || more.contains("null");
        TsType { text: format!("{} | {more}", self.text), prec: Prec::Union, null }
    }

    fn or_null(self) -> TsType {
        if self.null { self } else { self.or("null") }
    }

    pub(super) fn array(self) -> TsType {
        TsType::simple(format!("{}[]", self.at(Prec::Element)))
    }
}

/// The type of a param, with null and undefined where it may be left out.
pub(super) fn param_type(param: &Param) -> TsType {
    let kind = kind_type(&param.kind);
    if param.required || param.kind == ParamType::Json { kind } else { kind.or("null | undefined") }
}

fn kind_type(kind: &ParamType) -> TsType {
    match kind {
        ParamType::String | ParamType::Uuid | ParamType::Date | ParamType::Bytes => TsType::simple("string"),
        ParamType::Int | ParamType::Float => TsType::simple("number"),
        ParamType::Bigint => TsType::union(["number".to_owned(), "bigint".to_owned(), "string".to_owned()]),
        ParamType::Number => TsType::union(["number".to_owned(), "string".to_owned()]),
        ParamType::Bool => TsType::simple("boolean"),
        ParamType::Timestamp => TsType::union(["string".to_owned(), "Date".to_owned()]),
        ParamType::Json => TsType { null: true, ..TsType::simple("unknown") },
        ParamType::Enum(values) => literals(values),
        ParamType::Array(items) => {
            let element = kind_type(&items.kind).or_null().array();
            // `readonly` binds to the array next to it only.
            TsType { text: format!("readonly {}", element.text), prec: Prec::Union, null: false }
        }
    }
}

fn literals(values: &[String]) -> TsType {
    match values {
        [] => TsType::simple("never"),
        values => TsType::union(values.iter().map(|value| quote(value))),
    }
}

/// What a call gives.
pub(super) fn result_type(logic: &ClientLogic) -> String {
    if logic.returns == Returns::None {
        return "void".to_owned();
    }
    if let Some(result) = &logic.result {
        return super::declared::json_type(&result.json).text;
    }
    if logic.columns.is_empty() {
        return "unknown".to_owned();
    }
    let result = match logic.returns {
        Returns::One => row(&logic.columns),
        Returns::Optional => row(&logic.columns).or_null(),
        Returns::Many => row(&logic.columns).array(),
        // No row is null, and nothing here says that there always is one.
        Returns::Value => column_type(&logic.columns[0]).or_null(),
        Returns::None => TsType::simple("void"),
    };
    result.text
}

fn row(columns: &[ResultColumn]) -> TsType {
    let member = |column: &ResultColumn| format!("{}: {}", property(&column.name), column_type(column).text);
    let members: Vec<String> = columns.iter().map(member).collect();
    TsType::simple(format!("{{ {} }}", members.join("; ")))
}

fn column_type(column: &ResultColumn) -> TsType {
    let mut column_type = match &column.ts_type {
        Some(text) => given_type(text),
        None => pg_type(&column.pg_type),
    };
    if column.nullable {
        // A given type that is a function or an intersection would swallow the null.
        if column.ts_type.is_some() {
            column_type = TsType { text: column_type.at(Prec::Element), ..column_type };
        }
        column_type = column_type.or_null();
    }
    column_type
}

/// A type of `types:` as it stands.
fn given_type(text: &str) -> TsType {
    let text = text.trim();
    let loose = has_top_level_operator(text);
    TsType {
        text: text.to_owned(),
        prec: if loose { Prec::Union } else { Prec::Element },
        null: matches!(text, "null" | "unknown" | "any")
            || text.ends_with("| null")
            || text.starts_with("null |"),
    }
}

/// Whether a `|`, `&` or `=>` stands outside brackets and quotes.
fn has_top_level_operator(text: &str) -> bool {
    let mut depth = 0_i32;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' | '`' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => {
                            chars.next();
                        }
                        inner if inner == c => break,
                        _ => {}
                    }
                }
            }
            '=' if chars.next_if_eq(&'>').is_some() && depth == 0 => return true,
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth -= 1,
            '|' | '&' if depth == 0 => return true,
            _ => {}
        }
    }
    // An operator in front of a type binds looser than `[]` as well.
    ["keyof ", "readonly ", "typeof ", "infer ", "unique "].iter().any(|operator| text.starts_with(operator))
        || text.contains(" extends ")
}

fn pg_type(pg: &PgType) -> TsType {
    match pg {
        PgType::Bool => TsType::simple("boolean"),
        PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Float4 | PgType::Float8 => {
            TsType::simple("number")
        }
        PgType::Json | PgType::Jsonb => TsType { null: true, ..TsType::simple("Santokit.Json") },
        PgType::Enum { labels, .. } => literals(labels),
        PgType::Array(element) => pg_type(element).or_null().array(),
        PgType::Composite { fields, .. } => {
            let member = |field: &stk_contract::types::PgField| {
                format!("{}: {}", property(&field.name), pg_type(&field.pg_type).or_null().text)
            };
            let members: Vec<String> = fields.iter().map(member).collect();
            if members.is_empty() {
                return TsType::simple("{}");
            }
            TsType::simple(format!("{{ {} }}", members.join("; ")))
        }
        PgType::Record => TsType::simple("{ [field: string]: Santokit.Json }"),
        PgType::Void => TsType { null: true, ..TsType::simple("null") },
        _ => TsType::simple("string"),
    }
}

/// The name of a property, in quotes where it is no identifier.
pub(super) fn property(name: &str) -> String {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'$');
    let plain = starts && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$');
    if plain && name != "__proto__" { name.to_owned() } else { quote(name) }
}

/// A JSON string, which is a TypeScript literal; line separators too are escaped, for older readers.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(pg_type: PgType, nullable: bool, ts_type: Option<&str>) -> String {
        let ts_type = ts_type.map(str::to_owned);
        column_type(&ResultColumn { name: "c".to_owned(), pg_type, nullable, ts_type }).text
    }

    #[test]
    fn columns_have_the_type_of_their_json() {
        let mood =
            PgType::Enum { name: "mood".to_owned(), labels: vec!["so \"so\"".to_owned(), "ok".to_owned()] };
        let array = |pg: PgType| PgType::Array(Box::new(pg));
        let pair = PgType::Composite {
            name: "pair".to_owned(),
            fields: vec![
                stk_contract::types::PgField { name: "a b".to_owned(), pg_type: PgType::Int4 },
                stk_contract::types::PgField { name: "j".to_owned(), pg_type: PgType::Jsonb },
            ],
        };
        for (pg, nullable, given, expected) in [
            (PgType::Int8, false, None, "number"),
            (PgType::Numeric, true, None, "string | null"),
            (PgType::Jsonb, true, None, "Santokit.Json"),
            (array(PgType::Json), false, None, "Santokit.Json[]"),
            (array(PgType::Text), true, None, "(string | null)[] | null"),
            (array(mood.clone()), false, None, "(\"so \\\"so\\\"\" | \"ok\" | null)[]"),
            (mood, false, None, "\"so \\\"so\\\"\" | \"ok\""),
            (pair, false, None, "{ \"a b\": number | null; j: Santokit.Json }"),
            (PgType::Record, true, None, "{ [field: string]: Santokit.Json } | null"),
            (PgType::Range(Box::new(PgType::Int4)), false, None, "string"),
            (PgType::Void, true, None, "null"),
            (PgType::Int8, false, Some("string"), "string"),
            (PgType::Jsonb, true, Some("{ tags: string[] }"), "{ tags: string[] } | null"),
            (PgType::Jsonb, true, Some("() => void"), "(() => void) | null"),
            (PgType::Jsonb, true, Some("A & B"), "(A & B) | null"),
            (PgType::Jsonb, true, Some("Record<string, A | B>"), "Record<string, A | B> | null"),
        ] {
            assert_eq!(column(pg, nullable, given), expected);
        }
    }
}
