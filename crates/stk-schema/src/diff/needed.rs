//! What the schema uses and does not declare: functions, types and sequences that somebody else makes.
//!
//! They are left alone like all that the dialect can not say, for a drop could only fail.

use std::collections::HashSet;

use super::rewrite::{for_each_text, for_each_type};
use crate::model::{DataType, Model, Schema, Token, Unmanaged, requalify, tokens};

/// The objects of `live` that `desired` does not declare and its expressions or types name.
pub(crate) fn needed(live: &Model, desired: &Model) -> Vec<Unmanaged> {
    let mut candidates = Vec::new();
    for (name, schema) in &desired.schemas {
        if let Some(before) = live.schemas.get(name) {
            undeclared(&mut candidates, name, before, schema);
        }
    }
    if candidates.is_empty() {
        return candidates;
    }
    let named = names(desired);
    let is_named = |it: &Unmanaged| {
        let bare = it.name.split('(').next().unwrap_or_default();
        named.contains(&(it.schema.clone(), bare.to_owned()))
    };
    candidates.retain(is_named);
    candidates
}

fn undeclared(found: &mut Vec<Unmanaged>, schema: &str, live: &Schema, desired: &Schema) {
    let mut add = |kind: &str, names: Vec<&String>| {
        let it =
            |name: &String| Unmanaged { kind: kind.into(), schema: schema.to_owned(), name: name.clone() };
        found.extend(names.into_iter().map(it));
    };
    add("function", live.functions.keys().filter(|name| !desired.functions.contains_key(*name)).collect());
    add("sequence", live.sequences.keys().filter(|name| !desired.sequences.contains_key(*name)).collect());
    add("domain", live.domains.keys().filter(|name| !desired.domains.contains_key(*name)).collect());
    add("composite", live.composites.keys().filter(|name| !desired.composites.contains_key(*name)).collect());
    add("enum", live.enums.keys().filter(|name| !desired.enums.contains_key(*name)).collect());
}

/// Every `schema.name` in the model's expressions, types and the strings of its expressions.
fn names(model: &Model) -> HashSet<(String, String)> {
    let mut model = model.clone();
    let mut found = HashSet::new();
    for_each_text(&mut model, &mut |_, _, text| collect(text, &mut found));
    for_each_type(&mut model, &mut |data_type| match data_type {
        DataType::Enum { schema, name }
        | DataType::Domain { schema, name }
        | DataType::Composite { schema, name } => {
            found.insert((schema.clone(), name.clone()));
        }
        DataType::Sql(text) => collect(text, &mut found),
        DataType::Serial(_) => {}
    });
    for trigger in
        model.schemas.values().flat_map(|it| it.tables.values()).flat_map(|it| it.triggers.values())
    {
        found.insert(trigger.function.clone());
    }
    found
}

fn collect(text: &str, found: &mut HashSet<(String, String)>) {
    let pairs = std::cell::RefCell::new(found);
    let note = |schema: &str, name: &str| {
        pairs.borrow_mut().insert((schema.to_owned(), name.to_owned()));
        None
    };
    requalify(text, note);
    // `nextval('public.numbers'::regclass)`
    for token in tokens(text) {
        if let Token::Literal(literal) = token
            && let Some(inside) = literal.strip_prefix('\'').and_then(|it| it.strip_suffix('\''))
        {
            requalify(inside, note);
        }
    }
}
