//! Postgres' own functions: which of them give a value whenever they are given values.
//!
//! Most strict functions do, but by no means all (`'{}'::int[]` has no `array_length`, infinity no `extract(month)`),
//! so they are listed, in `builtin.txt`, by the C function behind them. A function that is not listed may be null, and
//! so may any function of an extension or a user.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::Judge;
use super::level::Scope;
use crate::statement::catalog::Function;
use crate::statement::tree::{Expr, Oid};

/// The C functions that are strict and never null for values.
fn listed(source: &str) -> bool {
    static LISTED: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let listed = LISTED.get_or_init(|| {
        let lines = include_str!("builtin.txt").lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    });
    listed.contains(source)
}

/// Those that Postgres writes in SQL have no C function and go by their names; every function of such a name does.
const WRITTEN_IN_SQL: &[&str] = &[
    "age",
    "anytextcat",
    "bit_length",
    "int8pl_inet",
    "integer_pl_date",
    "interval_pl_date",
    "interval_pl_time",
    "interval_pl_timestamp",
    "interval_pl_timestamptz",
    "interval_pl_timetz",
    "log",
    "log10",
    "lpad",
    "numeric_pl_pg_lsn",
    "quote_literal",
    "round",
    "rpad",
    "textanycat",
    "timedate_pl",
    "timestamptz",
    "timetzdate_pl",
    "trunc",
];

/// Infinite intervals are new in Postgres 17.
const INFINITE_INTERVALS: u32 = 170_000;

impl Judge<'_> {
    /// Whether every call of the function with values gives a value.
    pub(super) fn safe_function(&self, id: Oid) -> bool {
        let Some(Function { builtin: Some(builtin), strict: true, .. }) = self.catalog.function(id) else {
            return false;
        };
        match builtin.source.as_str() {
            "" => WRITTEN_IN_SQL.contains(&builtin.name.as_str()),
            source => listed(source),
        }
    }

    pub(super) fn call(&self, id: Oid, args: &[Expr], variadic: bool, scope: &Scope<'_>) -> bool {
        let Some(Function { builtin: Some(builtin), strict, .. }) = self.catalog.function(id) else {
            return false;
        };
        let all = || self.all_non_null(args, scope);
        let nth = |at: usize| args.get(at).is_some_and(|arg| self.non_null(arg, scope));
        if self.safe_function(id) {
            return all();
        }
        let name = if builtin.source.is_empty() { &builtin.name } else { &builtin.source };
        if *strict {
            return self.special(name, args) && all();
        }
        match name.as_str() {
            "quote_nullable"
            | "array_append"
            | "array_prepend"
            | "array_fill"
            | "array_fill_with_lower_bounds"
            | "range_constructor2"
            | "range_constructor3"
            | "enum_first"
            | "enum_last"
            | "enum_range_all"
            | "enum_range_bounds" => true,
            // Only the array of `VARIADIC array` can make them null.
            "text_concat" | "json_build_object" | "json_build_array" | "jsonb_build_object"
            | "jsonb_build_array" | "pg_num_nulls" | "pg_num_nonnulls" => !variadic || all(),
            "json_build_object_noargs"
            | "json_build_array_noargs"
            | "jsonb_build_object_noargs"
            | "jsonb_build_array_noargs" => true,
            "text_concat_ws" => nth(0) && (!variadic || all()),
            "text_format" | "text_format_nv" | "text_to_array" | "text_to_array_null" | "array_remove"
            | "array_replace" | "array_positions" | "similar_escape" => nth(0),
            "array_to_text_null" => nth(0) && nth(1),
            "array_cat" | "xmlconcat2" => args.iter().any(|arg| self.non_null(arg, scope)),
            "overlaps" | "overlaps_time" | "overlaps_timetz" | "overlaps_timestamp" => all(),
            _ => false,
        }
    }

    /// Functions that are null for some values, but not for those that stand here.
    fn special(&self, name: &str, args: &[Expr]) -> bool {
        let old_intervals = self.catalog.version < INFINITE_INTERVALS;
        match (name, args) {
            // An infinite time has no month; its year is infinite.
            (
                "timestamp_part"
                | "timestamptz_part"
                | "extract_timestamp"
                | "extract_timestamptz"
                | "extract_date"
                | "date_part",
                [field, time],
            ) => is_unbounded_field(field) || self.finite(time),
            ("interval_part" | "extract_interval", [field, _]) => old_intervals || is_unbounded_field(field),
            ("timestamp_to_char" | "timestamptz_to_char", [time, format]) => {
                self.finite(time) && has_text(format)
            }
            ("interval_to_char", [_, format]) => old_intervals && has_text(format),
            ("timestamp_time" | "timestamptz_time" | "timestamptz_timetz", [time]) => self.finite(time),
            _ => false,
        }
    }

    /// Whether a time, if it is not null, is surely not infinite.
    fn finite(&self, time: &Expr) -> bool {
        let (id, args) = match time {
            Expr::SqlValue { .. } => return true,
            Expr::Const { type_oid, bytes: Some(bytes) } => return finite_datum(*type_oid, bytes),
            Expr::Func { id, args, set: false, .. } => (*id, args),
            Expr::Op { id, args } => match self.catalog.operator_function(*id) {
                Some(id) => (id, args),
                None => return false,
            },
            _ => return false,
        };
        let builtin = self.catalog.function(id).and_then(|function| function.builtin.as_ref());
        let Some(source) = builtin.map(|builtin| builtin.source.as_str()) else { return false };
        match (source, args.as_slice()) {
            ("now" | "statement_timestamp" | "clock_timestamp", _) => true,
            (
                "timestamptz_timestamp"
                | "timestamp_timestamptz"
                | "date_timestamp"
                | "date_timestamptz"
                | "timestamptz_date"
                | "timestamp_date"
                | "timestamp_scale"
                | "timestamptz_scale"
                | "date_pli"
                | "date_mii",
                [time, ..],
            ) => self.finite(time),
            (
                "timestamp_trunc"
                | "timestamptz_trunc"
                | "timestamptz_trunc_zone"
                | "timestamptz_zone"
                | "timestamp_zone",
                [_, time, ..],
            ) => self.finite(time),
            (
                "timestamptz_pl_interval"
                | "timestamp_pl_interval"
                | "timestamptz_mi_interval"
                | "timestamp_mi_interval"
                | "date_pl_interval"
                | "date_mi_interval",
                [time, _],
            ) => self.catalog.version < INFINITE_INTERVALS && self.finite(time),
            _ => false,
        }
    }

    /// Whether column `at` of a set-returning function is never null in the rows it gives.
    pub(super) fn set_column(&self, id: Oid, args: &[Expr], at: usize, scope: &Scope<'_>) -> bool {
        let Some(Function { builtin: Some(builtin), .. }) = self.catalog.function(id) else { return false };
        match (builtin.source.as_str(), at) {
            ("array_unnest", 0) => args.first().is_some_and(|array| self.elements_non_null(array, scope)),
            ("json_each" | "jsonb_each", 0 | 1) => true,
            (source, 0) => {
                source.starts_with("generate_series")
                    || source.starts_with("generate_subscripts")
                    || matches!(
                        source,
                        "json_each_text"
                            | "jsonb_each_text"
                            | "json_object_keys"
                            | "jsonb_object_keys"
                            | "json_array_elements"
                            | "jsonb_array_elements"
                            | "jsonb_path_query"
                            | "regexp_matches"
                            | "regexp_matches_no_flags"
                            | "regexp_split_to_table"
                            | "regexp_split_to_table_no_flags"
                            | "text_to_table"
                    )
            }
            _ => false,
        }
    }

    /// Whether the array that a function gives has no null in it.
    pub(super) fn elements_of_call(&self, id: Oid, args: &[Expr]) -> bool {
        let builtin = self.catalog.function(id).and_then(|function| function.builtin.as_ref());
        builtin.is_some_and(|builtin| match builtin.source.as_str() {
            "text_to_array" => args.len() == 2,
            source => matches!(
                source,
                "regexp_split_to_array"
                    | "regexp_split_to_array_no_flags"
                    | "tsvector_to_array"
                    | "enum_range_all"
            ),
        })
    }
}

fn has_text(format: &Expr) -> bool {
    format.as_text().is_some_and(|format| !format.is_empty())
}

/// A field that grows with time, so that infinity has it too.
fn is_unbounded_field(field: &Expr) -> bool {
    let fields = ["epoch", "year", "decade", "century", "millennium", "isoyear", "julian"];
    field.as_text().is_some_and(|field| fields.contains(&field.to_lowercase().as_str()))
}

/// Infinities are the ends of the integers that times are kept in; a datum by value fills its whole word.
fn finite_datum(type_oid: Oid, bytes: &[u8]) -> bool {
    const DATE: Oid = 1082;
    const TIMESTAMP: Oid = 1114;
    const TIMESTAMPTZ: Oid = 1184;
    let Ok(word) = <[u8; 8]>::try_from(bytes) else { return false };
    let word = i64::from_ne_bytes(word);
    match type_oid {
        DATE => i32::try_from(word).is_ok_and(|days| days != i32::MAX && days != i32::MIN),
        TIMESTAMP | TIMESTAMPTZ => word != i64::MAX && word != i64::MIN,
        _ => false,
    }
}
