//! The one screen of `stk dev`: URLs, the release, what changed, a ready call; or what is wrong.

use std::io::{IsTerminal as _, Write as _};

use serde_json::json;

use super::event::{Deployed, Event, Ready};
use crate::commands::apply::changes;
use crate::failure::Failure;
use crate::output::{BOLD, CYAN, DIM, GREEN, Output, RED, failure_text, paint, render, without_notes};

pub struct Screen<'a> {
    output: &'a Output,
    ready: Ready,
    /// The release that serves.
    number: Option<u64>,
    call: Option<String>,
    is_terminal: bool,
}

impl<'a> Screen<'a> {
    pub fn new(output: &'a Output, ready: Ready) -> Screen<'a> {
        let is_terminal = std::io::stdout().is_terminal() && !output.is_json();
        Screen { output, ready, number: None, call: None, is_terminal }
    }

    pub fn show(&mut self, event: Event) {
        match event {
            Event::Deployed(deployed) => self.deployed(&deployed),
            Event::Failed(failure) => self.failed(&failure),
        }
    }

    fn deployed(&mut self, deployed: &Deployed) {
        let first = self.number.is_none();
        self.number = Some(deployed.result.number);
        self.call.clone_from(&deployed.call);
        if self.output.is_json() {
            let mut value = json!({ "event": if first { "ready" } else { "deployed" }, "release": deployed });
            merge(&mut value, &self.ready);
            self.output.result(&value, String::new);
            return;
        }
        let mut text = self.head(&paint(GREEN, format!("live in {} ms", deployed.live_ms)));
        if deployed.seeded {
            text.push_str("  seed.sql loaded\n");
        }
        let changed = changes(&deployed.result);
        if !first || changed.lines().count() <= 12 {
            text.push_str(&changed);
        } else {
            let (logic, steps) = (deployed.result.logic.added.len(), deployed.result.schema_steps.len());
            text.push_str(&format!("  {logic} logic files, {steps} schema steps\n"));
        }
        text.push_str(&render(&without_notes(&deployed.result.diagnostics)));
        for hint in &deployed.hints {
            text.push_str(&format!("  {} {hint}\n", paint(CYAN, "hint:")));
        }
        self.print(text);
    }

    fn failed(&mut self, failure: &Failure) {
        if self.output.is_json() {
            let error = json!({ "message": failure.message, "hint": failure.hint, "diagnostics": failure.diagnostics });
            let mut value = json!({ "event": "failed", "number": self.number, "error": error });
            merge(&mut value, &self.ready);
            self.output.result(&value, String::new);
            return;
        }
        let state = match self.number {
            Some(number) => format!("not deployed, release {number} keeps serving"),
            None => "not deployed".to_owned(),
        };
        let text = self.head(&paint(RED, state)) + "\n" + &failure_text(failure);
        self.print(text);
    }

    fn head(&self, state: &str) -> String {
        let release = self.number.map_or("no release yet".to_owned(), |number| format!("release {number}"));
        let Ready { project, env, server_url, hub_url } = &self.ready;
        format!(
            "\n  {} {project}/{env}  {release}  {state}\n\n  Server  {server_url}\n  Hub     {hub_url}\n\n",
            paint(BOLD, "santokit dev")
        )
    }

    fn print(&self, text: String) {
        let clear = if self.is_terminal { "\x1b[2J\x1b[3J\x1b[H" } else { "" };
        let call =
            self.call.as_ref().map_or(String::new(), |call| format!("\n  {} {call}\n", paint(CYAN, "try:")));
        let foot = paint(DIM, "  saves are deployed at once; Ctrl-C stops");
        // A closed pipe is no reason to stop serving.
        let _ = write!(anstream::stdout(), "{clear}{text}{call}\n{foot}\n");
        let _ = std::io::stdout().flush();
    }
}

fn merge(value: &mut serde_json::Value, ready: &Ready) {
    if let (Some(object), Ok(serde_json::Value::Object(more))) =
        (value.as_object_mut(), serde_json::to_value(ready))
    {
        object.extend(more);
    }
}
