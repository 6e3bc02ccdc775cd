//! YAML 1.2 to a tree that knows where everything stands.
//!
//! Deliberately less than YAML: anchors, aliases, tags, several documents and keys that are not plain text are
//! refused. More in one place: `${NAME}` may stand unquoted inside `{ … }`, where YAML itself would end the text at
//! the brace.

mod source;
mod tree;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

pub(crate) use source::YamlSource;
pub(crate) use tree::{Entry, Kind, Mapping, Node, Scalar, Value};

use crate::code::Code;
use crate::findings::Findings;
use crate::text::Position;

/// Nothing that we read nests deeper; a default of type json may.
const DEPTH_MAX: usize = 64;

/// The root of the document; `None` where it is not YAML, which is then among the findings. An empty document is an
/// empty mapping.
pub(crate) fn parse(source: &YamlSource, findings: &mut Findings) -> Option<Node> {
    let parser = Parser::new_from_str(source.text());
    let root = Builder { parser, source, findings }.document().ok()?;
    let empty = matches!(&root.value, Value::Scalar(scalar) if scalar.kind() == Kind::Null);
    Some(if empty { Node { value: Value::Map(Mapping::default()), ..root } } else { root })
}

/// The rest can not be read; why is among the findings.
struct Stop;

struct Builder<'s, 'f> {
    parser: Parser<'s, StrInput<'s>>,
    source: &'s YamlSource,
    findings: &'f mut Findings,
}

impl<'s> Builder<'s, '_> {
    fn next(&mut self) -> Result<(Event<'s>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.syntax_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax_error(&mut self, error: &ScanError) -> Stop {
        let at = self.source.position(error.marker());
        self.findings.add(Code::YamlSyntax, at, format!("this is not valid YAML: {}", error.info()));
        Stop
    }

    fn document(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root.unwrap_or_else(|| Node::null(Position::new(1, 1)))),
                Event::DocumentStart(_) if root.is_some() => {
                    let at = self.source.position(&span.start);
                    self.findings.add(
                        Code::YamlDocuments,
                        at,
                        "a second YAML document begins here; one is read",
                    );
                    return Err(Stop);
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Node, Stop> {
        let at = self.source.position(&span.start);
        if depth > DEPTH_MAX {
            self.findings.add(Code::YamlTooDeep, at, format!("deeper than {DEPTH_MAX} levels"));
            return Err(Stop);
        }
        let (value, end) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(anchor, tag.is_some(), at);
                let plain = style == ScalarStyle::Plain;
                (Value::Scalar(Scalar { text: YamlSource::restore(&text), plain }), span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), at);
                self.list(depth)?
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), at);
                self.mapping(depth)?
            }
            Event::Alias(_) => {
                self.findings
                    .add(Code::YamlAlias, at, "aliases (`*name`) are not allowed")
                    .hint("write it out, or put a text that starts with `*` in quotes");
                (Value::Refused, span)
            }
            // The parser closes what it opened, so no other event can stand where a value is due.
            _ => (Value::Refused, span),
        };
        Ok(Node { value, at, end: self.source.position(&end.end) })
    }

    fn list(&mut self, depth: usize) -> Result<(Value, Span), Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => return Ok((Value::List(items), span)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<(Value, Span), Stop> {
        let mut mapping = Mapping::default();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok((Value::Map(mapping), span));
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, depth + 1)?;
            if matches!(&value.value, Value::Scalar(scalar) if scalar.plain && scalar.text.is_empty()) {
                // An absent value has no place of its own.
                (value.at, value.end) = (key.at, key.end);
            }
            self.entry(&mut mapping, key, value);
        }
    }

    fn entry(&mut self, mapping: &mut Mapping, key: Node, value: Node) {
        let Value::Scalar(Scalar { text, .. }) = key.value else {
            self.findings.add(Code::YamlKey, key.at, "a key must be plain text");
            return;
        };
        if let Some(first) = mapping.entry(&text) {
            let line = first.key_at.line;
            let message = format!("`{text}` stands twice in this mapping, first in line {line}");
            self.findings.add(Code::YamlDuplicateKey, key.at, message);
            return;
        }
        mapping.push(Entry { key: text, key_at: key.at, value });
    }

    fn refuse(&mut self, anchor: usize, tag: bool, at: Position) {
        if anchor != 0 {
            self.findings
                .add(Code::YamlAnchor, at, "anchors (`&name`) are not allowed")
                .hint("write it out, or put a text that starts with `&` in quotes");
        }
        if tag {
            self.findings
                .add(Code::YamlTag, at, "tags (`!name`) are not allowed")
                .hint("put a text that starts with `!` in quotes");
        }
    }
}
