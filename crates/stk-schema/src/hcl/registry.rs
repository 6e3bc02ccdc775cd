//! The schemas, enums and tables that exist, so that references to them can be resolved.

/// What a reference can name at the top level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Schema,
    Enum,
    Table,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Schema => "schema",
            Kind::Enum => "enum",
            Kind::Table => "table",
        }
    }
}

/// One object made from a block; a block with `for_each` makes several.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub kind: Kind,
    pub label: String,
    /// The key under `for_each`.
    pub key: Option<String>,
    /// The schema it is in; for a schema its own name.
    pub schema: String,
    pub name: String,
}

#[derive(Debug, Default)]
pub(super) struct Registry {
    entries: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum LookupFault {
    Missing,
    /// The name stands in these schemas.
    Ambiguous(Vec<String>),
    /// The block has `for_each`; these are its keys.
    NeedsKey(Vec<String>),
}

impl Registry {
    pub fn add(&mut self, entry: Entry) {
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
        let same = |entry: &&Entry| entry.kind == kind && entry.label == label;
        self.entries.iter().filter(same).filter_map(|entry| entry.key.clone()).collect()
    }

    /// Finds by `label`, `schema.label` or `label["key"]`, in each case without the leading word `table`.
    pub fn find(&self, kind: Kind, segments: &[String]) -> Result<&Entry, LookupFault> {
        let of_kind = || self.entries.iter().filter(move |entry| entry.kind == kind);
        match segments {
            [label] => {
                let found: Vec<&Entry> = of_kind().filter(|entry| entry.label == *label).collect();
                match found.as_slice() {
                    [] => Err(LookupFault::Missing),
                    [Entry { key: Some(_), .. }, ..] => Err(LookupFault::NeedsKey(self.keys(kind, label))),
                    [single] => Ok(single),
                    several => Err(LookupFault::Ambiguous(
                        several.iter().map(|entry| entry.schema.clone()).collect(),
                    )),
                }
            }
            [first, second] => of_kind()
                .find(|entry| entry.label == *first && entry.key.as_ref() == Some(second))
                .or_else(|| {
                    of_kind().find(|entry| {
                        kind != Kind::Schema
                            && entry.schema == *first
                            && entry.label == *second
                            && entry.key.is_none()
                    })
                })
                .ok_or(LookupFault::Missing),
            _ => Err(LookupFault::Missing),
        }
    }
}
