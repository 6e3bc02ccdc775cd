//! What only the declared model knows, given to the normal one: origins, comments, old names, order, and which names
//! were chosen and which left to Postgres.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::settled;
use crate::diagnostic::Origin;
use crate::model::{Check, Function, Index, Key, Model, PermissionTarget, Schema, Table, Trigger};

pub(super) fn adopt(normal: &mut Model, declared: &Model, live: &Model) {
    let mut signatures = HashMap::new();
    for (name, from) in &declared.schemas {
        let Some(schema) = normal.schemas.get_mut(name) else { continue };
        schema.origin = from.origin.clone();
        schema.comment.clone_from(&from.comment);
        schema.renamed_from.clone_from(&from.renamed_from);
        for (old, new) in adopt_schema(schema, from) {
            signatures.insert((name.clone(), old), new);
        }
    }
    for permission in &mut normal.permissions {
        if let PermissionTarget::Function(schema, signature) = &mut permission.on
            && let Some(known) = signatures.get(&(schema.clone(), signature.clone()))
        {
            signature.clone_from(known);
        }
    }
    // What a declared extension leaves open stays as it is.
    for (name, extension) in &mut normal.extensions {
        if let Some(live) = live.extensions.get(name) {
            extension.schema = extension.schema.take().or_else(|| live.schema.clone());
            extension.version = extension.version.take().or_else(|| live.version.clone());
            extension.comment = extension.comment.take().or_else(|| live.comment.clone());
        }
    }
}

/// Gives the signatures that Postgres prints for the declared ones.
fn adopt_schema(schema: &mut Schema, from: &Schema) -> Vec<(String, String)> {
    order(&mut schema.enums, &from.enums);
    for (name, found) in &mut schema.enums {
        if let Some(from) = from.enums.get(name) {
            found.origin = from.origin.clone();
            found.comment.clone_from(&from.comment);
            found.renamed_from.clone_from(&from.renamed_from);
        }
    }
    order(&mut schema.domains, &from.domains);
    for (name, found) in &mut schema.domains {
        if let Some(from) = from.domains.get(name) {
            found.origin = from.origin.clone();
            found.comment.clone_from(&from.comment);
            found.renamed_from.clone_from(&from.renamed_from);
            adopt_checks(&mut found.checks, &from.checks);
        }
    }
    order(&mut schema.composites, &from.composites);
    for (name, found) in &mut schema.composites {
        let Some(from) = from.composites.get(name) else { continue };
        found.origin = from.origin.clone();
        found.comment.clone_from(&from.comment);
        found.renamed_from.clone_from(&from.renamed_from);
        for (name, field) in &mut found.fields {
            if let Some(from) = from.fields.get(name) {
                field.origin = from.origin.clone();
                field.comment.clone_from(&from.comment);
                field.renamed_from.clone_from(&from.renamed_from);
            }
        }
    }
    order(&mut schema.sequences, &from.sequences);
    for (name, found) in &mut schema.sequences {
        if let Some(from) = from.sequences.get(name) {
            found.origin = from.origin.clone();
            found.comment.clone_from(&from.comment);
            found.renamed_from.clone_from(&from.renamed_from);
            found.owner.clone_from(&from.owner);
        }
    }
    order(&mut schema.tables, &from.tables);
    for (name, table) in &mut schema.tables {
        if let Some(from) = from.tables.get(name) {
            adopt_table(table, from);
        }
    }
    order(&mut schema.partitions, &from.partitions);
    for (name, found) in &mut schema.partitions {
        let Some(from) = from.partitions.get(name) else { continue };
        found.origin = from.origin.clone();
        found.comment.clone_from(&from.comment);
        found.renamed_from.clone_from(&from.renamed_from);
        found.beyond.clear();
        if let (Some(partition), Some(from)) = (&mut found.partition, &from.partition) {
            partition.origin = from.origin.clone();
        }
    }
    adopt_views(schema, from);
    adopt_functions(schema, from)
}

fn order<T>(found: &mut IndexMap<String, T>, from: &IndexMap<String, T>) {
    found.sort_by_cached_key(|name, _| from.get_index_of(name));
}

fn adopt_views(schema: &mut Schema, from: &Schema) {
    order(&mut schema.views, &from.views);
    for (name, view) in &mut schema.views {
        let Some(from) = from.views.get(name) else { continue };
        view.origin = from.origin.clone();
        view.comment.clone_from(&from.comment);
        view.renamed_from.clone_from(&from.renamed_from);
        view.with_data = from.with_data;
        for (name, column) in &mut view.columns {
            let from = from.columns.get(name);
            column.comment = from.and_then(|from| from.comment.clone());
            column.origin = from.map_or_else(Origin::default, |from| from.origin.clone());
        }
        adopt_indexes(&mut view.indexes, &from.indexes);
        adopt_triggers(&mut view.triggers, &from.triggers);
    }
}

/// Pairs routines up by name and types; the words of a type may differ only where the name is not overloaded.
fn adopt_functions(schema: &mut Schema, from: &Schema) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut left: Vec<String> = schema.functions.keys().cloned().collect();
    for exactly in [true, false] {
        for (signature, declared) in &from.functions {
            if pairs.iter().any(|(known, _)| known == signature) {
                continue;
            }
            let at = left.iter().position(|found| {
                let found = &schema.functions[found];
                found.name == declared.name && (!exactly || same_arguments(declared, found))
            });
            if let Some(at) = at {
                pairs.push((signature.clone(), left.remove(at)));
            }
        }
    }
    let mut functions = IndexMap::new();
    for (signature, declared) in &from.functions {
        let Some((_, found)) = pairs.iter().find(|(known, _)| known == signature) else { continue };
        let Some(mut function) = schema.functions.swap_remove(found) else { continue };
        function.origin = declared.origin.clone();
        function.comment.clone_from(&declared.comment);
        function.renamed_from.clone_from(&declared.renamed_from);
        functions.insert(found.clone(), function);
    }
    schema.functions = functions;
    pairs
}

fn same_arguments(declared: &Function, found: &Function) -> bool {
    let same = |(declared, found): (&crate::model::Argument, &crate::model::Argument)| {
        declared.name == found.name && settled::data_type(&declared.data_type, &found.data_type)
    };
    declared.arguments.len() == found.arguments.len()
        && declared.arguments.iter().zip(&found.arguments).all(same)
}

fn adopt_table(table: &mut Table, from: &Table) {
    table.origin = from.origin.clone();
    table.comment.clone_from(&from.comment);
    table.renamed_from.clone_from(&from.renamed_from);
    table.row_security = from.row_security;
    for (name, column) in &mut table.columns {
        if let Some(from) = from.columns.get(name) {
            column.origin = from.origin.clone();
            column.comment.clone_from(&from.comment);
            column.renamed_from.clone_from(&from.renamed_from);
        }
    }
    if let (Some(key), Some(from)) = (&mut table.primary_key, &from.primary_key) {
        adopt_key(key, from);
        key.name = key.name.take().filter(|_| from.name.is_some() || from.comment.is_some());
    }
    order(&mut table.uniques, &from.uniques);
    for (name, key) in &mut table.uniques {
        if let Some(from) = from.uniques.get(name) {
            adopt_key(key, from);
        }
    }
    adopt_indexes(&mut table.indexes, &from.indexes);
    order(&mut table.foreign_keys, &from.foreign_keys);
    for (name, key) in &mut table.foreign_keys {
        if let Some(from) = from.foreign_keys.get(name) {
            key.origin = from.origin.clone();
            key.comment.clone_from(&from.comment);
            key.renamed_from.clone_from(&from.renamed_from);
        }
    }
    order(&mut table.exclusions, &from.exclusions);
    for (name, exclusion) in &mut table.exclusions {
        if let Some(from) = from.exclusions.get(name) {
            exclusion.origin = from.origin.clone();
            exclusion.comment.clone_from(&from.comment);
            exclusion.renamed_from.clone_from(&from.renamed_from);
        }
    }
    order(&mut table.policies, &from.policies);
    for (name, policy) in &mut table.policies {
        if let Some(from) = from.policies.get(name) {
            policy.origin = from.origin.clone();
            policy.comment.clone_from(&from.comment);
            policy.renamed_from.clone_from(&from.renamed_from);
        }
    }
    adopt_triggers(&mut table.triggers, &from.triggers);
    if let (Some(partition), Some(from)) = (&mut table.partition, &from.partition) {
        partition.origin = from.origin.clone();
    }
    adopt_checks(&mut table.checks, &from.checks);
}

fn adopt_key(key: &mut Key, from: &Key) {
    key.origin = from.origin.clone();
    key.comment.clone_from(&from.comment);
    key.renamed_from.clone_from(&from.renamed_from);
}

fn adopt_indexes(indexes: &mut IndexMap<String, Index>, from: &IndexMap<String, Index>) {
    order(indexes, from);
    for (name, index) in indexes {
        if let Some(from) = from.get(name) {
            index.origin = from.origin.clone();
            index.comment.clone_from(&from.comment);
            index.renamed_from.clone_from(&from.renamed_from);
        }
    }
}

fn adopt_triggers(triggers: &mut IndexMap<String, Trigger>, from: &IndexMap<String, Trigger>) {
    order(triggers, from);
    for (name, trigger) in triggers {
        if let Some(from) = from.get(name) {
            trigger.origin = from.origin.clone();
            trigger.comment.clone_from(&from.comment);
            trigger.renamed_from.clone_from(&from.renamed_from);
        }
    }
}

/// Checks pair up by name; those without a name by what they say where that is the same word for word, else in order:
/// Postgres makes them in the order of the statements, those that are not valid last.
fn adopt_checks(checks: &mut Vec<Check>, from: &[Check]) {
    let chosen: HashSet<&str> = from.iter().filter_map(|check| check.name.as_deref()).collect();
    let mut left: Vec<Check> = std::mem::take(checks);
    let mut unnamed: Vec<&Check> = from.iter().filter(|check| check.name.is_none()).collect();
    unnamed.sort_by_key(|check| check.not_valid);
    let in_order: Vec<Check> = {
        let is_unnamed = |check: &Check| check.name.as_deref().is_none_or(|name| !chosen.contains(name));
        let (unnamed, named): (Vec<Check>, Vec<Check>) = left.into_iter().partition(is_unnamed);
        left = named;
        unnamed
    };
    let mut of_unnamed = pair(&unnamed, in_order);
    for declared in from {
        let found = match &declared.name {
            Some(name) => {
                let at = left.iter().position(|check| check.name.as_ref() == Some(name));
                at.map(|at| left.remove(at))
            }
            None => {
                let at = of_unnamed.iter().position(|(of, _)| std::ptr::eq(*of, declared));
                at.map(|at| of_unnamed.remove(at).1)
            }
        };
        let Some(mut found) = found else { continue };
        found.origin = declared.origin.clone();
        found.comment.clone_from(&declared.comment);
        found.renamed_from.clone_from(&declared.renamed_from);
        found.name = found.name.take().filter(|_| declared.name.is_some() || declared.comment.is_some());
        checks.push(found);
    }
}

fn pair<'d>(declared: &[&'d Check], mut found: Vec<Check>) -> Vec<(&'d Check, Check)> {
    let mut pairs: Vec<(&Check, Check)> = Vec::new();
    for exactly in [true, false] {
        for check in declared {
            if pairs.iter().any(|(known, _)| std::ptr::eq(*known, *check)) {
                continue;
            }
            let at = found.iter().position(|found| !exactly || settled::check(check, found));
            if let Some(at) = at {
                pairs.push((*check, found.remove(at)));
            }
        }
    }
    pairs
}
