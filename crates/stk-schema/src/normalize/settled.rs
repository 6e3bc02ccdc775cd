//! Whether a declared object is in the database as it is declared, so that Postgres need not be asked what it means.
//!
//! Only sure where the words are the same: Postgres prints expressions with every name qualified, and reads what it
//! printed as the same expression again. Types are known by their usual aliases. Anything else is not settled, which
//! costs time and never an answer.

use indexmap::IndexMap;

use crate::model::{
    Argument, Check, Column, Composite, DataType, Domain, Enum, Exclusion, ForeignKey, Function, Index,
    IndexPart, Key, PartitionTable, Policy, Returns, Sequence, Table, Term, Token, Trigger, View, tokens,
    unquote,
};

/// Whether an expression reads the same, whatever its white space, outer brackets and letter case of names.
pub(super) fn same_sql(declared: &str, live: &str) -> bool {
    let (declared, live) = (words(declared), words(live));
    bare(&declared) == bare(&live)
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Name(String),
    Literal(String),
    Other(char),
}

fn words(sql: &str) -> Vec<Word> {
    let word = |token: &Token<'_>| match token {
        Token::Name(name) => Some(Word::Name(unquote(name))),
        Token::Literal(text) => Some(Word::Literal((*text).to_owned())),
        Token::Other(c) => Some(Word::Other(*c)),
        Token::Space(_) => None,
    };
    tokens(sql).iter().filter_map(word).collect()
}

/// `words` without the brackets around all of it.
fn bare(mut words: &[Word]) -> &[Word] {
    while let [Word::Other('('), inner @ .., Word::Other(')')] = words {
        let mut depth = 1_i32;
        let closes_early = inner.iter().any(|word| {
            depth += match word {
                Word::Other('(') => 1,
                Word::Other(')') => -1,
                _ => 0,
            };
            depth == 0
        });
        if closes_early {
            break;
        }
        words = inner;
    }
    words
}

fn same_optional(declared: Option<&String>, live: Option<&String>) -> bool {
    match (declared, live) {
        (Some(declared), Some(live)) => same_sql(declared, live),
        (None, None) => true,
        _ => false,
    }
}

/// Both maps have the same names, and under each the same thing.
fn same_all<T>(
    declared: &IndexMap<String, T>,
    live: &IndexMap<String, T>,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    declared.len() == live.len()
        && declared.iter().all(|(name, object)| live.get(name).is_some_and(|live| same(object, live)))
}

pub(super) fn data_type(declared: &DataType, live: &DataType) -> bool {
    match (declared, live) {
        (DataType::Sql(declared), DataType::Sql(live)) => declared == live || canonical(declared) == *live,
        (declared, live) => declared == live,
    }
}

/// Whether a type as it is written is the one that `format_type` prints.
pub(super) fn same_type(declared: &str, printed: &str) -> bool {
    same_sql(&canonical(declared), printed)
}

/// How `format_type` prints a type that is written with one of its usual names; others come back as they are.
fn canonical(sql: &str) -> String {
    let (base, rest) = match sql.find(['(', '[']) {
        Some(at) => sql.split_at(at),
        None => (sql, ""),
    };
    let (arguments, arrays) = match rest.find('[') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let arguments: String = arguments.chars().filter(|c| !c.is_whitespace()).collect();
    let base = base.trim().to_ascii_lowercase();
    let suffixed = |name: &str| format!("{name}{arguments}");
    let printed = match (base.as_str(), arguments.as_str()) {
        ("int" | "int4" | "integer", "") => "integer".to_owned(),
        ("int2" | "smallint", "") => "smallint".to_owned(),
        ("int8" | "bigint", "") => "bigint".to_owned(),
        ("bool", "") => "boolean".to_owned(),
        ("varchar" | "character varying", _) => suffixed("character varying"),
        ("char" | "character", "") => "character(1)".to_owned(),
        ("char" | "character", _) => suffixed("character"),
        ("varbit" | "bit varying", _) => suffixed("bit varying"),
        ("bit", "") => "bit(1)".to_owned(),
        ("decimal" | "numeric", "") => "numeric".to_owned(),
        ("decimal" | "numeric", _) if arguments.contains(',') => suffixed("numeric"),
        ("decimal" | "numeric", _) => format!("numeric{},0)", arguments.trim_end_matches(')')),
        ("float4" | "real", "") => "real".to_owned(),
        ("float8" | "double precision" | "float", "") => "double precision".to_owned(),
        ("timestamp", _) => format!("timestamp{arguments} without time zone"),
        ("timestamptz", _) => format!("timestamp{arguments} with time zone"),
        ("time", _) => format!("time{arguments} without time zone"),
        ("timetz", _) => format!("time{arguments} with time zone"),
        _ => return sql.to_owned(),
    };
    printed + arrays
}

pub(super) fn column(declared: &Column, live: &Column) -> bool {
    data_type(&declared.data_type, &live.data_type)
        && declared.null == live.null
        && default(declared, live)
        && same_optional(declared.generated.as_ref(), live.generated.as_ref())
        && declared.identity == live.identity
        && declared.collate == live.collate
}

/// Beside the same words: a string, which Postgres shows with the column's type after it.
fn default(declared: &Column, live: &Column) -> bool {
    let (declared_default, live_default) = (declared.default.as_ref(), live.default.as_ref());
    if same_optional(declared_default, live_default) {
        return true;
    }
    let (Some(text), Some(shown), DataType::Sql(printed)) = (declared_default, live_default, &live.data_type)
    else {
        return false;
    };
    let is_string = matches!(words(text).as_slice(), [Word::Literal(literal)] if literal.starts_with('\''));
    // The words of these types are kept as they are given; others are rewritten by their type.
    let base = printed.split('(').next().unwrap_or_default();
    let kept = ["text", "character varying"].contains(&base);
    is_string && kept && same_sql(&format!("{text}::{base}"), shown)
}

pub(super) fn key(declared: &Key, live: &Key) -> bool {
    (declared.name.is_none() || declared.name == live.name)
        && declared.columns == live.columns
        && declared.include == live.include
        && declared.nulls_distinct == live.nulls_distinct
        && declared.deferrable == live.deferrable
        && declared.storage_params == live.storage_params
}

pub(super) fn index(declared: &Index, live: &Index) -> bool {
    declared.unique == live.unique
        && declared.method == live.method
        && declared.parts.len() == live.parts.len()
        && declared.parts.iter().zip(&live.parts).all(|(declared, live)| part(declared, live))
        && declared.include == live.include
        && same_optional(declared.predicate.as_ref(), live.predicate.as_ref())
        && declared.nulls_distinct == live.nulls_distinct
        && declared.pages_per_range == live.pages_per_range
        && declared.storage_params == live.storage_params
        && live.beyond.is_empty()
        && !live.invalid
}

fn part(declared: &IndexPart, live: &IndexPart) -> bool {
    let same_term = match (&declared.term, &live.term) {
        (Term::Column(declared), Term::Column(live)) => declared == live,
        (Term::Expression(declared), Term::Expression(live)) => same_sql(declared, live),
        _ => false,
    };
    same_term
        && (declared.desc, declared.nulls_first) == (live.desc, live.nulls_first)
        && same_optional(declared.ops.as_ref(), live.ops.as_ref())
        && declared.collate == live.collate
}

pub(super) fn foreign_key(declared: &ForeignKey, live: &ForeignKey) -> bool {
    declared.columns == live.columns
        && (&declared.ref_schema, &declared.ref_table) == (&live.ref_schema, &live.ref_table)
        && declared.ref_columns == live.ref_columns
        && (declared.on_update, declared.on_delete) == (live.on_update, live.on_delete)
        && declared.on_delete_columns == live.on_delete_columns
        && (declared.match_full, declared.not_valid) == (live.match_full, live.not_valid)
        && declared.deferrable == live.deferrable
}

pub(super) fn check(declared: &Check, live: &Check) -> bool {
    (declared.name.is_none() || declared.name == live.name)
        && same_sql(&declared.expr, &live.expr)
        && (declared.no_inherit, declared.not_valid) == (live.no_inherit, live.not_valid)
}

/// For each declared check the live one that it is, if every check of both sides is in a pair.
pub(super) fn paired_checks<'l>(declared: &[Check], live: &'l [Check]) -> Option<Vec<&'l Check>> {
    let mut left: Vec<&Check> = live.iter().collect();
    let mut pairs: Vec<Option<&Check>> = vec![None; declared.len()];
    // Those with names choose first.
    for named in [true, false] {
        for (index, wanted) in declared.iter().enumerate().filter(|(_, check)| check.name.is_some() == named)
        {
            let at = left.iter().position(|live| check(wanted, live))?;
            pairs[index] = Some(left.remove(at));
        }
    }
    left.is_empty().then(|| pairs.into_iter().flatten().collect())
}

pub(super) fn exclusion(declared: &Exclusion, live: &Exclusion) -> bool {
    declared.method == live.method
        && declared.parts.len() == live.parts.len()
        && declared
            .parts
            .iter()
            .zip(&live.parts)
            .all(|(declared, live)| part(&declared.part, &live.part) && declared.operator == live.operator)
        && declared.include == live.include
        && same_optional(declared.predicate.as_ref(), live.predicate.as_ref())
        && declared.deferrable == live.deferrable
        && declared.storage_params == live.storage_params
}

pub(super) fn policy(declared: &Policy, live: &Policy) -> bool {
    (declared.command, declared.restrictive) == (live.command, live.restrictive)
        && declared.roles == live.roles
        && same_optional(declared.using.as_ref(), live.using.as_ref())
        && same_optional(declared.check.as_ref(), live.check.as_ref())
}

pub(super) fn trigger(declared: &Trigger, live: &Trigger) -> bool {
    declared.timing == live.timing
        && declared.events == live.events
        && declared.each_row == live.each_row
        && same_optional(declared.when.as_ref(), live.when.as_ref())
        && declared.function == live.function
        && declared.arguments == live.arguments
        && declared.constraint == live.constraint
        && (&declared.old_table, &declared.new_table) == (&live.old_table, &live.new_table)
        && declared.enabled == live.enabled
}

/// Everything of a table but its comments.
pub(super) fn table(declared: &Table, live: &Table) -> bool {
    let same_key = match (&declared.primary_key, &live.primary_key) {
        (Some(declared), Some(live)) => key(declared, live),
        (None, None) => true,
        _ => false,
    };
    same_key
        && declared.partition.is_none()
        && live.partition.is_none()
        && declared.columns.keys().eq(live.columns.keys())
        && same_all(&declared.columns, &live.columns, column)
        && same_all(&declared.uniques, &live.uniques, key)
        && same_all(&declared.indexes, &live.indexes, index)
        && same_all(&declared.foreign_keys, &live.foreign_keys, foreign_key)
        && paired_checks(&declared.checks, &live.checks).is_some()
        && same_all(&declared.exclusions, &live.exclusions, exclusion)
        && same_all(&declared.triggers, &live.triggers, trigger)
        && same_all(&declared.policies, &live.policies, policy)
        && declared.row_security == live.row_security
        && declared.unlogged == live.unlogged
        && declared.storage_params == live.storage_params
}

pub(super) fn enumeration(declared: &Enum, live: &Enum) -> bool {
    declared.values == live.values
}

pub(super) fn domain(declared: &Domain, live: &Domain) -> bool {
    data_type(&declared.data_type, &live.data_type)
        && declared.null == live.null
        && same_optional(declared.default.as_ref(), live.default.as_ref())
        && declared.collate == live.collate
        && declared.checks.iter().all(|check| check.name.is_some())
        && paired_checks(&declared.checks, &live.checks).is_some()
}

pub(super) fn composite(declared: &Composite, live: &Composite) -> bool {
    declared.fields.keys().eq(live.fields.keys())
        && same_all(&declared.fields, &live.fields, |declared, live| {
            data_type(&declared.data_type, &live.data_type) && declared.collate == live.collate
        })
}

pub(super) fn sequence(declared: &Sequence, live: &Sequence) -> bool {
    let known = |sequence: &Sequence| Sequence { comment: None, renamed_from: None, ..sequence.clone() };
    known(declared) == known(live)
}

pub(super) fn function(declared: &Function, live: &Function) -> bool {
    let same_argument = |(declared, live): (&Argument, &Argument)| {
        (&declared.name, declared.mode) == (&live.name, live.mode)
            && data_type(&declared.data_type, &live.data_type)
            && same_optional(declared.default.as_ref(), live.default.as_ref())
    };
    let same_returns = match (&declared.returns, &live.returns) {
        (Returns::Nothing, Returns::Nothing) => true,
        (Returns::Type(declared), Returns::Type(live)) | (Returns::Set(declared), Returns::Set(live)) => {
            data_type(declared, live)
        }
        (Returns::Table(declared), Returns::Table(live)) => {
            declared.keys().eq(live.keys()) && same_all(declared, live, data_type)
        }
        _ => false,
    };
    let rest = |function: &Function| Function {
        arguments: Vec::new(),
        returns: Returns::Nothing,
        comment: None,
        renamed_from: None,
        ..function.clone()
    };
    same_returns
        && declared.arguments.len() == live.arguments.len()
        && declared.arguments.iter().zip(&live.arguments).all(same_argument)
        && rest(declared) == rest(live)
}

pub(super) fn partition(declared: &PartitionTable, live: &PartitionTable) -> bool {
    let rest = |partition: &PartitionTable| PartitionTable {
        comment: None,
        renamed_from: None,
        beyond: Vec::new(),
        ..partition.clone()
    };
    declared.partition.is_none() && rest(declared) == rest(live)
}

pub(super) fn view(declared: &View, live: &View) -> bool {
    let same_columns = declared.columns.is_empty()
        || (declared.columns.keys().eq(live.columns.keys())
            && declared.columns.iter().zip(&live.columns).all(|((_, declared), (_, live))| {
                declared.data_type.is_empty() || same_type(&declared.data_type, &live.data_type)
            }));
    same_columns
        && declared.materialized == live.materialized
        && same_sql(&declared.definition, &live.definition)
        && declared.check_option == live.check_option
        && (declared.security_invoker, declared.security_barrier)
            == (live.security_invoker, live.security_barrier)
        && same_all(&declared.indexes, &live.indexes, index)
        && same_all(&declared.triggers, &live.triggers, trigger)
        && declared.storage_params == live.storage_params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_outer_brackets_and_letter_case_say_nothing() {
        assert!(same_sql("price>0", "(price > 0)"));
        assert!(same_sql("((A > 0)) and B", "((a > 0)) AND b"));
        assert!(!same_sql("(a) + (b)", "a) + (b"));
        assert!(!same_sql("'A'", "'a'"));
        assert!(!same_sql("\"A\"", "a"));
        assert!(!same_sql("lower(email)", "lower((email)::text)"));
    }

    #[test]
    fn aliases_of_types_are_known() {
        let pairs = [
            ("int", "integer"),
            ("varchar(10)", "character varying(10)"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("numeric(10)", "numeric(10,0)"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("char", "character(1)"),
            ("int[]", "integer[]"),
            ("geometry(Point,4326)", "geometry(Point,4326)"),
        ];
        for (alias, printed) in pairs {
            assert_eq!(canonical(alias), printed);
        }
    }

    #[test]
    fn a_string_is_the_same_default_only_for_types_that_keep_it() {
        let column = |printed: &str, default: &str| Column {
            default: Some(default.into()),
            ..Column::of(DataType::Sql(printed.into()))
        };
        assert!(default(&column("text", "'a'"), &column("text", "'a'::text")));
        let varchar = "character varying(9)";
        assert!(default(&column(varchar, "'a'"), &column(varchar, "'a'::character varying")));
        assert!(!default(&column(varchar, "'a'"), &column(varchar, "'a'::text")));
        assert!(!default(&column("date", "'2020-01-01'"), &column("date", "'2020-01-01'::date")));
    }
}
