//! Which statements surely leave their session as it was, so that its connection needs no reset.
//!
//! The rule is about text and errs on the side of a reset: a statement is clean where everything in it that looks
//! like a call is a known harmless function. What the database itself runs (triggers, defaults) is asked of its
//! catalog, at most a few seconds before a connection is opened.

/// Whether the database holds functions or views of its own that could change a session.
pub(super) const CATALOG_PROBE: &str = "\
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE l.lanname NOT IN ('internal', 'c') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND (p.prosrc = ''
           OR p.prosrc ~* '(set_config|advisory|execute|\\mset\\s+(local|session|role|time)|\\mlisten|\\mtemp)')
) OR EXISTS (
    SELECT FROM pg_catalog.pg_views
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND definition ~* '(set_config|advisory)'
) OR EXISTS (
    SELECT FROM pg_catalog.pg_attrdef WHERE pg_catalog.pg_get_expr(adbin, adrelid) ~* '(set_config|advisory)'
)";

/// Words that may stand before `(` without being a call, and functions that touch nothing of the session.
const HARMLESS: &[&str] = &[
    "abs",
    "age",
    "all",
    "and",
    "any",
    "array",
    "array_agg",
    "array_append",
    "array_length",
    "array_position",
    "array_remove",
    "array_to_string",
    "as",
    "avg",
    "between",
    "bool_and",
    "bool_or",
    "btrim",
    "by",
    "cardinality",
    "case",
    "cast",
    "ceil",
    "ceiling",
    "char_length",
    "clock_timestamp",
    "coalesce",
    "concat",
    "concat_ws",
    "conflict",
    "count",
    "date_part",
    "date_trunc",
    "decode",
    "dense_rank",
    "distinct",
    "do",
    "else",
    "encode",
    "every",
    "except",
    "exists",
    "extract",
    "filter",
    "first_value",
    "floor",
    "format",
    "from",
    "gen_random_uuid",
    "generate_series",
    "greatest",
    "having",
    "in",
    "initcap",
    "intersect",
    "is",
    "json_agg",
    "json_build_array",
    "json_build_object",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_array_length",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_each",
    "jsonb_object_agg",
    "jsonb_set",
    "jsonb_strip_nulls",
    "jsonb_to_record",
    "jsonb_to_recordset",
    "lag",
    "last_value",
    "lateral",
    "lead",
    "least",
    "left",
    "length",
    "like",
    "limit",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "materialized",
    "max",
    "md5",
    "min",
    "mod",
    "nextval",
    "not",
    "now",
    "ntile",
    "nullif",
    "numeric",
    "offset",
    "on",
    "or",
    "over",
    "overlay",
    "partition",
    "percentile_cont",
    "plainto_tsquery",
    "position",
    "power",
    "random",
    "rank",
    "regexp_replace",
    "repeat",
    "replace",
    "returning",
    "reverse",
    "right",
    "round",
    "row",
    "row_number",
    "row_to_json",
    "rpad",
    "rtrim",
    "select",
    "set",
    "sha256",
    "sign",
    "split_part",
    "sqrt",
    "starts_with",
    "statement_timestamp",
    "string_agg",
    "string_to_array",
    "strpos",
    "substr",
    "substring",
    "sum",
    "then",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "translate",
    "trim",
    "trunc",
    "ts_headline",
    "ts_rank",
    "union",
    "unnest",
    "upper",
    "using",
    "values",
    "varchar",
    "websearch_to_tsquery",
    "when",
    "where",
    "with",
    "within",
];

/// Whether nothing in the text could change the session.
pub(super) fn leaves_session_alone(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut word, mut before) = (0, "", "");
    while at < bytes.len() {
        let byte = bytes[at];
        if is_word(byte) {
            let start = at;
            while at < bytes.len() && (is_word(bytes[at]) || bytes[at] == b'.') {
                at += 1;
            }
            (before, word) = (word, &text[start..at]);
            continue;
        }
        if byte == b'(' && !word.is_empty() && !is_harmless(word) && !before.eq_ignore_ascii_case("into") {
            return false;
        }
        if !byte.is_ascii_whitespace() {
            // A quoted name before `(` may be a function; what it is, is not looked at.
            (before, word) = ("", if byte == b'"' { "\"" } else { "" });
        }
        at += 1;
    }
    true
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

fn is_harmless(word: &str) -> bool {
    HARMLESS.binary_search_by(|known| known.bytes().cmp(word.bytes().map(|b| b.to_ascii_lowercase()))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(HARMLESS.is_sorted());
    }

    #[test]
    fn plain_statements_are_clean() {
        for text in [
            "insert into shop.orders (id, total) values ($1, coalesce($2, 0)) returning id",
            "update t set a = lower($1) where id in ($2, $3)",
            "insert into t (a) values ($1) on conflict (a) do update set a = excluded.a",
            "delete from t where (a = $1)",
        ] {
            assert!(leaves_session_alone(text), "{text}");
        }
    }

    #[test]
    fn calls_that_could_change_the_session_are_not() {
        for text in [
            "select set_config('role', $1, false)",
            "select pg_advisory_lock (1)",
            "insert into t (a) select my_function(1)",
            "select \"set_config\"('a', 'b', false)",
            "select pg_catalog.set_config($1, $2, false)",
            "select pg_catalog . set_config($1, $2, false)",
            "select 1 /* into */, set_config ('a', 'b', false)",
        ] {
            assert!(!leaves_session_alone(text), "{text}");
        }
    }
}
