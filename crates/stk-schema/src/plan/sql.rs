//! SQL text that remembers which object each piece of it came from.

use crate::diagnostic::Origin;

/// One statement, without a closing semicolon.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    pub text: String,
    /// Byte offsets from which on the text came from the origin, ascending.
    marks: Vec<(usize, Origin)>,
}

impl Sql {
    pub fn new(text: impl Into<String>, origin: &Origin) -> Sql {
        Sql { text: text.into(), marks: vec![(0, origin.clone())] }
    }

    pub fn push(&mut self, text: &str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    pub fn mark(&mut self, origin: &Origin) -> &mut Sql {
        self.marks.push((self.text.len(), origin.clone()));
        self
    }

    pub fn append(&mut self, other: &Sql) -> &mut Sql {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.marks.extend(other.marks.iter().map(|(at, origin)| (start + at, origin.clone())));
        self
    }

    /// The object that the text at the byte `offset` came from.
    pub fn origin_at(&self, offset: usize) -> Origin {
        let before = self.marks.iter().take_while(|(at, _)| *at <= offset);
        before.last().map(|(_, origin)| origin.clone()).unwrap_or_default()
    }
}
