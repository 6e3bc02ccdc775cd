//! HCL blocks as text: indentation, alignment, quoting, heredocs.

/// A block while it is put together.
pub(super) struct Block {
    kind: &'static str,
    labels: Vec<String>,
    items: Vec<Item>,
}

enum Item {
    Attribute(String, String),
    Block(Block),
}

/// A block with one attribute stands on one line up to this width.
const LINE_MAX: usize = 100;

impl Block {
    /// With no labels that are empty.
    pub fn new(kind: &'static str, labels: &[&str]) -> Block {
        let labels = labels.iter().filter(|label| !label.is_empty()).map(|label| string(label)).collect();
        Block { kind, labels, items: Vec::new() }
    }

    /// An attribute with a value that is HCL already.
    pub fn attr(&mut self, name: &str, value: impl Into<String>) {
        self.items.push(Item::Attribute(name.to_owned(), value.into()));
    }

    /// `name = true`, where it is.
    pub fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.attr(name, "true");
        }
    }

    /// A list, where it has items.
    pub fn list(&mut self, name: &str, items: Vec<String>) {
        if !items.is_empty() {
            self.attr(name, format!("[{}]", items.join(", ")));
        }
    }

    pub fn comment(&mut self, comment: Option<&String>) {
        if let Some(comment) = comment {
            self.attr("comment", string(comment));
        }
    }

    pub fn push(&mut self, block: Block) {
        self.items.push(Item::Block(block));
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The block's lines, each with its end.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        let head: Vec<&str> =
            std::iter::once(self.kind).chain(self.labels.iter().map(String::as_str)).collect();
        let head = format!("{indent}{}", head.join(" "));
        match self.items.as_slice() {
            [] => out.push_str(&format!("{head} {{}}\n")),
            [Item::Attribute(name, value)]
                if depth > 0 && !value.contains('\n') && head.len() + value.len() < LINE_MAX =>
            {
                out.push_str(&format!("{head} {{ {name} = {value} }}\n"));
            }
            items => {
                out.push_str(&format!("{head} {{\n"));
                write_items(items, out, depth + 1);
                out.push_str(&format!("{indent}}}\n"));
            }
        }
    }
}

fn write_items(items: &[Item], out: &mut String, depth: usize) {
    let indent = "  ".repeat(depth);
    let is_plain = |item: &Item| matches!(item, Item::Attribute(_, value) if !value.contains('\n'));
    let mut index = 0;
    while index < items.len() {
        let run = items[index..].iter().take_while(|item| is_plain(item)).count();
        let width = |item: &Item| if let Item::Attribute(name, _) = item { name.len() } else { 0 };
        let widest = items[index..index + run].iter().map(width).max().unwrap_or(0);
        for item in &items[index..index + run] {
            if let Item::Attribute(name, value) = item {
                out.push_str(&format!("{indent}{name:widest$} = {value}\n"));
            }
        }
        index += run;
        match items.get(index) {
            Some(Item::Block(block)) => block.write(out, depth),
            // A heredoc's lines stand where they stand: their white space is part of the value.
            Some(Item::Attribute(name, value)) => out.push_str(&format!("{indent}{name} = {value}\n")),
            None => return,
        }
        index += 1;
    }
}

/// A quoted string.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    templates(&out)
}

/// What would start an interpolation or directive, escaped.
fn templates(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// A text of several lines as a heredoc, exactly; any other as a string.
pub(super) fn text(text: &str) -> String {
    let lines = text.contains('\n') && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if !lines {
        return string(text);
    }
    let markers = std::iter::once("SQL".to_owned()).chain((2..).map(|number| format!("SQL{number}")));
    let is_free = |marker: &String| !text.lines().any(|line| line.trim() == marker);
    let marker =
        markers.into_iter().find(is_free).unwrap_or_else(|| unreachable!("a text has finitely many lines"));
    match text.strip_suffix('\n') {
        Some(_) => format!("<<{marker}\n{}{marker}", templates(text)),
        // A heredoc ends in a newline.
        None => format!("chomp(<<{marker}\n{}\n{marker}\n  )", templates(text)),
    }
}

/// `sql("…")`
pub(super) fn sql(text: &str) -> String {
    format!("sql({})", string(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_so_that_they_read_the_same() {
        assert_eq!(string("a\"b\\c\n${x} %{y}"), r#""a\"b\\c\n$${x} %%{y}""#);
        assert_eq!(text("one"), "\"one\"");
        assert_eq!(text("a\nSQL\n"), "<<SQL2\na\nSQL\nSQL2");
        assert_eq!(text("a\nb"), "chomp(<<SQL\na\nb\nSQL\n  )");
    }

    #[test]
    fn attributes_are_aligned_and_short_blocks_stand_on_one_line() {
        let mut block = Block::new("table", &["t"]);
        block.attr("schema", "schema.public");
        block.attr("comment", "\"c\"");
        let mut column = Block::new("column", &["id"]);
        column.attr("type", "int");
        block.push(column);
        let expected = "table \"t\" {\n  schema  = schema.public\n  comment = \"c\"\n  column \"id\" { type = int }\n}\n";
        assert_eq!(block.text(), expected);
    }
}
