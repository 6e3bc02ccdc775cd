//! What logic writes while it runs, on the terminal of its developer: `context.log`, `console.log`, and stderr of WASM.
//!
//! The Server gives it as events of tracing, as it does everywhere; here each becomes a line below the screen.

use std::fmt::{Debug, Write as _};
use std::io::Write as _;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::output::{BOLD, CYAN, DIM, RED, YELLOW, paint};

/// The target of the events that are shown.
pub const TARGET: &str = "stk::logic";

/// Shows events as lines: for people, or as JSON.
pub struct LogicLogs {
    pub json: bool,
}

impl<S: Subscriber> Layer<S> for LogicLogs {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = *event.metadata().level();
        let text = if self.json { line.json(level).to_string() } else { line.text(level) };
        // A closed pipe is no reason to stop serving.
        let _ = writeln!(anstream::stdout(), "{text}");
    }
}

/// The fields of one event.
#[derive(Debug, Default)]
struct Line {
    message: String,
    logic: String,
    request_id: String,
    /// JSON text.
    fields: Option<String>,
    /// What else the Server says, such as why an operation failed.
    more: String,
}

impl Line {
    fn take(&mut self, name: &str, value: String) {
        match name {
            "message" => self.message = value,
            "logic" => self.logic = value,
            "request_id" => self.request_id = value,
            "fields" => self.fields = Some(value),
            "deployment" => {}
            name => drop(write!(self.more, " {name}={value}")),
        }
    }

    fn text(&self, level: Level) -> String {
        let (style, word) = match level {
            Level::ERROR => (RED, "error"),
            Level::WARN => (YELLOW, "warn"),
            Level::INFO => (CYAN, "info"),
            _ => (DIM, "debug"),
        };
        let rest = match &self.fields {
            Some(fields) => format!(" {fields}{}", self.more),
            None => self.more.clone(),
        };
        format!("  {} {} {}{}", paint(style, word), paint(BOLD, &self.logic), self.message, paint(DIM, rest))
    }

    fn json(&self, level: Level) -> Value {
        let fields =
            self.fields.as_ref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
        json!({
            "event": "log",
            "level": level.as_str().to_lowercase(),
            "logic": self.logic,
            "requestId": self.request_id,
            "message": format!("{}{}", self.message, self.more),
            "fields": fields.unwrap_or(Value::Null),
        })
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        let mut line = Line::default();
        for (name, value) in [
            ("deployment", "shop/dev"),
            ("logic", "users/get"),
            ("request_id", "r1"),
            ("fields", "{\"n\":1}"),
            ("message", "looked"),
            ("code", "timeout"),
        ] {
            line.take(name, value.to_owned());
        }
        line
    }

    #[test]
    fn a_line_says_which_logic_wrote_what() {
        let text = anstream::adapter::strip_str(&line().text(Level::WARN)).to_string();
        assert_eq!(text, "  warn users/get looked {\"n\":1} code=timeout");
        let value = line().json(Level::INFO);
        assert_eq!(
            value,
            json!({
                "event": "log", "level": "info", "logic": "users/get", "requestId": "r1",
                "message": "looked code=timeout", "fields": { "n": 1 },
            })
        );
    }
}
