//! From a type as it is written to the type of the JSON that its values become.
//!
//! A `Date` becomes a string, what is undefined is left out, names are followed through the files of `logic/`. What can
//! not be told becomes `unknown`, with a word on why, and never something narrower than the truth.

use std::collections::{BTreeMap, BTreeSet};

use stk_contract::{DeclaredType, JsonField, JsonType};

use super::super::{Handler, Scripts};
use super::json::{both, texts, union};
use super::known::{self, Known};
use super::{Declaration, Member, TypeExpr};

/// How deep types may nest, and how many there may be in one result.
const DEPTH_MAX: usize = 40;
const TYPES_MAX: usize = 20_000;

/// A result's type, and what could not be told of it.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub result: Option<DeclaredType>,
    pub lost: Vec<String>,
}

/// The declared result of a handler.
pub(crate) fn result_of(handler: &Handler, file: &str, scripts: &Scripts) -> Option<Declared> {
    handler.returns.as_ref().map(|(returns, _)| declared(returns, file, scripts))
}

/// The JSON of a type that stands in `file`.
pub(crate) fn declared(written: &TypeExpr, file: &str, scripts: &Scripts) -> Declared {
    let mut evaluate = Evaluate {
        scripts,
        lost: Vec::new(),
        named: BTreeMap::new(),
        open: Vec::new(),
        recursive: BTreeSet::new(),
        count: 0,
        depth: 0,
    };
    let here = Here { file, args: &BTreeMap::new() };
    let json = evaluate.value(written, here).or_null();
    let Evaluate { mut lost, named, .. } = evaluate;
    lost.dedup();
    let known = json != JsonType::Unknown;
    Declared { result: known.then_some(DeclaredType { json, named }), lost }
}

/// What a value becomes: nothing, JSON, or either.
#[derive(Debug, Clone)]
struct Wire {
    /// `None`: there is never a value.
    json: Option<JsonType>,
    /// It may be undefined, which JSON leaves out.
    absent: bool,
}

impl Wire {
    fn of(json: JsonType) -> Wire {
        Wire { json: Some(json), absent: false }
    }

    const ABSENT: Wire = Wire { json: None, absent: true };

    /// Where something must stand, undefined is null.
    fn or_null(self) -> JsonType {
        let null = self.absent.then_some(JsonType::Null);
        union(self.json.into_iter().chain(null)).unwrap_or(JsonType::Unknown)
    }
}

/// Where a type stands: its file, and what the type parameters around it are.
#[derive(Clone, Copy)]
struct Here<'a> {
    file: &'a str,
    args: &'a BTreeMap<String, Wire>,
}

struct Evaluate<'s> {
    scripts: &'s Scripts,
    lost: Vec<String>,
    named: BTreeMap<String, JsonType>,
    /// Names that are being followed.
    open: Vec<String>,
    /// Those of them that hold themselves.
    recursive: BTreeSet<String>,
    count: usize,
    depth: usize,
}

impl<'s> Evaluate<'s> {
    fn lose(&mut self, why: impl Into<String>) -> Wire {
        self.lost.push(why.into());
        Wire::of(JsonType::Unknown)
    }

    fn value(&mut self, written: &TypeExpr, here: Here<'_>) -> Wire {
        self.count += 1;
        if self.depth >= DEPTH_MAX || self.count > TYPES_MAX {
            return self.lose("the type is too large");
        }
        self.depth += 1;
        let wire = self.form(written, here);
        self.depth -= 1;
        // Names stand for what may be twice what stands behind them.
        self.count += wire.json.as_ref().map_or(0, |json| size(json, TYPES_MAX));
        wire
    }

    fn json(&mut self, written: &TypeExpr, here: Here<'_>) -> JsonType {
        self.value(written, here).or_null()
    }

    fn form(&mut self, written: &TypeExpr, here: Here<'_>) -> Wire {
        match written {
            TypeExpr::Any => Wire::of(JsonType::Unknown),
            TypeExpr::Never => Wire { json: None, absent: false },
            TypeExpr::Null => Wire::of(JsonType::Null),
            TypeExpr::Undefined | TypeExpr::Left => Wire::ABSENT,
            TypeExpr::Boolean => Wire::of(JsonType::Boolean),
            TypeExpr::Number => Wire::of(JsonType::Number),
            TypeExpr::String => Wire::of(JsonType::String),
            TypeExpr::Bigint => self.lose("JSON has no bigint: convert it with `String(…)` or `Number(…)`"),
            TypeExpr::Literal(text) => Wire::of(JsonType::Literal(text.clone())),
            TypeExpr::Array(element) => {
                let element = self.json(element, here);
                Wire::of(JsonType::Array(Box::new(element)))
            }
            TypeExpr::Tuple(elements) => {
                Wire::of(JsonType::Tuple(elements.iter().map(|element| self.json(element, here)).collect()))
            }
            TypeExpr::Object(members) => self.object(members, here),
            TypeExpr::Union(types) => {
                let wires: Vec<Wire> = types.iter().map(|written| self.value(written, here)).collect();
                let absent = wires.iter().any(|wire| wire.absent);
                Wire { json: union(wires.into_iter().filter_map(|wire| wire.json)), absent }
            }
            TypeExpr::Intersection(types) => self.intersection(types, here),
            TypeExpr::Reference { name, args } => self.reference(name, args, here),
            TypeExpr::Indexed(object, index) => self.indexed(object, index, here),
            TypeExpr::Keyof(of) => match self.json(of, here) {
                JsonType::Object { fields, rest: None } => {
                    Wire { json: union(fields.into_iter().map(|field| literal(&field.name))), absent: false }
                }
                _ => Wire::of(JsonType::String),
            },
            TypeExpr::Other(what) => self.lose(format!("{what} is not followed")),
        }
    }

    fn object(&mut self, written: &[Member], here: Here<'_>) -> Wire {
        let mut fields: Vec<JsonField> = Vec::new();
        let mut rest = None;
        for member in written {
            match member {
                Member::Field { name, .. } if name == "toJSON" => {
                    return self.lose("an object with `toJSON` writes itself");
                }
                Member::Field { name, optional, value } => {
                    let wire = self.value(value, here);
                    let Some(json) = wire.json else { continue };
                    let field = JsonField { name: name.clone(), optional: *optional || wire.absent, json };
                    match fields.iter_mut().find(|known| known.name == field.name) {
                        Some(known) => *known = field,
                        None => fields.push(field),
                    }
                }
                Member::Rest(value) => rest = self.value(value, here).json.map(Box::new),
            }
        }
        Wire::of(JsonType::Object { fields, rest })
    }

    fn intersection(&mut self, types: &[TypeExpr], here: Here<'_>) -> Wire {
        let mut whole: Option<JsonType> = None;
        for written in types {
            let json = self.json(written, here);
            let json = self.opened(json);
            whole = match whole {
                None => Some(json),
                Some(before) => match both(before, json) {
                    Some(both) => Some(both),
                    None => return self.lose("`&` is followed between objects only"),
                },
            };
        }
        Wire::of(whole.unwrap_or(JsonType::Unknown))
    }

    /// What a name stands for, where its fields are needed.
    fn opened(&self, json: JsonType) -> JsonType {
        match &json {
            JsonType::Named(name) => self.named.get(name).cloned().unwrap_or(json),
            _ => json,
        }
    }

    fn indexed(&mut self, object: &TypeExpr, index: &TypeExpr, here: Here<'_>) -> Wire {
        let object = self.json(object, here);
        let object = self.opened(object);
        let index = self.json(index, here);
        match (&object, texts(&index)) {
            (JsonType::Array(element), _) if index == JsonType::Number => Wire::of((**element).clone()),
            (JsonType::Object { fields, rest }, Some(names)) => {
                let of = |name: &String| {
                    let field = fields.iter().find(|field| field.name == *name);
                    field
                        .map(|field| (field.json.clone(), field.optional))
                        .or(rest.as_deref().map(|rest| (rest.clone(), false)))
                };
                let found: Option<Vec<(JsonType, bool)>> = names.iter().map(of).collect();
                match found {
                    Some(found) => Wire {
                        absent: found.iter().any(|(_, optional)| *optional),
                        json: union(found.into_iter().map(|(json, _)| json)),
                    },
                    None => self.lose("it takes a key out of a type that does not have it"),
                }
            }
            _ => self.lose("what is taken out of this type can not be told"),
        }
    }

    fn reference(&mut self, name: &[String], args: &[TypeExpr], here: Here<'_>) -> Wire {
        let whole = name.join(".");
        if let Some(wire) = here.args.get(&whole) {
            return wire.clone();
        }
        if whole == "Santokit.Json" {
            return Wire::of(JsonType::Unknown);
        }
        if let Some((file, declared)) = self.find(here.file, name, 0) {
            return self.named_type(&file, &declared, args, here);
        }
        let Some(found) = name.first().filter(|_| name.len() == 1).and_then(|name| known::known(name)) else {
            return self.lose(format!("`{whole}` is not declared under `logic/`"));
        };
        match found {
            Known::First => args.first().map_or(Wire::of(JsonType::Unknown), |first| self.value(first, here)),
            Known::List => {
                let element = args.first().map_or(JsonType::Unknown, |first| self.json(first, here));
                Wire::of(JsonType::Array(Box::new(element)))
            }
            Known::Text => Wire::of(JsonType::String),
            Known::Left => Wire::ABSENT,
            Known::Lost(why) => self.lose(why),
            Known::Change(change) => {
                // Undefined is no member of these; it stays what it was around them.
                let args = args.iter().map(|written| {
                    let json = self.value(written, here).json.unwrap_or(JsonType::Unknown);
                    self.opened(json)
                });
                match known::change(change, args.collect()) {
                    Some(json) => Wire::of(json),
                    None => self.lose(format!("`{whole}<…>` can not be told here")),
                }
            }
        }
    }

    /// The file that declares a name, and the name there.
    fn find(&self, file: &str, name: &[String], depth: usize) -> Option<(String, String)> {
        let table = &self.scripts.files.get(file)?.types;
        let first = name.first()?;
        let whole = name.join(".");
        if table.declared.contains_key(&whole) {
            return Some((file.to_owned(), whole));
        }
        let (specifier, there) = table.imported.get(first)?;
        let target = self.scripts.graph.types.get(file)?.get(specifier)?;
        match (there.as_str(), name) {
            ("*", [_, inside @ ..]) => self.exported(target, &inside.join("."), depth + 1),
            (there, [_, inside @ ..]) => {
                let name = [std::slice::from_ref(&there.to_owned()), inside].concat();
                self.exported(target, &name.join("."), depth + 1)
            }
            _ => None,
        }
    }

    /// The same from outside of the file.
    fn exported(&self, file: &str, name: &str, depth: usize) -> Option<(String, String)> {
        if depth > DEPTH_MAX {
            return None;
        }
        let table = &self.scripts.files.get(file)?.types;
        let (first, inside) = name.split_once('.').unwrap_or((name, ""));
        let local = table.exported.get(first);
        if let Some(local) = local {
            let name: Vec<String> = [local.as_str(), inside]
                .iter()
                .filter(|part| !part.is_empty())
                .map(|part| (*part).to_owned())
                .collect();
            return self.find(file, &name, depth);
        }
        let targets = self.scripts.graph.types.get(file)?;
        if let Some((specifier, there)) = table.re_exported.get(name) {
            return self.exported(targets.get(specifier)?, there, depth + 1);
        }
        table.stars.iter().find_map(|specifier| self.exported(targets.get(specifier)?, name, depth + 1))
    }

    fn named_type(&mut self, file: &str, name: &str, args: &[TypeExpr], here: Here<'_>) -> Wire {
        let key = format!("{file}#{name}");
        let scripts: &'s Scripts = self.scripts;
        let declaration = &scripts.files[file].types.declared[name];
        if self.open.contains(&key) {
            if !declaration.params.is_empty() {
                return self.lose(format!("`{name}` holds itself with other arguments"));
            }
            self.recursive.insert(key.clone());
            return Wire::of(JsonType::Named(key));
        }
        if self.named.contains_key(&key) {
            return Wire::of(JsonType::Named(key));
        }
        let bound = self.bind(declaration, args, here);
        self.open.push(key.clone());
        let inside = Here { file, args: &bound };
        let wire = match declaration.parts.as_slice() {
            [only] => self.value(only, inside),
            parts => self.intersection(parts, inside),
        };
        self.open.pop();
        if !self.recursive.contains(&key) {
            return wire;
        }
        let absent = wire.absent;
        // A type that is nothing but itself says nothing.
        let itself = wire.json == Some(JsonType::Named(key.clone()));
        let json = wire.json.filter(|_| !itself).unwrap_or(JsonType::Unknown);
        self.named.insert(key.clone(), json);
        Wire { json: Some(JsonType::Named(key)), absent }
    }

    /// Type parameters and what they stand for.
    fn bind(
        &mut self,
        declaration: &Declaration,
        args: &[TypeExpr],
        here: Here<'_>,
    ) -> BTreeMap<String, Wire> {
        let mut bound = BTreeMap::new();
        for (index, (name, default)) in declaration.params.iter().enumerate() {
            let wire = match (args.get(index), default) {
                (Some(written), _) | (None, Some(written)) => self.value(written, here),
                (None, None) => Wire::of(JsonType::Unknown),
            };
            bound.insert(name.clone(), wire);
        }
        bound
    }
}

/// How many types a type is made of, counted up to `most`.
fn size(json: &JsonType, most: usize) -> usize {
    let mut open = vec![json];
    let mut count = 0;
    while let Some(json) = open.pop() {
        count += 1;
        if count >= most {
            break;
        }
        match json {
            JsonType::Array(element) => open.push(element),
            JsonType::Tuple(inner) | JsonType::Union(inner) => open.extend(inner),
            JsonType::Object { fields, rest } => {
                open.extend(fields.iter().map(|field| &field.json));
                open.extend(rest.as_deref());
            }
            _ => {}
        }
    }
    count
}

fn literal(text: &str) -> JsonType {
    JsonType::Literal(serde_json::Value::from(text).to_string())
}
