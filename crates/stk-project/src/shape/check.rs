//! Holds a tree against its shape and reports everything that does not fit.

use crate::code::Code;
use crate::credentials;
use crate::findings::{Findings, nearest};
use crate::shape::{NameRule, Object, Shape};
use crate::text::Position;
use crate::units;
use crate::yaml::{Entry, Kind, Mapping, Node, Value};

/// The codes that a mismatch is reported with: those of the config, or those of the header.
#[derive(Debug)]
pub(crate) struct ShapeCodes {
    pub unknown_key: Code,
    pub missing_key: Code,
    pub wrong_type: Code,
    pub invalid_value: Code,
    /// Whether values are looked at for credentials and placeholders.
    pub secrets: bool,
}

/// A placeholder in a file of the config.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlaceholderUse {
    pub name: String,
    pub at: Position,
    /// Only the Hub resolves it.
    pub hub: bool,
}

pub(crate) struct ShapeCheck<'f> {
    pub codes: &'static ShapeCodes,
    pub findings: &'f mut Findings,
    pub placeholders: Vec<PlaceholderUse>,
}

impl<'f> ShapeCheck<'f> {
    pub(crate) fn new(codes: &'static ShapeCodes, findings: &'f mut Findings) -> ShapeCheck<'f> {
        ShapeCheck { codes, findings, placeholders: Vec::new() }
    }

    /// Checks a node; `what` says which, as in "`pool.max` must be …".
    pub(crate) fn check(&mut self, node: &Node, shape: &Shape, what: &str) {
        if node.kind() == Kind::Refused {
            return;
        }
        let literal = self.codes.secrets && self.hide_credential(node, shape);
        let Some(shape) = resolve(shape, node.kind()) else {
            self.wrong_type(node, shape, what);
            return;
        };
        match (shape, &node.value) {
            (Shape::List(item), Value::List(items)) => {
                for node in items {
                    self.check(node, item, &format!("an item of {what}"));
                }
            }
            (Shape::Map { keys, values }, Value::Map(mapping)) => self.map(mapping, *keys, values, what),
            (Shape::Object(object) | Shape::Shared(_, object), Value::Map(mapping)) => {
                self.object(node, mapping, object, what)
            }
            (Shape::Any, _) => self.any(node),
            (_, Value::Scalar(scalar)) if !literal => self.scalar(node, &scalar.text, shape, what),
            _ => {}
        }
    }

    fn wrong_type(&mut self, node: &Node, shape: &Shape, what: &str) {
        let (must, is) = (shape.description(), node.kind().name());
        let finding =
            self.findings.add(self.codes.wrong_type, node.at, format!("{what} must be {must}, not {is}"));
        match (shape, node.kind()) {
            (shape, Kind::Int) if shape.has_unit() => finding.hint("add a unit"),
            (_, Kind::Null) => finding.hint("give it a value, or leave the key out"),
            (shape, Kind::Int | Kind::Float | Kind::Bool) if shape.is_text() => {
                finding.hint("put it in quotes")
            }
            _ => {}
        }
    }

    fn map(&mut self, mapping: &Mapping, keys: NameRule, values: &Shape, what: &str) {
        for entry in mapping.entries() {
            if let Err(message) = keys.check(&entry.key) {
                self.findings.add(self.codes.invalid_value, entry.key_at, message);
            }
            self.check(&entry.value, values, &inside(what, &entry.key));
        }
    }

    fn object(&mut self, node: &Node, mapping: &Mapping, object: &Object, what: &str) {
        for entry in mapping.entries() {
            match object.key(&entry.key) {
                Some(key) => self.check(&entry.value, &key.shape, &inside(what, &entry.key)),
                None => self.unknown_key(entry, mapping, object, what),
            }
        }
        for key in object.keys.iter().filter(|key| key.required && mapping.get(key.name).is_none()) {
            let of = if what.is_empty() { String::new() } else { format!(" of {what}") };
            self.findings.add(self.codes.missing_key, node.at, format!("`{}`{of} is missing", key.name));
        }
    }

    fn unknown_key(&mut self, entry: &Entry, mapping: &Mapping, object: &Object, what: &str) {
        let key = &entry.key;
        let of = if what.is_empty() { String::new() } else { format!(" in {what}") };
        let finding =
            self.findings.add(self.codes.unknown_key, entry.key_at, format!("unknown key `{key}`{of}"));
        // A key that is there already is not the one that was meant.
        let free = || object.keys.iter().map(|key| key.name).filter(|name| mapping.get(name).is_none());
        match nearest(key, free()) {
            Some(nearest) => finding.hint(format!("did you mean `{nearest}`?")),
            None => {
                let known: Vec<&str> = object.keys.iter().map(|key| key.name).collect();
                finding.hint(format!("known keys: {}", known.join(", ")));
            }
        }
        self.any(&entry.value);
    }

    fn scalar(&mut self, node: &Node, text: &str, shape: &Shape, what: &str) {
        let good = match shape {
            Shape::Int { min, max } => {
                node.int().is_some_and(|int| (i128::from(*min)..=i128::from(*max)).contains(&int))
            }
            Shape::Duration => units::duration_ms(text).is_some(),
            Shape::Size => units::size_bytes(text).is_some(),
            Shape::Choice(choices) => choices.contains(&text),
            _ => true,
        };
        if !good {
            let message = format!("{what} must be {}, not `{}`", shape.description(), brief(text));
            let finding = self.findings.add(self.codes.invalid_value, node.at, message);
            if let Shape::Choice(choices) = shape {
                finding.nearest(text, choices.iter().copied());
            }
        }
        if let Shape::Name(rule) = shape
            && let Err(message) = rule.check(text)
        {
            self.findings.add(self.codes.invalid_value, node.at, message);
        }
        if shape.is_text() && text.trim().is_empty() {
            self.findings.add(self.codes.invalid_value, node.at, format!("{what} is empty"));
        }
        if text.contains('\0') {
            self.findings.add(self.codes.invalid_value, node.at, format!("{what} holds U+0000"));
        }
        if self.codes.secrets {
            self.text_with_placeholders(node, text, shape, what);
        }
    }

    fn text_with_placeholders(&mut self, node: &Node, text: &str, shape: &Shape, what: &str) {
        if !matches!(shape, Shape::Template | Shape::HubTemplate | Shape::Secret) {
            if text.contains("${") {
                self.findings.add(
                    Code::ConfigPlaceholderNotHere,
                    node.at,
                    format!("{what} takes no placeholder: it is part of the release, the same in every environment"),
                );
            }
            return;
        }
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let inner = &rest[start + 2..];
            let Some(length) = inner.find('}') else {
                self.findings.add(
                    Code::ConfigPlaceholder,
                    node.at,
                    format!("a placeholder in {what} is not closed"),
                );
                return;
            };
            let name = &inner[..length];
            match NameRule::Secret.check(name) {
                Ok(()) => {
                    let hub = matches!(shape, Shape::HubTemplate);
                    self.placeholders.push(PlaceholderUse { name: name.to_owned(), at: node.at, hub });
                }
                Err(message) => {
                    self.findings.add(Code::ConfigPlaceholder, node.at, message);
                }
            }
            rest = &inner[length + 1..];
        }
    }

    /// Reports a literal credential and hides it; true where there is one.
    fn hide_credential(&mut self, node: &Node, shape: &Shape) -> bool {
        let Value::Scalar(scalar) = &node.value else { return false };
        let kind = node.kind();
        let must_be_placeholder =
            matches!(shape, Shape::Secret) && kind != Kind::Null && !scalar.text.contains("${");
        if !must_be_placeholder && !credentials::is_credential(&scalar.text) {
            return false;
        }
        self.findings.hide(node.at, node.end);
        self.findings
            .add(Code::ConfigCredential, node.at, "a credential stands here in plain text")
            .hint("keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it");
        true
    }

    /// A value that no shape speaks of can still be a credential.
    fn any(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar(_) if self.codes.secrets => {
                self.hide_credential(node, &Shape::Any);
            }
            Value::Scalar(_) | Value::Refused => {}
            Value::List(items) => items.iter().for_each(|item| self.any(item)),
            Value::Map(mapping) => mapping.entries().for_each(|entry| self.any(&entry.value)),
        }
    }
}

impl Shape {
    /// Whether it takes text that is not one of a few words.
    fn is_text(&self) -> bool {
        matches!(
            self,
            Shape::Text
                | Shape::Words(_)
                | Shape::Name(_)
                | Shape::Template
                | Shape::HubTemplate
                | Shape::Secret
                | Shape::Choice(_)
        )
    }

    fn has_unit(&self) -> bool {
        match self {
            Shape::Duration | Shape::Size => true,
            Shape::Either(one, other) => one.has_unit() || other.has_unit(),
            _ => false,
        }
    }

    fn takes(&self, kind: Kind) -> bool {
        match self {
            Shape::Any => true,
            Shape::Bool => kind == Kind::Bool,
            Shape::Int { .. } => kind == Kind::Int,
            Shape::Bound => matches!(kind, Kind::Int | Kind::Float | Kind::Text),
            Shape::List(_) => kind == Kind::List,
            Shape::Map { .. } | Shape::Object(_) | Shape::Shared(..) => kind == Kind::Map,
            Shape::Either(one, other) => one.takes(kind) || other.takes(kind),
            _ => kind == Kind::Text,
        }
    }
}

/// The form of a shape that this kind of node is meant to have.
fn resolve(shape: &Shape, kind: Kind) -> Option<&Shape> {
    match shape {
        Shape::Either(one, other) => resolve(one, kind).or_else(|| resolve(other, kind)),
        shape => shape.takes(kind).then_some(shape),
    }
}

/// `what` of a key inside something: `pool.max`, or "`name` of an item of `issuers`".
fn inside(what: &str, key: &str) -> String {
    match what.strip_prefix('`').and_then(|what| what.strip_suffix('`')) {
        Some(path) => format!("`{path}.{key}`"),
        None if what.is_empty() => format!("`{key}`"),
        None => format!("`{key}` of {what}"),
    }
}

/// Enough of a text to know it again.
fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.len() == text.len() && line.chars().count() <= 40 {
        return text.to_owned();
    }
    format!("{}…", line.chars().take(40).collect::<String>())
}
