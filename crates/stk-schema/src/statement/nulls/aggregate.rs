//! Aggregates and window functions.
//!
//! Only those that come with Postgres are known by name; anybody else's may be null.

use super::Judge;
use super::level::Scope;
use crate::statement::tree::{Expr, Oid, Window};

/// When an aggregate has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Always, even over nothing.
    Always,
    /// Over at least one row, whatever its values.
    AnyRow,
    /// Over at least one row, if the first so many arguments are not null in it.
    Values(usize),
    /// May be null.
    Never,
}

fn rule(name: &str) -> Rule {
    match name {
        "count" | "regr_count" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" => Rule::Always,
        "array_agg" | "json_agg" | "jsonb_agg" | "json_object_agg" | "jsonb_object_agg" => Rule::AnyRow,
        "sum"
        | "avg"
        | "min"
        | "max"
        | "bool_and"
        | "bool_or"
        | "every"
        | "bit_and"
        | "bit_or"
        | "bit_xor"
        | "var_pop"
        | "stddev_pop"
        | "any_value"
        | "string_agg"
        | "xmlagg"
        | "range_agg"
        | "range_intersect_agg"
        | "mode"
        | "percentile_cont"
        | "percentile_disc" => Rule::Values(1),
        "covar_pop" | "regr_avgx" | "regr_avgy" | "regr_sxx" | "regr_sxy" | "regr_syy" => Rule::Values(2),
        _ => Rule::Never,
    }
}

impl Judge<'_> {
    pub(super) fn aggregate(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        let Expr::Aggregate { id, direct, args, filtered, up, .. } = expr else { return false };
        let rule = self.catalog.builtin_name(*id).map_or(Rule::Never, rule);
        let level = scope.level;
        // An aggregate of an outer level is judged by that level's rows, which are not at hand here.
        if rule == Rule::Always || *up > 0 || *filtered {
            return rule == Rule::Always;
        }
        if !level.groups_have_rows().unwrap_or_else(|| self.input_yields_row(level)) {
            return false;
        }
        let rows = level.row_scope();
        match rule {
            Rule::AnyRow => true,
            Rule::Values(count) => {
                self.all_non_null(args.iter().take(count), &rows) && self.all_non_null(direct, &rows)
            }
            Rule::Always | Rule::Never => false,
        }
    }

    pub(super) fn window(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        let Expr::Window { id, args, filtered, window, .. } = expr else { return false };
        let Some(name) = self.catalog.builtin_name(*id) else { return false };
        let level = scope.level;
        let frame = level.query.windows.iter().find(|one| one.id == *window);
        let in_frame = frame.is_some_and(holds_current_row);
        // Windows run over the rows that grouping has left, of which a condition on the output says nothing.
        let rows = if level.query.has_aggregates || !level.query.groups.is_empty() {
            Scope { facts: &level.rows, grouped: true, ..level.output_scope() }
        } else {
            level.row_scope()
        };
        if !level.ungrouped.is_empty() {
            return matches!(
                name,
                "row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" | "count"
            );
        }
        match name {
            "row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" | "count" => true,
            "ntile" => self.all_non_null(args, &rows),
            "lag" | "lead" => args.len() == 3 && self.all_non_null(args, &rows),
            "first_value" | "last_value" => in_frame && self.all_non_null(args, &rows),
            _ if *filtered || !in_frame => false,
            _ => match rule(name) {
                Rule::Always => true,
                Rule::AnyRow => true,
                Rule::Values(count) => self.all_non_null(args.iter().take(count), &rows),
                Rule::Never => false,
            },
        }
    }

    /// Whether the operator is one of Postgres' own that give a value for values.
    pub(super) fn safe_operator(&self, id: Oid) -> bool {
        self.catalog.operator_function(id).is_some_and(|function| self.safe_function(function))
    }
}

/// Whether the frame of a window always holds the current row. The numbers are Postgres' `FRAMEOPTION_*`.
fn holds_current_row(window: &Window) -> bool {
    const START: i64 = 0x20 | 0x200 | 0x800;
    const END: i64 = 0x100 | 0x400 | 0x4000;
    const EXCLUDES: i64 = 0x8000 | 0x10000;
    window.frame & START != 0 && window.frame & END != 0 && window.frame & EXCLUDES == 0
}
