//! What is found wrong in one file, before it becomes diagnostics.
//!
//! Credentials of the config never leave here: neither a message nor the line shown with it repeats one.

use stk_contract::hub::Diagnostic;

use crate::code::Code;
use crate::credentials;
use crate::text::{Position, SourceText};

/// Findings in one file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    /// Stretches of the file that are never shown.
    hidden: Vec<(Position, Position)>,
}

#[derive(Debug)]
pub(crate) struct Finding {
    code: Code,
    at: Position,
    message: String,
    hint: Option<String>,
}

impl Finding {
    pub(crate) fn hint(&mut self, hint: impl Into<String>) {
        self.hint = Some(hint.into());
    }

    /// Hints at the known name that is nearest to an unknown one, if any is near.
    pub(crate) fn nearest<'a>(&mut self, name: &str, known: impl IntoIterator<Item = &'a str>) {
        if let Some(nearest) = nearest(name, known) {
            self.hint = Some(format!("did you mean `{nearest}`?"));
        }
    }
}

impl Findings {
    pub(crate) fn add(&mut self, code: Code, at: Position, message: impl Into<String>) -> &mut Finding {
        self.found.push(Finding { code, at, message: message.into(), hint: None });
        self.found.last_mut().expect("one was just pushed")
    }

    pub(crate) fn hide(&mut self, from: Position, to: Position) {
        self.hidden.push((from, to));
    }

    pub(crate) fn append(&mut self, mut other: Findings) {
        self.found.append(&mut other.found);
        self.hidden.append(&mut other.hidden);
    }

    /// Diagnostics of this file, each with its line. Those of the config never show a credential.
    pub(crate) fn into_diagnostics(self, file: &str, text: &SourceText) -> Vec<Diagnostic> {
        let Findings { found, hidden } = self;
        let config = file.starts_with("config/");
        let shown = |finding: Finding| {
            let mut diagnostic = finding.code.at(file, finding.at, text, finding.message);
            diagnostic.hint = finding.hint;
            if config {
                diagnostic.message = credentials::redact(&diagnostic.message).into_owned();
                diagnostic.hint = diagnostic.hint.map(|hint| credentials::redact(&hint).into_owned());
                diagnostic.source = diagnostic.source.map(|line| hide(&line, finding.at.line, &hidden, text));
            }
            diagnostic
        };
        found.into_iter().map(shown).collect()
    }
}

/// The line without its hidden stretches and without anything that has the shape of a credential.
fn hide(line: &str, number: u32, hidden: &[(Position, Position)], text: &SourceText) -> String {
    if credentials::inside_key_block(text.lines(), number) {
        return "…".to_owned();
    }
    let mut shown = String::new();
    for (index, c) in line.chars().enumerate() {
        let here = Position::new(number, u32::try_from(index + 1).unwrap_or(u32::MAX));
        if !hidden.iter().any(|(from, to)| (*from..*to).contains(&here)) {
            shown.push(c);
        } else if !shown.ends_with('…') {
            shown.push('…');
        }
    }
    credentials::redact_line(&shown).into_owned()
}

/// The nearest of the known names, where one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= (known.len().max(name.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
