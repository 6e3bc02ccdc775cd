//! Reads Postgres' text form of its node trees (`nodeToString`) into a plain tree.
//!
//! Deliberately knows no node by name: fields of any node are kept under their names, so that a server of another
//! version, with nodes and fields we have not met, still reads.

/// A node: `{TAG :field value … :field value …}`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'t> {
    pub(crate) tag: &'t str,
    fields: Vec<(&'t str, Vec<Value<'t>>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'t> {
    /// `<>`.
    Null,
    /// A number, a flag or an escaped string.
    Atom(&'t str),
    Node(Node<'t>),
    /// `( … )`; lists of numbers and bit sets keep their leading letter as the first atom.
    List(Vec<Value<'t>>),
}

/// Why a tree could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NodeError {
    #[error("it is nested too deeply to be judged")]
    TooDeep,
    #[error("it does not have the form of a node tree")]
    Malformed,
}

/// Nesting beyond this is not followed, so that no statement can exhaust the stack. Lists count too: an operator
/// takes two levels.
const DEPTH_MAX: usize = 400;

impl<'t> Node<'t> {
    /// The values of the field `name`; where a name stands twice, which only a hostile alias brings about, the first.
    pub(crate) fn field(&self, name: &str) -> &[Value<'t>] {
        self.fields.iter().find(|(key, _)| *key == name).map_or(&[], |(_, values)| values.as_slice())
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'t str, &[Value<'t>])> {
        self.fields.iter().map(|(name, values)| (*name, values.as_slice()))
    }

    pub(crate) fn value(&self, name: &str) -> &Value<'t> {
        self.field(name).first().unwrap_or(&Value::Null)
    }

    pub(crate) fn node(&self, name: &str) -> Option<&Node<'t>> {
        self.value(name).as_node()
    }

    /// The elements of a list field; empty where it is null.
    pub(crate) fn list(&self, name: &str) -> &[Value<'t>] {
        match self.value(name) {
            Value::List(values) => values,
            _ => &[],
        }
    }

    /// The nodes of a list field.
    pub(crate) fn nodes(&self, name: &str) -> impl Iterator<Item = &Node<'t>> {
        self.list(name).iter().filter_map(Value::as_node)
    }

    pub(crate) fn text(&self, name: &str) -> &'t str {
        match self.value(name) {
            Value::Atom(text) => text,
            _ => "",
        }
    }

    /// A number; zero where the field is absent, as Postgres itself reads an older tree.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    pub(crate) fn oid(&self, name: &str) -> u32 {
        self.text(name).parse().unwrap_or(0)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// The numbers of a field such as `(i 1 2)` or `(o 23)`.
    pub(crate) fn numbers(&self, name: &str) -> Vec<u32> {
        self.list(name)
            .iter()
            .filter_map(|value| match value {
                Value::Atom(text) => text.parse().ok(),
                _ => None,
            })
            .collect()
    }

    /// The bytes of a datum field, `4 [ 1 0 0 0 ]`; `None` where it is null.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let values = self.field(name);
        (values.len() > 2).then(|| {
            values[1..]
                .iter()
                .filter_map(|value| match value {
                    // Postgres prints them as signed chars.
                    Value::Atom(text) => text.parse::<i16>().ok().map(|byte| byte as u8),
                    _ => None,
                })
                .collect()
        })
    }
}

impl<'t> Value<'t> {
    pub(crate) fn as_node(&self) -> Option<&Node<'t>> {
        match self {
            Value::Node(node) => Some(node),
            _ => None,
        }
    }
}

/// Reads a whole text, which holds one value: a node or a list of nodes.
pub(crate) fn read(text: &str) -> Result<Value<'_>, NodeError> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = reader.value()?;
    match reader.token() {
        None => Ok(value),
        Some(_) => Err(NodeError::Malformed),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn peek(&mut self) -> Option<&'t str> {
        let before = self.at;
        let token = self.token();
        self.at = before;
        token
    }

    /// The next token: a bracket, or what stands up to the next space or bracket, backslashes escaping both.
    fn token(&mut self) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && is_space(bytes[self.at]) {
            self.at += 1;
        }
        let start = self.at;
        if start >= bytes.len() {
            return None;
        }
        if is_bracket(bytes[start]) {
            self.at += 1;
            return Some(&self.text[start..self.at]);
        }
        while self.at < bytes.len() && !is_space(bytes[self.at]) && !is_bracket(bytes[self.at]) {
            // An escaped byte is never a bracket of ours; one that begins a longer character goes on in the loop.
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at = self.at.min(bytes.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(&self.text[start..self.at])
    }

    fn value(&mut self) -> Result<Value<'t>, NodeError> {
        let token = self.token().ok_or(NodeError::Malformed)?;
        match token {
            "{" => self.nested(Self::node),
            "(" => self.nested(Self::list),
            "}" | ")" => Err(NodeError::Malformed),
            "<>" => Ok(Value::Null),
            atom => Ok(Value::Atom(atom)),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value<'t>, NodeError>,
    ) -> Result<Value<'t>, NodeError> {
        if self.depth == DEPTH_MAX {
            return Err(NodeError::TooDeep);
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value<'t>, NodeError> {
        let mut values = Vec::new();
        while self.peek() != Some(")") {
            values.push(self.value()?);
        }
        self.token();
        Ok(Value::List(values))
    }

    fn node(&mut self) -> Result<Value<'t>, NodeError> {
        let tag = self.token().ok_or(NodeError::Malformed)?;
        let mut fields = Vec::new();
        loop {
            match self.token().ok_or(NodeError::Malformed)? {
                "}" => return Ok(Value::Node(Node { tag, fields })),
                name => {
                    let name = name.strip_prefix(':').ok_or(NodeError::Malformed)?;
                    fields.push((name, self.field_values()?));
                }
            }
        }
    }

    /// A field has at least one value, whatever it begins with (an alias may begin with a colon), and then all up to
    /// the next field.
    fn field_values(&mut self) -> Result<Vec<Value<'t>>, NodeError> {
        let mut values = Vec::with_capacity(1);
        while let Some(token) = self.peek() {
            if token == "}" || (token.starts_with(':') && !values.is_empty()) {
                break;
            }
            values.push(self.value()?);
        }
        Ok(values)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t')
}

fn is_bracket(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'{' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node<'_> {
        match read(text).unwrap() {
            Value::Node(node) => node,
            other => panic!("not a node: {other:?}"),
        }
    }

    #[test]
    fn reads_fields_lists_and_datums() {
        let node = node("{CONST :consttype 23 :null false :ids (i 1 2)\n :value 4 [ -1 0 0 0 ] :next <>}");
        assert_eq!((node.tag, node.oid("consttype"), node.flag("null")), ("CONST", 23, false));
        assert_eq!(node.numbers("ids"), [1, 2]);
        assert_eq!(node.bytes("value"), Some(vec![255, 0, 0, 0]));
        assert_eq!(node.bytes("next"), None);
    }

    #[test]
    fn names_with_spaces_brackets_and_colons_do_not_derail_it() {
        let node = node(r"{ALIAS :aliasname :resno :colnames (a\ b \(\{ é\ö) :resno 7}");
        assert_eq!(node.text("aliasname"), ":resno");
        assert_eq!(node.list("colnames").len(), 3);
        assert_eq!(node.number("resno"), 7);
    }

    #[test]
    fn an_unbalanced_or_too_deep_text_is_refused() {
        for text in ["", "{", "{A :b (1", "{A :b 1}}", "{A b}"] {
            assert_eq!(read(text), Err(NodeError::Malformed), "{text}");
        }
        assert_eq!(read(&"(".repeat(100_000)), Err(NodeError::TooDeep));
    }
}
