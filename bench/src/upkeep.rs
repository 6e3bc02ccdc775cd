//! What is measured besides throughput: how soon a change is live, what 500 logic files cost, how soon a Server answers.

mod isolate;
mod schema_plan;
mod soak;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::database::Database;
use crate::http;
use crate::hub::Hub;
use crate::options::Options;
use crate::process::{self, Process};
use crate::project::Project;
use crate::santokit::{self, Santokit};
use crate::stk::Stk;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Upkeep {
    /// `stk logic apply` of 500 files after the first
    #[value(name = "apply-500")]
    Apply500,
    /// From a save to its answer under `stk dev`
    LiveChange,
    /// Resident memory of a Server with 500 logic files, idle
    #[value(name = "memory-500")]
    Memory500,
    /// Start of a Server with a package on disk to its first answer
    ColdStart,
    /// First call of changed JavaScript, and the memory of an idle isolate process
    Isolate,
    /// Planning 20 schema changes among 200 and 2,000 tables, and rehearsing them
    SchemaPlan,
    /// JavaScript at full speed for minutes: memory and open files afterwards
    Soak,
}

/// One measured number, round by round.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub what: &'static str,
    pub unit: &'static str,
    pub rounds: Vec<f64>,
    pub max: f64,
}

const MANY: u32 = 500;
const ANSWER_MAX: Duration = Duration::from_secs(10);

impl Upkeep {
    pub fn measure(self, stk: &Stk, database: &Database, options: &Options) -> Result<Vec<Figure>> {
        let rounds = options.rounds;
        match self {
            Upkeep::Apply500 => apply(stk, database, rounds),
            Upkeep::LiveChange => live_change(stk, database, rounds),
            Upkeep::Memory500 => memory(stk, database, rounds),
            Upkeep::ColdStart => cold_start(stk, database, rounds),
            Upkeep::Isolate => isolate::measure(stk, database, rounds),
            Upkeep::SchemaPlan => schema_plan::measure(database, rounds),
            Upkeep::Soak => soak::measure(stk, database, options),
        }
    }
}

fn apply(stk: &Stk, database: &Database, rounds: u32) -> Result<Vec<Figure>> {
    let project = Project::of_many(MANY)?;
    let hub = Hub::start(stk, database, &[("DATABASE_URL", &database.url())])?;
    hub.deploy(&project)?;
    let (mut all, mut one) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let version = 2 * round + 2;
        (0..MANY).try_for_each(|number| project.write_version(number, version))?;
        all.push(ms(hub.apply_logic(&project)?));
        project.write_version(round % MANY, version + 1)?;
        one.push(ms(hub.apply_logic(&project)?));
    }
    let figure = |what, rounds| Figure { what, unit: "ms", rounds, max: 2000.0 };
    Ok(vec![
        figure("apply of 500 logic files, all of them changed", all),
        figure("apply of 500 logic files, one of them changed", one),
    ])
}

fn live_change(stk: &Stk, database: &Database, rounds: u32) -> Result<Vec<Figure>> {
    let project = Project::of_many(10)?;
    let mut command = stk.command(None);
    command.args(["dev", "--listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0"]);
    command.args(["--database-url", &database.admin_url()]).arg(project.path());
    let mut dev = Process::start("stk dev", command)?;
    let ready = dev.json()?;
    ensure!(ready["event"] == "ready", "stk dev did not deploy: {ready}");
    let address = santokit::address(&ready["serverUrl"])?;
    answered_with_version(address, 1)?;
    let mut live = Vec::new();
    for version in 2..rounds + 2 {
        let saved = Instant::now();
        project.write_version(0, version)?;
        answered_with_version(address, version)?;
        live.push(ms(saved.elapsed()));
        // Its own report of this deploy: the next save must be a change of its own.
        let deployed = dev.json()?;
        ensure!(deployed["event"] == "deployed", "stk dev did not deploy: {deployed}");
    }
    Ok(vec![Figure {
        what: "from a save to its answer under `stk dev`",
        unit: "ms",
        rounds: live,
        max: 300.0,
    }])
}

fn memory(stk: &Stk, database: &Database, rounds: u32) -> Result<Vec<Figure>> {
    let package = santokit::deploy(stk, database, &Project::of_many(MANY)?)?;
    let mut resident = Vec::new();
    for _ in 0..rounds {
        let server = Santokit::start(stk, &package)?;
        answered_with_version(server.address, 1)?;
        resident.push(process::resident_bytes(server.process())? as f64 / 1e6);
    }
    let what = "resident memory of a Server with 500 logic files, idle";
    Ok(vec![Figure { what, unit: "MB", rounds: resident, max: 40.0 }])
}

fn cold_start(stk: &Stk, database: &Database, rounds: u32) -> Result<Vec<Figure>> {
    let package = santokit::deploy(stk, database, &Project::of_many(MANY)?)?;
    // The first start is the one that puts the package on disk.
    answered_with_version(Santokit::start(stk, &package)?.address, 1)?;
    let mut first_answer = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let server = Santokit::start(stk, &package)?;
        answered_with_version(server.address, 1)?;
        first_answer.push(ms(started.elapsed()));
    }
    let what = "start of a Server of 500 logic files, with a package on disk, to its first answer";
    Ok(vec![Figure { what, unit: "ms", rounds: first_answer, max: 150.0 }])
}

/// Calls `many/l0` until it answers with this version; a release that is not there yet is no failure.
fn answered_with_version(address: SocketAddr, version: u32) -> Result<()> {
    let call = json!({ "path": "many/l0", "params": { "id": 1 } }).to_string();
    let request = http::post("/call", None, &call);
    let asked = Instant::now();
    loop {
        let (status, body) = http::exchange(address, &request)?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status == 200 && answer["version"] == version {
            return Ok(());
        }
        ensure!(
            asked.elapsed() < ANSWER_MAX,
            "version {version} was not served: {status} {}",
            String::from_utf8_lossy(&body)
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
