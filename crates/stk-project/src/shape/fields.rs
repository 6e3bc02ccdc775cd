//! Reads the values of a mapping whose shape was checked: what does not fit is as if it were absent.

use stk_contract::config::Template;

use crate::shape::{Object, Shape};
use crate::units;
use crate::yaml::{Mapping, Node};

/// The values of a mapping, or of one that is absent.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    mapping: Option<&'a Mapping>,
    object: &'static Object,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(node: Option<&'a Node>, object: &'static Object) -> Fields<'a> {
        Fields { mapping: node.and_then(Node::map), object }
    }

    /// The value of a key, which the table must have.
    pub(crate) fn node(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.object.key(key).is_some(), "`{key}` is read, but not in the table");
        self.mapping?.get(key)
    }

    pub(crate) fn object(&self, key: &str) -> Option<Fields<'a>> {
        let (Shape::Object(object) | Shape::Shared(_, object)) = &self.object.key(key)?.shape else {
            return None;
        };
        self.node(key).and_then(Node::map).map(|mapping| Fields { mapping: Some(mapping), object })
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.node(key)?.text()
    }

    pub(crate) fn owned(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    pub(crate) fn template(&self, key: &str) -> Option<Template> {
        self.owned(key).map(Template)
    }

    pub(crate) fn bool(&self, key: &str) -> Option<bool> {
        self.node(key)?.bool()
    }

    pub(crate) fn int<T: TryFrom<i128>>(&self, key: &str) -> Option<T> {
        T::try_from(self.node(key)?.int()?).ok()
    }

    pub(crate) fn duration_ms(&self, key: &str) -> Option<u64> {
        units::duration_ms(self.text(key)?)
    }

    pub(crate) fn size_bytes(&self, key: &str) -> Option<u64> {
        units::size_bytes(self.text(key)?)
    }

    /// The items of a list, none where it is absent.
    pub(crate) fn list(&self, key: &str) -> &'a [Node] {
        self.node(key).and_then(Node::list).unwrap_or_default()
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.list(key).iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    /// What a word of a fixed list means.
    pub(crate) fn choice<T: Copy>(&self, key: &str, meanings: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        meanings.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
    }
}
