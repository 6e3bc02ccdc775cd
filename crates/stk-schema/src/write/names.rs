//! References, and the labels that they need.

use std::collections::{HashMap, HashSet};

use crate::model::{DataType, Model, RoutineKind, SerialSize};

use super::block::sql;

pub(super) struct Names {
    /// The reference to each relation, by schema and name.
    relations: HashMap<(String, String), String>,
    /// The reference to each enum, domain and composite, by schema and name.
    types: HashMap<(String, String), String>,
    /// Label of and reference to each routine, by schema and signature.
    routines: HashMap<(String, String), (String, String)>,
}

impl Names {
    pub fn of(model: &Model) -> Names {
        let mut names = Names { relations: HashMap::new(), types: HashMap::new(), routines: HashMap::new() };
        // A name that one kind has in several schemas is referred to with its schema.
        let mut seen: HashMap<(&'static str, &str), usize> = HashMap::new();
        let mut all: Vec<(&'static str, &str, &str, bool)> = Vec::new();
        for (schema_name, schema) in &model.schemas {
            let schema_name = schema_name.as_str();
            all.extend(schema.tables.keys().map(|name| ("table", schema_name, name.as_str(), true)));
            all.extend(schema.partitions.keys().map(|name| ("partition", schema_name, name.as_str(), true)));
            all.extend(schema.sequences.keys().map(|name| ("sequence", schema_name, name.as_str(), true)));
            all.extend(schema.views.iter().map(|(name, view)| {
                let kind = if view.materialized { "materialized" } else { "view" };
                (kind, schema_name, name.as_str(), true)
            }));
            all.extend(schema.enums.keys().map(|name| ("enum", schema_name, name.as_str(), false)));
            all.extend(schema.domains.keys().map(|name| ("domain", schema_name, name.as_str(), false)));
            all.extend(schema.composites.keys().map(|name| ("composite", schema_name, name.as_str(), false)));
        }
        for (kind, _, name, _) in &all {
            *seen.entry((*kind, *name)).or_default() += 1;
        }
        for (kind, schema, name, is_relation) in all {
            let several = seen.get(&(kind, name)).is_some_and(|count| *count > 1);
            let text = if several { reference(&[kind, schema, name]) } else { reference(&[kind, name]) };
            let map = if is_relation { &mut names.relations } else { &mut names.types };
            map.insert((schema.to_owned(), name.to_owned()), text);
        }
        names.routines(model);
        names
    }

    /// Overloads share a name and have labels of their own.
    fn routines(&mut self, model: &Model) {
        let mut taken: HashSet<(&'static str, String)> = HashSet::new();
        for (schema_name, schema) in &model.schemas {
            for (signature, function) in &schema.functions {
                let kind = match function.kind {
                    RoutineKind::Function => "function",
                    RoutineKind::Procedure => "procedure",
                };
                let candidates = std::iter::once(function.name.clone())
                    .chain((2..).map(|number| format!("{}_{number}", function.name)));
                let label = candidates.into_iter().find(|label| !taken.contains(&(kind, label.clone())));
                let label = label.unwrap_or_else(|| unreachable!("finitely many labels are taken"));
                taken.insert((kind, label.clone()));
                let text = reference(&[kind, &label]);
                self.routines.insert((schema_name.clone(), signature.clone()), (label, text));
            }
        }
    }

    /// A reference to a table, partition, sequence or view of the model.
    pub fn relation(&self, schema: &str, name: &str) -> String {
        let known = self.relations.get(&(schema.to_owned(), name.to_owned()));
        known.cloned().unwrap_or_else(|| reference(&["table", schema, name]))
    }

    pub fn type_reference(&self, schema: &str, name: &str) -> Option<&String> {
        self.types.get(&(schema.to_owned(), name.to_owned()))
    }

    /// The label of a routine and the reference to it.
    pub fn routine(&self, schema: &str, signature: &str) -> Option<&(String, String)> {
        self.routines.get(&(schema.to_owned(), signature.to_owned()))
    }

    pub fn data_type(&self, data_type: &DataType) -> String {
        match data_type {
            DataType::Serial(SerialSize::Small) => "smallserial".to_owned(),
            DataType::Serial(SerialSize::Normal) => "serial".to_owned(),
            DataType::Serial(SerialSize::Big) => "bigserial".to_owned(),
            DataType::Sql(text) => word(text).unwrap_or_else(|| sql(text)),
            DataType::Enum { schema, name }
            | DataType::Domain { schema, name }
            | DataType::Composite { schema, name } => match self.type_reference(schema, name) {
                Some(reference) => reference.clone(),
                None => sql(&format!("{}.{}", crate::model::quote(schema), crate::model::quote(name))),
            },
        }
    }
}

/// The dialect's word for a type as Postgres prints it.
fn word(printed: &str) -> Option<String> {
    let plain = match printed {
        "integer" => "int",
        "double precision" => "double_precision",
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        "character varying" => "varchar",
        "bit varying" => "bit_varying",
        "smallint" | "bigint" | "text" | "boolean" | "uuid" | "json" | "jsonb" | "bytea" | "date"
        | "numeric" | "real" | "inet" | "cidr" | "macaddr" | "interval" | "xml" | "money" | "tsvector"
        | "tsquery" | "point" | "void" | "trigger" | "record" => printed,
        _ => return sized(printed),
    };
    Some(plain.to_owned())
}

/// `character varying(10)` and the like.
fn sized(printed: &str) -> Option<String> {
    let (base, rest) = printed.split_once('(')?;
    let (arguments, suffix) = rest.split_once(')')?;
    if !arguments.split(',').all(|part| part.trim().parse::<u32>().is_ok()) {
        return None;
    }
    let word = match (base, suffix) {
        ("character varying", "") => "varchar",
        ("character", "") => "char",
        ("bit", "") => "bit",
        ("bit varying", "") => "bit_varying",
        ("numeric", "") => "numeric",
        ("timestamp", " with time zone") => "timestamptz",
        ("timestamp", " without time zone") => "timestamp",
        ("time", " with time zone") => "timetz",
        ("time", " without time zone") => "time",
        _ => return None,
    };
    Some(format!("{word}({})", arguments.replace(',', ", ")))
}

/// `table.users.column.id`, with names that are no identifiers in brackets.
pub(super) fn reference(segments: &[&str]) -> String {
    let is_identifier = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut out = String::new();
    for segment in segments {
        if out.is_empty() {
            out.push_str(segment);
        } else if is_identifier(segment) {
            out.push_str(&format!(".{segment}"));
        } else {
            out.push_str(&format!("[{}]", super::block::string(segment)));
        }
    }
    out
}

pub(super) fn column(name: &str) -> String {
    reference(&["column", name])
}

pub(super) fn columns(names: &[String]) -> Vec<String> {
    names.iter().map(|name| column(name)).collect()
}
