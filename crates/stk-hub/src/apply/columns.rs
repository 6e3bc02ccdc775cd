//! Result columns: their names, their types in JSON and TypeScript, and what a Server can not read in binary.

use std::collections::BTreeMap;

use stk_contract::fit::has_binary_form;
use stk_contract::{PgType, ResultColumn};

/// What `types:` says of one column.
///
/// - A TypeScript type: `string`, `number`, `"{ tags: string[] }"`. Whether null can come stays as Postgres says.
/// - ` | null` at its end, or `?`: null can come.
/// - `!` at its end: null never comes.
/// - `?` or `!` alone: only that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub ts_type: Option<String>,
    pub nullable: Option<bool>,
}

impl Override {
    pub fn parse(text: &str) -> Override {
        let text = text.trim();
        let (ts_type, nullable) = if let Some(rest) = text.strip_suffix('!') {
            (rest, Some(false))
        } else if let Some(rest) = text.strip_suffix('?') {
            (rest, Some(true))
        } else if let Some(rest) = strip_null(text) {
            (rest, Some(true))
        } else {
            (text, None)
        };
        let ts_type = ts_type.trim();
        Override { ts_type: (!ts_type.is_empty()).then(|| ts_type.to_owned()), nullable }
    }
}

/// The type without a `| null` at its end.
fn strip_null(text: &str) -> Option<&str> {
    text.strip_suffix("null")?.trim_end().strip_suffix('|')
}

/// What is wrong with an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverrideFault {
    UnknownColumn { name: String },
    Unfit { name: String, ts_type: String, column: PgType },
}

/// Applies `types:` to the columns; gives what is wrong.
pub fn override_types(columns: &mut [ResultColumn], types: &BTreeMap<String, String>) -> Vec<OverrideFault> {
    let mut faults = Vec::new();
    for (name, text) in types {
        let Some(column) = columns.iter_mut().find(|column| column.name == *name) else {
            faults.push(OverrideFault::UnknownColumn { name: name.clone() });
            continue;
        };
        let Override { ts_type, nullable } = Override::parse(text);
        if let Some(ts_type) = ts_type {
            if !can_be(&column.pg_type, &ts_type) {
                let column = column.pg_type.clone();
                faults.push(OverrideFault::Unfit { name: name.clone(), ts_type, column });
                continue;
            }
            column.ts_type = Some(ts_type);
        }
        column.nullable = nullable.unwrap_or(column.nullable);
    }
    faults
}

/// Whether values of the column, as JSON, can be of a TypeScript type. Only the primitive types are judged: what an
/// app knows of its text and JSON is its own business.
fn can_be(pg: &PgType, ts_type: &str) -> bool {
    use PgType as T;
    match ts_type {
        "number" => matches!(
            pg,
            T::Int2 | T::Int4 | T::Int8 | T::Float4 | T::Float8 | T::Numeric | T::Json | T::Jsonb
        ),
        "string" => !matches!(
            pg,
            T::Bool
                | T::Int2
                | T::Int4
                | T::Float4
                | T::Float8
                | T::Array(_)
                | T::Composite { .. }
                | T::Record
                | T::Void
        ),
        "boolean" => matches!(pg, T::Bool | T::Json | T::Jsonb),
        // JSON has neither.
        "bigint" | "Date" | "symbol" | "undefined" => false,
        _ => true,
    }
}

/// The name that two columns share, or the empty name of one that has none.
pub fn name_fault(columns: &[ResultColumn]) -> Option<&str> {
    let names = || columns.iter().map(|column| column.name.as_str());
    names().find(|name| name.is_empty() || *name == "?column?").or_else(|| {
        names()
            .enumerate()
            .find(|(index, name)| names().take(*index).any(|other| other == *name))
            .map(|(_, name)| name)
    })
}

/// Whether a Server reads every column in binary.
pub fn all_binary(columns: &[ResultColumn]) -> bool {
    columns.iter().all(|column| has_binary_form(&column.pg_type))
}

/// The query with those columns cast to text that a Server does not read in binary, and what the columns are then.
/// The order of rows stays: Postgres sorts within the subquery, and only casts outside of it.
pub fn cast(sql: &str, columns: &[ResultColumn]) -> (String, Vec<ResultColumn>) {
    let mut list = Vec::new();
    let mut after = Vec::new();
    for column in columns {
        let name = quoted(&column.name);
        if has_binary_form(&column.pg_type) {
            list.push(name);
            after.push(column.clone());
            continue;
        }
        let (cast, pg_type) = match &column.pg_type {
            PgType::Array(_) => ("text[]", PgType::Array(Box::new(PgType::Text))),
            _ => ("text", PgType::Text),
        };
        list.push(format!("{name}::{cast} AS {name}"));
        after.push(ResultColumn { pg_type, ..column.clone() });
    }
    // The line break ends a comment that the statement may end with.
    (format!("SELECT {} FROM ({sql}\n) AS r", list.join(", ")), after)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, pg_type: PgType) -> ResultColumn {
        ResultColumn { name: name.to_owned(), pg_type, nullable: true, ts_type: None }
    }

    fn check_override(text: &str, ts_type: Option<&str>, nullable: Option<bool>) {
        let expected = Override { ts_type: ts_type.map(str::to_owned), nullable };
        assert_eq!(Override::parse(text), expected, "{text}");
    }

    #[test]
    fn an_override_is_a_type_and_may_say_of_null() {
        check_override("string", Some("string"), None);
        check_override("string | null", Some("string"), Some(true));
        check_override("string|null", Some("string"), Some(true));
        check_override("'a' | 'b' | null", Some("'a' | 'b'"), Some(true));
        check_override("string?", Some("string"), Some(true));
        check_override("{ tags: string[] }!", Some("{ tags: string[] }"), Some(false));
        check_override("!", None, Some(false));
        check_override("?", None, Some(true));
        check_override("Notnull", Some("Notnull"), None);
    }

    #[test]
    fn types_that_values_can_not_take_are_refused() {
        let mut columns = [
            column("id", PgType::Int8),
            column("price", PgType::Numeric),
            column("name", PgType::Text),
            column("at", PgType::TimestampTz),
        ];
        let types = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let good = types(&[("id", "string"), ("price", "number"), ("name", "'a' | 'b'!"), ("at", "!")]);
        assert_eq!(override_types(&mut columns, &good), []);
        assert_eq!(columns[0].ts_type.as_deref(), Some("string"));
        assert_eq!((columns[2].nullable, columns[3].nullable), (false, false));
        let bad = types(&[("id", "bigint"), ("name", "number"), ("at", "Date"), ("gone", "string")]);
        assert_eq!(override_types(&mut columns, &bad).len(), 4);
    }

    #[test]
    fn two_columns_of_one_name_and_unnamed_ones_are_found() {
        let named = |names: &[&str]| names.iter().map(|name| column(name, PgType::Int4)).collect::<Vec<_>>();
        assert_eq!(name_fault(&named(&["a", "b"])), None);
        assert_eq!(name_fault(&named(&["a", "b", "a"])), Some("a"));
        assert_eq!(name_fault(&named(&["a", "?column?"])), Some("?column?"));
    }

    #[test]
    fn columns_without_a_binary_form_are_cast_and_the_rest_stays() {
        let money = || PgType::Other("money".to_owned());
        let columns = [
            column("id", PgType::Int4),
            column("a\"b", money()),
            column("list", PgType::Array(Box::new(money()))),
        ];
        let (sql, after) = cast("SELECT * FROM t -- all", &columns);
        assert_eq!(
            sql,
            "SELECT \"id\", \"a\"\"b\"::text AS \"a\"\"b\", \"list\"::text[] AS \"list\" FROM (SELECT * FROM t -- all\n) AS r"
        );
        assert!(all_binary(&after) && !all_binary(&columns));
        assert_eq!(after[2].pg_type, PgType::Array(Box::new(PgType::Text)));
    }
}
