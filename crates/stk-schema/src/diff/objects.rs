//! The changes of what stands in a schema beside tables: types, sequences, functions and views.

use indexmap::IndexMap;

use super::change::{Change, Place};
use super::same::{same_domain, same_function, same_sequence, same_type, same_view};
use super::tables;
use crate::diagnostic::Origin;
use crate::model::{Schema, View};

type Changes<'a> = Vec<Change<'a>>;

/// Pairs up the entries of two maps by name.
fn pair<'a, T>(
    live: &'a IndexMap<String, T>,
    desired: &'a IndexMap<String, T>,
    mut each: impl FnMut(&'a str, Option<&'a T>, Option<&'a T>),
) {
    for (name, after) in desired {
        each(name, live.get(name), Some(after));
    }
    for (name, before) in live.iter().filter(|(name, _)| !desired.contains_key(*name)) {
        each(name, Some(before), None);
    }
}

macro_rules! compare {
    ($changes:ident, $schema:ident, $live:ident, $desired:ident, $field:ident, $same:expr,
     $create:ident { $it:ident }, $alter:ident, $drop:ident) => {
        pair(&$live.$field, &$desired.$field, |name, before, after| {
            let origin: &Origin = after.map_or(&$desired.origin, |after| &after.origin);
            let place = Place { schema: $schema, name, origin };
            match (before, after) {
                (None, Some($it)) => $changes.push(Change::$create { place, $it }),
                (Some(before), Some(after)) if !$same(before, after) => {
                    $changes.push(Change::$alter { place, before, after });
                }
                (Some(_), None) => $changes.push(Change::$drop { place }),
                _ => {}
            }
        });
    };
}

pub(super) fn compare<'a>(changes: &mut Changes<'a>, schema: &'a str, live: &'a Schema, desired: &'a Schema) {
    use crate::model::{Composite, Enum};
    let same_enum = |a: &Enum, b: &Enum| a.values == b.values;
    let same_composite = |a: &Composite, b: &Composite| {
        let same = |(a, b): ((&String, &crate::model::Field), (&String, &crate::model::Field))| {
            a.0 == b.0 && same_type(&a.1.data_type, &b.1.data_type) && a.1.collate == b.1.collate
        };
        a.fields.len() == b.fields.len() && a.fields.iter().zip(&b.fields).all(same)
    };
    compare!(
        changes,
        schema,
        live,
        desired,
        enums,
        same_enum,
        CreateEnum { definition },
        AlterEnum,
        DropEnum
    );
    compare!(
        changes,
        schema,
        live,
        desired,
        domains,
        same_domain,
        CreateDomain { domain },
        AlterDomain,
        DropDomain
    );
    compare!(
        changes,
        schema,
        live,
        desired,
        composites,
        same_composite,
        CreateComposite { composite },
        AlterComposite,
        DropComposite
    );
    compare!(
        changes,
        schema,
        live,
        desired,
        sequences,
        same_sequence,
        CreateSequence { sequence },
        AlterSequence,
        DropSequence
    );
    compare!(
        changes,
        schema,
        live,
        desired,
        functions,
        same_function,
        CreateFunction { function },
        AlterFunction,
        DropFunction
    );
    views(changes, schema, live, desired);
}

fn views<'a>(changes: &mut Changes<'a>, schema: &'a str, live: &'a Schema, desired: &'a Schema) {
    static NO_VIEW: std::sync::LazyLock<View> = std::sync::LazyLock::new(View::default);
    pair(&live.views, &desired.views, |name, before, after| {
        let origin = after.map_or(&desired.origin, |after| &after.origin);
        let place = Place { schema, name, origin };
        let (before, after) = match (before, after) {
            (Some(view), None) => return changes.push(Change::DropView { place, view }),
            (None, Some(view)) => {
                changes.push(Change::CreateView { place, view });
                (&*NO_VIEW, view)
            }
            (Some(before), Some(after)) if !same_view(before, after) => {
                changes.push(Change::AlterView { place, before, after });
                // A materialized view is made anew, and what stands on it with it.
                (if before.materialized || after.materialized { &*NO_VIEW } else { before }, after)
            }
            (Some(before), Some(after)) => (before, after),
            (None, None) => return,
        };
        tables::indexes(changes, place, &before.indexes, &after.indexes, false);
        tables::triggers(changes, place, &before.triggers, &after.triggers);
    });
}
