//! Renames by `renamed_from`: which there are, and the live model as it will be after them.
//!
//! A name is only ever taken over while nothing has the new one, so that a schema file may keep its `renamed_from` for
//! good. Two names can not be swapped for the same reason.

use indexmap::IndexMap;

use super::rewrite::{for_each_column_list, for_each_reference, for_each_text, for_each_type};
use super::text::rename_word;
use crate::diagnostic::Origin;
use crate::model::{DataType, Model, ObjectKind, Table, quote, requalify};

/// What got a new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renamed {
    Schema,
    /// An enum, domain or composite.
    Type,
    Sequence,
    /// By its signature.
    Function,
    /// A table or partition.
    Table,
    View,
    MaterializedView,
    Column,
    Field,
    Index,
    Constraint,
    DomainConstraint,
    Trigger,
    Policy,
}

#[derive(Debug, Clone)]
pub(crate) struct Rename {
    pub what: Renamed,
    /// The schema as it is called by then.
    pub schema: String,
    /// The table or type that has it, as it is called by then; empty for what stands in the schema itself.
    pub within: String,
    pub from: String,
    pub to: String,
    pub origin: Origin,
}

/// Gives the live model the names that `desired` has, and says which statements do the same to the database.
pub(crate) fn apply_renames(live: &mut Model, desired: &Model) -> Vec<Rename> {
    let mut renames = Vec::new();
    let wanted = desired.schemas.iter().map(|(name, it)| (name, it.renamed_from.as_deref(), &it.origin));
    for (from, to, origin) in pairs(wanted, &live.schemas) {
        rename_key(&mut live.schemas, &from, &to);
        rename_schema(live, &from, &to);
        renames.push(Rename {
            what: Renamed::Schema,
            schema: String::new(),
            within: String::new(),
            from,
            to,
            origin,
        });
    }
    for schema in desired.schemas.keys() {
        if live.schemas.contains_key(schema) {
            objects(live, desired, schema, &mut renames);
        }
    }
    renames
}

/// The pairs of names that can be taken over, in an order in which the new name is always free.
fn pairs<'a, T>(
    wanted: impl Iterator<Item = (&'a String, Option<&'a str>, &'a Origin)>,
    live: &IndexMap<String, T>,
) -> Vec<(String, String, Origin)> {
    let mut names: Vec<&str> = live.keys().map(String::as_str).collect();
    let mut left: Vec<_> = wanted.filter_map(|(name, from, origin)| Some((name, from?, origin))).collect();
    let mut found = Vec::new();
    while let Some(at) =
        left.iter().position(|(name, from, _)| names.contains(from) && !names.contains(&name.as_str()))
    {
        let (name, from, origin) = left.remove(at);
        names.retain(|known| *known != from);
        names.push(name);
        found.push((from.to_owned(), name.clone(), origin.clone()));
    }
    found
}

/// Gives an entry another key and leaves it in its place.
fn rename_key<T>(map: &mut IndexMap<String, T>, from: &str, to: &str) {
    if let Some((index, _, value)) = map.shift_remove_full(from) {
        map.shift_insert(index, to.to_owned(), value);
    }
}

macro_rules! in_schema {
    ($live:ident, $desired:ident, $schema:ident, $renames:ident, $field:ident, $kind:expr, $what:expr) => {
        if let (Some(have), Some(want)) = ($live.schemas.get($schema), $desired.schemas.get($schema)) {
            let wanted = want.$field.iter().map(|(name, it)| (name, it.renamed_from.as_deref(), &it.origin));
            for (from, to, origin) in pairs(wanted, &have.$field) {
                let what = $what($live, $schema, &from);
                if let Some(have) = $live.schemas.get_mut($schema) {
                    rename_key(&mut have.$field, &from, &to);
                }
                rename_object($live, $kind, $schema, &from, &to);
                let schema = $schema.to_owned();
                $renames.push(Rename { what, schema, within: String::new(), from, to, origin });
            }
        }
    };
}

/// The renames of what stands in a schema, and then of what stands in that.
fn objects(live: &mut Model, desired: &Model, schema: &str, renames: &mut Vec<Rename>) {
    let is = |what| move |_: &Model, _: &str, _: &str| what;
    let view = |live: &Model, schema: &str, name: &str| {
        let materialized =
            live.schemas.get(schema).and_then(|it| it.views.get(name)).is_some_and(|it| it.materialized);
        if materialized { Renamed::MaterializedView } else { Renamed::View }
    };
    in_schema!(live, desired, schema, renames, enums, ObjectKind::Enum, is(Renamed::Type));
    in_schema!(live, desired, schema, renames, domains, ObjectKind::Domain, is(Renamed::Type));
    in_schema!(live, desired, schema, renames, composites, ObjectKind::Composite, is(Renamed::Type));
    in_schema!(live, desired, schema, renames, sequences, ObjectKind::Sequence, is(Renamed::Sequence));
    in_schema!(live, desired, schema, renames, tables, ObjectKind::Table, is(Renamed::Table));
    in_schema!(live, desired, schema, renames, partitions, ObjectKind::Partition, is(Renamed::Table));
    in_schema!(live, desired, schema, renames, views, ObjectKind::View, view);
    functions(live, desired, schema, renames);
    let Some(want) = desired.schemas.get(schema) else { return };
    for (name, wanted) in &want.tables {
        columns(live, schema, name, wanted, renames);
        if let Some(table) = live.schemas.get_mut(schema).and_then(|it| it.tables.get_mut(name)) {
            inside(table, schema, name, wanted, renames);
        }
    }
    for (name, wanted) in &want.composites {
        let Some(have) = live.schemas.get_mut(schema).and_then(|it| it.composites.get_mut(name)) else {
            continue;
        };
        let fields = wanted.fields.iter().map(|(name, it)| (name, it.renamed_from.as_deref(), &it.origin));
        for (from, to, origin) in pairs(fields, &have.fields) {
            rename_key(&mut have.fields, &from, &to);
            renames.push(within(Renamed::Field, schema, name, from, to, origin));
        }
    }
    for (name, wanted) in &want.domains {
        let Some(have) = live.schemas.get_mut(schema).and_then(|it| it.domains.get_mut(name)) else {
            continue;
        };
        checks(&mut have.checks, &wanted.checks, Renamed::DomainConstraint, schema, name, renames);
    }
}

/// `renamed_from` of a function is its name alone; the arguments stay.
fn functions(live: &mut Model, desired: &Model, schema: &str, renames: &mut Vec<Rename>) {
    let Some(want) = desired.schemas.get(schema) else { return };
    for (signature, function) in &want.functions {
        let Some(old) = &function.renamed_from else { continue };
        let arguments = signature.strip_prefix(function.name.as_str()).unwrap_or_default();
        let from = format!("{old}{arguments}");
        let Some(have) = live.schemas.get_mut(schema) else { return };
        if have.functions.contains_key(signature) || !have.functions.contains_key(&from) {
            continue;
        }
        rename_key(&mut have.functions, &from, signature);
        if let Some(renamed) = have.functions.get_mut(signature) {
            renamed.name.clone_from(&function.name);
        }
        for_each_reference(live, &mut |kind, at, name| {
            if kind == ObjectKind::Function && at == schema && *name == from {
                name.clone_from(signature);
            }
        });
        qualified(live, schema, old, &function.name);
        let origin = function.origin.clone();
        renames.push(within(Renamed::Function, schema, "", from, function.name.clone(), origin));
    }
}

fn within(what: Renamed, schema: &str, within: &str, from: String, to: String, origin: Origin) -> Rename {
    Rename { what, schema: schema.to_owned(), within: within.to_owned(), from, to, origin }
}

fn columns(live: &mut Model, schema: &str, name: &str, wanted: &Table, renames: &mut Vec<Rename>) {
    let Some(table) = live.table(schema, name) else { return };
    let columns = wanted.columns.iter().map(|(name, it)| (name, it.renamed_from.as_deref(), &it.origin));
    for (from, to, origin) in pairs(columns, &table.columns) {
        if let Some(table) = live.schemas.get_mut(schema).and_then(|it| it.tables.get_mut(name)) {
            rename_key(&mut table.columns, &from, &to);
        }
        for_each_column_list(live, &mut |at, table, column| {
            if at == schema && table == name && *column == from {
                column.clone_from(&to);
            }
        });
        for_each_text(live, &mut |at, table, text| {
            if at == schema && table == name {
                *text = rename_word(text, &from, &to);
            }
        });
        renames.push(within(Renamed::Column, schema, name, from, to, origin));
    }
}

macro_rules! in_table {
    ($table:ident, $wanted:ident, $field:ident, $schema:ident, $name:ident, $what:expr, $renames:ident) => {
        let wanted = $wanted.$field.iter().map(|(name, it)| (name, it.renamed_from.as_deref(), &it.origin));
        for (from, to, origin) in pairs(wanted, &$table.$field) {
            rename_key(&mut $table.$field, &from, &to);
            $renames.push(within($what, $schema, $name, from, to, origin));
        }
    };
}

fn inside(table: &mut Table, schema: &str, name: &str, wanted: &Table, renames: &mut Vec<Rename>) {
    in_table!(table, wanted, uniques, schema, name, Renamed::Constraint, renames);
    for (name, key) in &mut table.uniques {
        key.name = Some(name.clone());
    }
    in_table!(table, wanted, indexes, schema, name, Renamed::Index, renames);
    in_table!(table, wanted, foreign_keys, schema, name, Renamed::Constraint, renames);
    in_table!(table, wanted, exclusions, schema, name, Renamed::Constraint, renames);
    in_table!(table, wanted, triggers, schema, name, Renamed::Trigger, renames);
    in_table!(table, wanted, policies, schema, name, Renamed::Policy, renames);
    checks(&mut table.checks, &wanted.checks, Renamed::Constraint, schema, name, renames);
    if let (Some(have), Some(want)) = (&mut table.primary_key, &wanted.primary_key)
        && let (Some(from), Some(to)) = (have.name.clone(), want.name.clone())
        && from != to
    {
        // A primary key has a name of its own only where the schema gives one: taking it over is no loss.
        have.name = Some(to.clone());
        renames.push(within(Renamed::Constraint, schema, name, from, to, want.origin.clone()));
    }
}

fn checks(
    live: &mut [crate::model::Check],
    wanted: &[crate::model::Check],
    what: Renamed,
    schema: &str,
    name: &str,
    renames: &mut Vec<Rename>,
) {
    for check in wanted {
        let (Some(from), Some(to)) = (&check.renamed_from, &check.name) else { continue };
        if live.iter().any(|have| have.name.as_ref() == Some(to)) {
            continue;
        }
        if let Some(have) = live.iter_mut().find(|have| have.name.as_ref() == Some(from)) {
            have.name = Some(to.clone());
            renames.push(within(what, schema, name, from.clone(), to.clone(), check.origin.clone()));
        }
    }
}

fn rename_schema(live: &mut Model, from: &str, to: &str) {
    for_each_type(live, &mut |data_type| match data_type {
        DataType::Enum { schema, .. }
        | DataType::Domain { schema, .. }
        | DataType::Composite { schema, .. }
            if schema == from =>
        {
            *schema = to.to_owned();
        }
        _ => {}
    });
    for_each_reference_schema(live, from, to);
    for_each_text(live, &mut |_, _, text| {
        *text = requalify(text, |schema, _| (schema == from).then(|| to.to_owned()));
    });
}

fn for_each_reference_schema(live: &mut Model, from: &str, to: &str) {
    super::rewrite::for_each_schema_name(live, &mut |schema| {
        if schema == from {
            *schema = to.to_owned();
        }
    });
}

fn rename_object(live: &mut Model, kind: ObjectKind, schema: &str, from: &str, to: &str) {
    if matches!(kind, ObjectKind::Enum | ObjectKind::Domain | ObjectKind::Composite) {
        for_each_type(live, &mut |data_type| match data_type {
            DataType::Enum { schema: at, name }
            | DataType::Domain { schema: at, name }
            | DataType::Composite { schema: at, name }
                if at == schema && name == from =>
            {
                *name = to.to_owned();
            }
            _ => {}
        });
    }
    for_each_reference(live, &mut |found, at, name| {
        if found == kind && at == schema && name == from {
            *name = to.to_owned();
        }
    });
    qualified(live, schema, from, to);
}

/// `schema.from` in texts becomes `schema.to`.
fn qualified(live: &mut Model, schema: &str, from: &str, to: &str) {
    // `requalify` puts a name before the dot, so the new last part comes with it.
    let marker = format!("{schema}\0");
    for_each_text(live, &mut |_, _, text| {
        let marked = requalify(text, |at, name| (at == schema && name == from).then(|| marker.clone()));
        if marked.contains('\0') {
            *text = replace_marked(&marked, &quote(&marker), schema, to);
        }
    });
}

/// Replaces the name that follows each `marker` and its dot.
fn replace_marked(text: &str, marker: &str, schema: &str, to: &str) -> String {
    let mut parts = text.split(marker);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name_len = crate::model::tokens(&part[1..]).first().map_or(0, |token| match token {
            crate::model::Token::Name(name) => name.len(),
            _ => 0,
        });
        out.push_str(&format!("{}.{}{}", quote(schema), quote(to), &part[1 + name_len..]));
    }
    out
}
