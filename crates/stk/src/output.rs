//! What commands print: text with colour on a terminal, or one JSON value under `--json`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use stk_contract::hub::{Diagnostic, Severity};

use crate::failure::Failure;

pub const RED: Style = AnsiColor::Red.on_default().bold();
pub const GREEN: Style = AnsiColor::Green.on_default().bold();
pub const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub const CYAN: Style = AnsiColor::Cyan.on_default();
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();

/// `text` in `style`; a stream that is no terminal drops the colour.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Output {
        Output { json }
    }

    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The command's result: `value` under `--json`, else the text.
    pub fn result(&self, value: &impl Serialize, text: impl FnOnce() -> String) {
        if self.json {
            let line =
                serde_json::to_string(value).expect("results have string keys and no failing serialiser");
            self.line(&line);
        } else {
            self.line(text().trim_end_matches('\n'));
        }
    }

    /// A line for people; silent under `--json`.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.json {
            self.line(text.as_ref());
        }
    }

    fn line(&self, text: &str) {
        // A closed pipe (`stk … | head`) is no failure of the command.
        let _ = writeln!(anstream::stdout(), "{text}");
    }

    /// A line for people beside the result, on standard error; silent under `--json`.
    pub fn warn(&self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Warnings of a check that passed.
    pub fn warnings(&self, diagnostics: &[Diagnostic]) {
        self.diagnostics(&without_notes(diagnostics));
    }

    /// All that a check that passed has to say.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        if !self.json && !diagnostics.is_empty() {
            let _ = write!(anstream::stderr(), "{}", render(diagnostics));
        }
    }

    /// Reports the failure and gives its exit code.
    pub fn fail(&self, failure: &Failure) -> ExitCode {
        if self.json && failure.is_told {
            return ExitCode::from(failure.exit as u8);
        }
        if self.json {
            let value = serde_json::json!({ "error": {
                "exit": failure.exit as u8,
                "message": failure.message,
                "hint": failure.hint,
                "requestId": failure.request_id,
                "diagnostics": failure.diagnostics,
            }});
            self.line(&value.to_string());
        } else {
            let _ = write!(anstream::stderr(), "{}", failure_text(failure));
        }
        ExitCode::from(failure.exit as u8)
    }

    /// A spinner for work that may take over a second; none where nobody watches.
    pub fn progress(&self, message: &str) -> Progress {
        if self.json || !std::io::stderr().is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner().with_message(message.to_owned());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}").expect("a valid template"),
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress(bar)
    }
}

/// A running progress line, cleared when it is dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    pub fn message(&self, message: impl Into<String>) {
        self.0.set_message(message.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The failure as a person reads it: diagnostics, what failed, the hint.
pub fn failure_text(failure: &Failure) -> String {
    let mut text = render(&without_notes(&failure.diagnostics));
    text.push_str(&format!("{} {}\n", paint(RED, "error:"), failure.message));
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("{} {hint}\n", paint(CYAN, "hint:")));
    }
    if let Some(id) = &failure.request_id {
        text.push_str(&format!("{}\n", paint(DIM, format!("request id: {id}"))));
    }
    text
}

/// Those that ask for a change.
pub fn without_notes(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Info).cloned().collect()
}

/// Diagnostics as `file:line:column`, with the line shown.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(render_one).collect()
}

fn render_one(diagnostic: &Diagnostic) -> String {
    let (style, word) = match diagnostic.severity {
        Severity::Error => (RED, "error"),
        Severity::Warning => (YELLOW, "warning"),
        Severity::Info => (CYAN, "info"),
    };
    let place = match (diagnostic.line, diagnostic.column) {
        (0, _) => diagnostic.file.clone(),
        (line, 0) => format!("{}:{line}", diagnostic.file),
        (line, column) => format!("{}:{line}:{column}", diagnostic.file),
    };
    let code = paint(DIM, format!("[{}]", diagnostic.code));
    let mut text = format!(
        "{} {} {} {code}\n",
        paint(BOLD, place),
        paint(style, format!("{word}:")),
        diagnostic.message
    );
    if let Some(source) = &diagnostic.source {
        text.push_str(&source_line(diagnostic, source));
    }
    if let Some(hint) = &diagnostic.hint {
        text.push_str(&format!("  {} {hint}\n", paint(CYAN, "hint:")));
    }
    text
}

/// The line of the file, and a mark under the column. Tabs are kept, so that the mark stands right.
fn source_line(diagnostic: &Diagnostic, source: &str) -> String {
    let number = diagnostic.line.to_string();
    let gutter = paint(DIM, format!("{number} |"));
    let mut text = format!("  {gutter} {source}\n");
    if diagnostic.column > 0 {
        let before = source.chars().take(diagnostic.column as usize - 1);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let empty = paint(DIM, format!("{} |", " ".repeat(number.len())));
        text.push_str(&format!("  {empty} {indent}{}\n", paint(RED, "^")));
    }
    text
}

/// Rows under headings, columns aligned.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![paint(DIM, line(&mut headings.iter().copied()))];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_place_line_and_mark() {
        let diagnostic = Diagnostic {
            severity: Severity::Error,
            code: "sql.prepare".to_owned(),
            file: "logic/users/get.sql".to_owned(),
            line: 14,
            column: 9,
            message: "column \"nme\" does not exist".to_owned(),
            hint: Some("did you mean `name`?".to_owned()),
            source: Some("\tselect nme".to_owned()),
        };
        let text = anstream::adapter::strip_str(&render(&[diagnostic])).to_string();
        assert_eq!(
            text,
            "logic/users/get.sql:14:9 error: column \"nme\" does not exist [sql.prepare]\n  14 | \tselect nme\n     | \t       ^\n  hint: did you mean `name`?\n"
        );
    }
}
