//! Lines with their indentation, and doc comments that nothing can break out of.

#[derive(Default)]
pub(super) struct Writer {
    pub text: String,
    depth: usize,
}

impl Writer {
    pub(super) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&"  ".repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    pub(super) fn open(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    pub(super) fn close(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    /// A doc comment, none for no lines.
    pub(super) fn doc(&mut self, lines: &[String]) {
        let safe = |line: &String| line.replace("*/", "*\\/");
        match lines {
            [] => {}
            [only] => self.line(&format!("/** {} */", safe(only))),
            lines => {
                self.line("/**");
                for line in lines {
                    self.line(format!(" * {}", safe(line)).trim_end());
                }
                self.line(" */");
            }
        }
    }
}

/// Lines of a description, without blank ones around it.
pub(super) fn doc_lines(description: Option<&str>) -> Vec<String> {
    let text = description.unwrap_or_default().trim();
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}
