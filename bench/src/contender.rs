//! Whoever takes a turn: a process that listens on this machine.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;

use crate::cores;
use crate::database::Database;
use crate::http;
use crate::peers;
use crate::process::{self, Process};
use crate::santokit::Santokit;
use crate::scenario::{Scenario, Tokens};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `stk`, with everything that it does for a call.
    Santokit,
    /// Santokit, logic in JavaScript, a fresh isolate a call.
    JsFresh,
    /// The same under `isolate: reuse`.
    JsReuse,
    /// Santokit, logic in WebAssembly.
    Wasm,
    /// A bare handler that takes a connection of a pool for each request.
    Pooled,
    /// A bare handler whose requests share a few connections, pipelined.
    Shared,
    /// A bare handler that answers with fixed bytes.
    Fixed,
    /// A bare handler that answers with the JSON it was sent.
    Echo,
    /// Fastify and postgres.js on Node.
    Fastify,
    /// Hono and Bun.sql on Bun.
    Bun,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Santokit => "santokit",
            Kind::JsFresh => "js-fresh",
            Kind::JsReuse => "js-reuse",
            Kind::Wasm => "wasm",
            Kind::Pooled => "pooled",
            Kind::Shared => "shared",
            Kind::Fixed => "fixed",
            Kind::Echo => "echo",
            Kind::Fastify => "fastify",
            Kind::Bun => "bun",
        }
    }

    /// Whether it is a logic of Santokit's.
    pub fn is_ours(self) -> bool {
        matches!(self, Kind::Santokit | Kind::JsFresh | Kind::JsReuse | Kind::Wasm)
    }
}

#[derive(Debug)]
pub struct Contender {
    pub kind: Kind,
    pub address: SocketAddr,
    running: Running,
}

#[derive(Debug)]
enum Running {
    Own(Process),
    Santokit(Santokit),
    /// In the process of another contender, by its id.
    Within(u32),
}

impl Contender {
    /// Santokit with the bench's project deployed.
    pub fn santokit(santokit: Santokit) -> Contender {
        Contender { kind: Kind::Santokit, address: santokit.address, running: Running::Santokit(santokit) }
    }

    /// Another logic of the Santokit that runs already.
    pub fn within(santokit: &Contender, kind: Kind) -> Contender {
        Contender { kind, address: santokit.address, running: Running::Within(santokit.process()) }
    }

    /// A server of another make.
    pub fn peer(kind: Kind, database: &Database) -> Result<Contender> {
        Contender::started(kind, peers::command(kind, database)?)
    }

    /// A baseline, as this very program under another subcommand. `fixed_body` is for [`Kind::Fixed`].
    pub fn baseline(kind: Kind, database: &Database, fixed_body: &str) -> Result<Contender> {
        let mut command = cores::command_on(cores::SERVERS, current_program()?);
        command.args(["baseline", kind.name(), "--database", &database.url(), "--fixed-body", fixed_body]);
        Contender::started(kind, command)
    }

    /// Whoever prints its address first.
    fn started(kind: Kind, command: Command) -> Result<Contender> {
        let mut process = Process::start(kind.name(), command)?;
        let line = process.line()?;
        let address = line.parse().with_context(|| format!("address of {}: `{line}`", kind.name()))?;
        Ok(Contender { kind, address, running: Running::Own(process) })
    }

    pub fn process(&self) -> u32 {
        match &self.running {
            Running::Own(process) => process.id(),
            Running::Santokit(santokit) => santokit.process(),
            Running::Within(process) => *process,
        }
    }

    pub fn resident_bytes(&self) -> Result<u64> {
        process::resident_bytes_of_tree(self.process())
    }

    /// The body of one answer, which must be a success.
    pub fn answer(&self, request: &str) -> Result<Vec<u8>> {
        let (status, body) = http::exchange(self.address, request).with_context(|| self.kind.name())?;
        ensure!(
            status == 200,
            "{} answered {status} to {request}: {}",
            self.kind.name(),
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }
}

/// The path of this program.
pub fn current_program() -> Result<impl AsRef<Path> + AsRef<std::ffi::OsStr>> {
    std::env::current_exe().context("find this program")
}

/// Holds that all contenders answer alike: unequal work can not be compared.
pub fn check_equal_answers(scenario: Scenario, contenders: &[&Contender], tokens: &Tokens) -> Result<()> {
    for number in [0, 1, 4_999, 9_999] {
        let mut expected: Option<(Kind, Vec<u8>)> = None;
        for contender in contenders {
            let request = &scenario.requests(contender.kind, tokens)[number];
            let mut body = contender.answer(request)?;
            if scenario.writes() {
                body = form(&body)?;
            }
            let (kind, first) = expected.get_or_insert_with(|| (contender.kind, body.clone()));
            ensure!(
                *first == body,
                "answers differ. {}: {}; {}: {}",
                kind.name(),
                String::from_utf8_lossy(first),
                contender.kind.name(),
                String::from_utf8_lossy(&body)
            );
        }
    }
    Ok(())
}

/// The keys of an object and the kinds of its values, in place of the values.
fn form(body: &[u8]) -> Result<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).context("an answer that is not JSON")?;
    for field in value.as_object_mut().context("an answer that is no object")?.values_mut() {
        *field = if field.is_number() { "number".into() } else { "other".into() };
    }
    Ok(value.to_string().into_bytes())
}
