//! When two parts of normal models are the same. Comments and origins are looked at elsewhere.

use super::text::{same_optional, same_sql};
use crate::model::{
    Check, Column, DataType, Domain, Exclusion, ForeignKey, Function, Index, IndexPart, Key, Policy, Returns,
    Sequence, Term, Trigger, View,
};

pub(crate) fn same_type(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Sql(a), DataType::Sql(b)) => same_sql(a, b),
        _ => a == b,
    }
}

pub(super) fn same_column(a: &Column, b: &Column) -> bool {
    same_type(&a.data_type, &b.data_type)
        && a.null == b.null
        && same_optional(a.default.as_deref(), b.default.as_deref())
        && same_optional(a.generated.as_deref(), b.generated.as_deref())
        && a.identity == b.identity
        && a.collate == b.collate
}

/// Whether Postgres has no way from one column to the other but to make it anew: into a generated one.
pub(crate) fn is_made_anew(before: &Column, after: &Column) -> bool {
    after.generated.is_some()
        && (!same_optional(before.generated.as_deref(), after.generated.as_deref())
            || !same_type(&before.data_type, &after.data_type)
            || before.collate != after.collate)
}

pub(super) fn same_key(a: &Key, b: &Key) -> bool {
    a.columns == b.columns
        && a.include == b.include
        && a.nulls_distinct == b.nulls_distinct
        && a.deferrable == b.deferrable
        && a.storage_params == b.storage_params
        && a.beyond == b.beyond
}

pub(crate) fn same_index(a: &Index, b: &Index) -> bool {
    same_index_but_storage(a, b)
        && a.storage_params == b.storage_params
        && a.pages_per_range == b.pages_per_range
}

pub(crate) fn same_index_but_storage(a: &Index, b: &Index) -> bool {
    a.unique == b.unique
        && a.method == b.method
        && a.parts.len() == b.parts.len()
        && a.parts.iter().zip(&b.parts).all(|(a, b)| same_part(a, b))
        && a.include == b.include
        && same_optional(a.predicate.as_deref(), b.predicate.as_deref())
        && a.nulls_distinct == b.nulls_distinct
        && a.beyond == b.beyond
}

fn same_part(a: &IndexPart, b: &IndexPart) -> bool {
    let same_term = match (&a.term, &b.term) {
        (Term::Expression(a), Term::Expression(b)) => same_sql(a, b),
        (a, b) => a == b,
    };
    same_term && (a.desc, a.nulls_first, &a.ops, &a.collate) == (b.desc, b.nulls_first, &b.ops, &b.collate)
}

/// A key that is valid is as good as one that need not be.
pub(crate) fn same_foreign_key(a: &ForeignKey, b: &ForeignKey) -> bool {
    same_foreign_key_but_validity(a, b) && (b.not_valid || !a.not_valid)
}

pub(crate) fn same_foreign_key_but_validity(a: &ForeignKey, b: &ForeignKey) -> bool {
    a.columns == b.columns
        && (&a.ref_schema, &a.ref_table) == (&b.ref_schema, &b.ref_table)
        && a.ref_columns == b.ref_columns
        && (a.on_update, a.on_delete) == (b.on_update, b.on_delete)
        && a.on_delete_columns == b.on_delete_columns
        && a.match_full == b.match_full
        && a.deferrable == b.deferrable
        && a.beyond == b.beyond
}

pub(crate) fn same_check(a: &Check, b: &Check) -> bool {
    same_check_but_validity(a, b) && (b.not_valid || !a.not_valid)
}

pub(crate) fn same_check_but_validity(a: &Check, b: &Check) -> bool {
    same_sql(&a.expr, &b.expr) && a.no_inherit == b.no_inherit && a.beyond == b.beyond
}

pub(super) fn same_exclusion(a: &Exclusion, b: &Exclusion) -> bool {
    let parts = a.parts.iter().zip(&b.parts);
    a.method == b.method
        && a.parts.len() == b.parts.len()
        && parts.into_iter().all(|(a, b)| same_part(&a.part, &b.part) && a.operator == b.operator)
        && a.include == b.include
        && same_optional(a.predicate.as_deref(), b.predicate.as_deref())
        && a.deferrable == b.deferrable
        && a.storage_params == b.storage_params
}

pub(super) fn same_trigger(a: &Trigger, b: &Trigger) -> bool {
    same_trigger_but_enabled(a, b) && a.enabled == b.enabled
}

pub(crate) fn same_trigger_but_enabled(a: &Trigger, b: &Trigger) -> bool {
    a.timing == b.timing
        && a.events == b.events
        && a.each_row == b.each_row
        && same_optional(a.when.as_deref(), b.when.as_deref())
        && a.function == b.function
        && a.arguments == b.arguments
        && a.constraint == b.constraint
        && (&a.old_table, &a.new_table) == (&b.old_table, &b.new_table)
}

pub(super) fn same_policy(a: &Policy, b: &Policy) -> bool {
    a.command == b.command
        && a.restrictive == b.restrictive
        && a.roles == b.roles
        && same_optional(a.using.as_deref(), b.using.as_deref())
        && same_optional(a.check.as_deref(), b.check.as_deref())
}

pub(super) fn same_domain(a: &Domain, b: &Domain) -> bool {
    same_type(&a.data_type, &b.data_type)
        && a.null == b.null
        && same_optional(a.default.as_deref(), b.default.as_deref())
        && a.collate == b.collate
        && a.checks.len() == b.checks.len()
        && b.checks
            .iter()
            .all(|check| a.checks.iter().any(|it| it.name == check.name && same_check(it, check)))
}

pub(super) fn same_sequence(a: &Sequence, b: &Sequence) -> bool {
    let shape = |it: &Sequence| (it.start, it.increment, it.min, it.max, it.cache, it.cycle, it.unlogged);
    a.data_type == b.data_type && a.owner == b.owner && shape(a) == shape(b)
}

pub(super) fn same_function(a: &Function, b: &Function) -> bool {
    use crate::model::Body;
    let same_body = match (&a.body, &b.body) {
        (Body::Sql(a), Body::Sql(b)) => same_sql(a, b),
        (a, b) => a == b,
    };
    same_body
        && can_replace_function(a, b)
        && a.arguments
            .iter()
            .zip(&b.arguments)
            .all(|(a, b)| same_optional(a.default.as_deref(), b.default.as_deref()))
        && a.language == b.language
        && (a.volatility, a.strict, a.leakproof, a.security_definer, a.parallel)
            == (b.volatility, b.strict, b.leakproof, b.security_definer, b.parallel)
        && (&a.cost, &a.rows, &a.settings) == (&b.cost, &b.rows, &b.settings)
}

/// Whether `CREATE OR REPLACE` takes it: what callers see stays, but for defaults that are added or changed.
pub(crate) fn can_replace_function(before: &Function, after: &Function) -> bool {
    let arguments = before.arguments.iter().zip(&after.arguments);
    before.kind == after.kind
        && before.window == after.window
        && before.arguments.len() == after.arguments.len()
        && arguments.into_iter().all(|(a, b)| {
            a.mode == b.mode
                && same_type(&a.data_type, &b.data_type)
                && (a.name == b.name || a.name.is_none())
                && (a.default.is_none() || b.default.is_some())
        })
        && match (&before.returns, &after.returns) {
            (Returns::Nothing, Returns::Nothing) => true,
            (Returns::Type(a), Returns::Type(b)) | (Returns::Set(a), Returns::Set(b)) => same_type(a, b),
            (Returns::Table(a), Returns::Table(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same_type(a.1, b.1))
            }
            _ => false,
        }
}

pub(super) fn same_view(a: &View, b: &View) -> bool {
    let names = |view: &View| view.columns.keys().cloned().collect::<Vec<_>>();
    a.materialized == b.materialized
        && same_sql(&a.definition, &b.definition)
        && names(a) == names(b)
        && a.check_option == b.check_option
        && (a.security_invoker, a.security_barrier) == (b.security_invoker, b.security_barrier)
        && a.storage_params == b.storage_params
}

/// Whether `CREATE OR REPLACE VIEW` takes it: the columns that are there stay as they are.
pub(crate) fn can_replace_view(before: &View, after: &View) -> bool {
    let same = |(a, b): ((&String, &crate::model::ViewColumn), (&String, &crate::model::ViewColumn))| {
        a.0 == b.0 && same_sql(&a.1.data_type, &b.1.data_type)
    };
    !before.materialized
        && !after.materialized
        && before.columns.len() <= after.columns.len()
        && before.columns.iter().zip(&after.columns).all(same)
}
