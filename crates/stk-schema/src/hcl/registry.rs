//! The objects that exist, so that references to them can be resolved.

use std::collections::HashMap;

/// What a reference can name at the top level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Schema,
    Extension,
    Enum,
    Domain,
    Composite,
    Sequence,
    Function,
    Procedure,
    Table,
    Partition,
    View,
    Materialized,
}

impl Kind {
    pub const ALL: [Kind; 12] = [
        Kind::Schema,
        Kind::Extension,
        Kind::Enum,
        Kind::Domain,
        Kind::Composite,
        Kind::Sequence,
        Kind::Function,
        Kind::Procedure,
        Kind::Table,
        Kind::Partition,
        Kind::View,
        Kind::Materialized,
    ];

    /// What is a type by itself, and what has a type for its rows.
    pub const TYPES: [Kind; 7] = [
        Kind::Enum,
        Kind::Domain,
        Kind::Composite,
        Kind::Table,
        Kind::Partition,
        Kind::View,
        Kind::Materialized,
    ];

    pub const ROUTINES: [Kind; 2] = [Kind::Function, Kind::Procedure];

    /// The block's word, which is also that of references to it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Schema => "schema",
            Kind::Extension => "extension",
            Kind::Enum => "enum",
            Kind::Domain => "domain",
            Kind::Composite => "composite",
            Kind::Sequence => "sequence",
            Kind::Function => "function",
            Kind::Procedure => "procedure",
            Kind::Table => "table",
            Kind::Partition => "partition",
            Kind::View => "view",
            Kind::Materialized => "materialized",
        }
    }

    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One object made from a block; a block with `for_each` makes several.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub kind: Kind,
    pub label: String,
    /// The key under `for_each`.
    pub key: Option<String>,
    /// The schema it is in; for a schema its own name, for an extension empty.
    pub schema: String,
    pub name: String,
    /// Of a routine: its signature in the model.
    pub signature: String,
}

#[derive(Debug, Default)]
pub(super) struct Registry {
    entries: Vec<Entry>,
    /// Places in `entries`.
    by_label: HashMap<(Kind, String), Vec<usize>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum LookupFault {
    Missing,
    /// The name stands in these schemas.
    Ambiguous(Vec<String>),
    /// The block has `for_each`; these are its keys.
    NeedsKey(Vec<String>),
    /// Several blocks of one schema have the label.
    Overloaded,
}

impl Registry {
    pub fn add(&mut self, entry: Entry) {
        let places = self.by_label.entry((entry.kind, entry.label.clone())).or_default();
        places.push(self.entries.len());
        self.entries.push(entry);
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    pub fn labels(&self, kind: Kind) -> Vec<String> {
        self.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.label.clone()).collect()
    }

    /// The keys of the block `label` if it has `for_each`.
    pub fn keys(&self, kind: Kind, label: &str) -> Vec<String> {
        self.labelled(kind, label).filter_map(|entry| entry.key.clone()).collect()
    }

    fn labelled(&self, kind: Kind, label: &str) -> impl Iterator<Item = &Entry> {
        let places = self.by_label.get(&(kind, label.to_owned()));
        places.into_iter().flatten().map(|place| &self.entries[*place])
    }

    /// Finds by `label`, `schema.label` or `label["key"]`, in each case without the leading word `table`.
    pub fn find(&self, kind: Kind, segments: &[String]) -> Result<&Entry, LookupFault> {
        match segments {
            [label] => {
                let found: Vec<&Entry> = self.labelled(kind, label).collect();
                match found.as_slice() {
                    [] => Err(LookupFault::Missing),
                    [Entry { key: Some(_), .. }, ..] => Err(LookupFault::NeedsKey(self.keys(kind, label))),
                    [single] => Ok(single),
                    [first, rest @ ..] if rest.iter().all(|entry| entry.schema == first.schema) => {
                        Err(LookupFault::Overloaded)
                    }
                    several => Err(LookupFault::Ambiguous(
                        several.iter().map(|entry| entry.schema.clone()).collect(),
                    )),
                }
            }
            [first, second] => self
                .labelled(kind, first)
                .find(|entry| entry.key.as_ref() == Some(second))
                .or_else(|| {
                    self.labelled(kind, second)
                        .find(|entry| kind != Kind::Schema && entry.schema == *first && entry.key.is_none())
                })
                .ok_or(LookupFault::Missing),
            _ => Err(LookupFault::Missing),
        }
    }
}
