//! What a change of a column's type means for the rows that are there.
//!
//! It knows Postgres' own types by name. What it does not know is taken for a cast that may fail and a table that is
//! rewritten.

use super::hazard::HazardCode;

/// A change of type, as far as the types' names tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TypeChange {
    /// Whether Postgres writes the whole table anew.
    pub rewrites: bool,
    /// Whether every value of the old type is one of the new, so that a second column can be kept in step.
    pub widens: bool,
    pub risks: Vec<HazardCode>,
    /// A condition that is true of values that the new type does not take; `{c}` stands for the column.
    pub unfit: Option<String>,
}

impl TypeChange {
    fn free() -> TypeChange {
        TypeChange { widens: true, ..TypeChange::default() }
    }

    fn widening() -> TypeChange {
        TypeChange { rewrites: true, widens: true, ..TypeChange::default() }
    }

    fn risky(risk: HazardCode) -> TypeChange {
        TypeChange { rewrites: true, risks: vec![risk], ..TypeChange::default() }
    }

    fn unfit(mut self, condition: impl Into<String>) -> TypeChange {
        self.unfit = Some(condition.into());
        self
    }

    fn and(mut self, risk: HazardCode) -> TypeChange {
        self.risks.push(risk);
        self
    }
}

/// A type's name without its arguments, and those: `numeric(10,2)` is `numeric` and 10, 2.
pub(super) fn parts(sql: &str) -> (String, Vec<i64>) {
    let Some((head, rest)) = sql.split_once('(') else { return (sql.to_owned(), Vec::new()) };
    let Some((inside, tail)) = rest.split_once(')') else { return (sql.to_owned(), Vec::new()) };
    let arguments = inside.split(',').filter_map(|argument| argument.trim().parse().ok()).collect();
    (format!("{head}{tail}"), arguments)
}

/// `before` and `after` as `format_type` prints them.
pub(super) fn type_change(before: &str, after: &str) -> TypeChange {
    use HazardCode::{CastFails, LossyCast, ValueTooLong};
    let ((from, had), (to, has)) = (parts(before), parts(after));
    match (from.as_str(), to.as_str()) {
        ("character varying", "character varying" | "text") | ("text", "character varying" | "text") => {
            length(&had, &has, "length({c})")
        }
        ("bit varying", "bit varying") => length(&had, &has, "length({c})"),
        ("character", "character") => TypeChange { rewrites: true, ..length(&had, &has, "length({c})") },
        ("character", "text" | "character varying") => {
            TypeChange { rewrites: true, ..length(&had, &has, "length({c})") }
        }
        ("bit", "bit") => TypeChange::risky(ValueTooLong),
        ("numeric", "numeric") => numeric(&had, &has),
        (a, b) if a == b && is_time(a) => {
            let digits = |arguments: &[i64]| arguments.first().copied().unwrap_or(6);
            if digits(&has) >= digits(&had) { TypeChange::free() } else { TypeChange::risky(LossyCast) }
        }
        ("cidr", "inet") => TypeChange::free(),
        (a, b) if int_rank(a) > 0 && int_rank(b) > 0 => match int_rank(b) > int_rank(a) {
            true => TypeChange::widening(),
            false => TypeChange::risky(ValueTooLong).unfit(outside_int(b)),
        },
        ("smallint" | "integer", "double precision")
        | ("smallint", "real")
        | ("real", "double precision") => TypeChange::widening(),
        (a, "numeric") if int_rank(a) > 0 => match has.as_slice() {
            [] => TypeChange::widening(),
            [precision, rest @ ..] => {
                let scale = rest.first().copied().unwrap_or(0);
                TypeChange::risky(ValueTooLong)
                    .unfit(format!("abs({{c}}::numeric) >= 1e{}", precision - scale))
            }
        },
        (a, b) if is_number(a) && int_rank(b) > 0 => {
            TypeChange::risky(LossyCast).and(ValueTooLong).unfit(outside_int(b))
        }
        (a, b) if is_number(a) && is_number(b) => TypeChange::risky(LossyCast).and(ValueTooLong),
        ("date", "timestamp without time zone") => TypeChange { rewrites: true, ..TypeChange::default() },
        (a, b) if is_moment(a) && is_moment(b) => TypeChange::risky(LossyCast),
        ("json", "jsonb") => TypeChange::risky(LossyCast),
        ("jsonb", "json") => TypeChange { rewrites: true, ..TypeChange::default() },
        (a, b) if is_text(a) => TypeChange { unfit: unfit_text(b), ..TypeChange::risky(CastFails) },
        (_, "text") => TypeChange { rewrites: true, ..TypeChange::default() },
        (_, "character varying") if has.is_empty() => TypeChange { rewrites: true, ..TypeChange::default() },
        (_, "character varying" | "character") => {
            let longest = has.first().copied().unwrap_or(1);
            TypeChange::risky(ValueTooLong).unfit(format!("length({{c}}::text) > {longest}"))
        }
        _ => TypeChange::risky(CastFails),
    }
}

fn length(had: &[i64], has: &[i64], measure: &str) -> TypeChange {
    match (had.first(), has.first()) {
        (_, None) => TypeChange::free(),
        (Some(had), Some(has)) if has >= had => TypeChange::free(),
        (_, Some(has)) => TypeChange::risky(HazardCode::ValueTooLong).unfit(format!("{measure} > {has}")),
    }
}

fn numeric(had: &[i64], has: &[i64]) -> TypeChange {
    let scale = |arguments: &[i64]| arguments.get(1).copied().unwrap_or(0);
    let (Some(precision), before) = (has.first(), had.first()) else { return TypeChange::free() };
    let whole = precision - scale(has);
    let fits = before.is_some_and(|before| whole >= before - scale(had));
    match (fits, before.is_some() && scale(has) >= scale(had)) {
        (true, true) if scale(has) == scale(had) => TypeChange::free(),
        (true, true) => TypeChange::widening(),
        (fits, keeps_scale) => {
            let mut change = TypeChange { rewrites: true, ..TypeChange::default() };
            if !keeps_scale {
                change = change.and(HazardCode::LossyCast);
            }
            if !fits {
                let unfit = format!("abs(round({{c}}, {})) >= 1e{whole}", scale(has));
                change = change.and(HazardCode::ValueTooLong).unfit(unfit);
            }
            change
        }
    }
}

fn int_rank(name: &str) -> u8 {
    match name {
        "smallint" => 1,
        "integer" => 2,
        "bigint" => 3,
        _ => 0,
    }
}

fn is_number(name: &str) -> bool {
    int_rank(name) > 0 || matches!(name, "numeric" | "real" | "double precision" | "money")
}

pub(super) fn is_text(name: &str) -> bool {
    matches!(name, "text" | "character varying" | "character" | "name")
}

fn is_time(name: &str) -> bool {
    is_moment(name) && name != "date"
        || matches!(name, "time without time zone" | "time with time zone" | "interval")
}

fn is_moment(name: &str) -> bool {
    matches!(name, "date" | "timestamp without time zone" | "timestamp with time zone")
}

fn outside_int(name: &str) -> String {
    let (least, most) = match name {
        "smallint" => ("-32768", "32767"),
        "integer" => ("-2147483648", "2147483647"),
        _ => ("-9223372036854775808", "9223372036854775807"),
    };
    format!("{{c}} NOT BETWEEN {least} AND {most}")
}

/// A condition for texts that are no literal of the type.
fn unfit_text(name: &str) -> Option<String> {
    let pattern = match name {
        "smallint" | "integer" | "bigint" => r"^\s*[-+]?[0-9]+\s*$",
        "numeric" | "real" | "double precision" => {
            r"^\s*([-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[nN][aA][nN]|[-+]?[iI]nf(inity)?)\s*$"
        }
        "uuid" => r"^\s*\{?([0-9a-fA-F]{4}-?){8}\}?\s*$",
        _ => return None,
    };
    Some(format!("{{c}} !~ {}", crate::model::quote_literal(pattern)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widenings_that_rewrite_nothing_are_known() {
        for (before, after) in [
            ("character varying(10)", "character varying(20)"),
            ("character varying(10)", "text"),
            ("text", "character varying"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("timestamp(3) with time zone", "timestamp with time zone"),
            ("cidr", "inet"),
        ] {
            assert_eq!(type_change(before, after), TypeChange::free(), "{before} to {after}");
        }
    }

    #[test]
    fn what_may_fail_or_lose_is_said() {
        use HazardCode::{CastFails, LossyCast, ValueTooLong};
        for (before, after, risks) in [
            ("integer", "bigint", vec![]),
            ("bigint", "integer", vec![ValueTooLong]),
            ("numeric(10,2)", "numeric(12,4)", vec![]),
            ("numeric(10,4)", "numeric(10,2)", vec![LossyCast]),
            ("numeric", "numeric(10,2)", vec![LossyCast, ValueTooLong]),
            ("text", "integer", vec![CastFails]),
            ("text", "character varying(5)", vec![ValueTooLong]),
            ("timestamp with time zone", "date", vec![LossyCast]),
            ("double precision", "integer", vec![LossyCast, ValueTooLong]),
            ("uuid", "text", vec![]),
        ] {
            let change = type_change(before, after);
            assert_eq!(change.risks, risks, "{before} to {after}");
            assert!(change.rewrites, "{before} to {after}");
        }
    }
}
