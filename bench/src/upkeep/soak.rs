//! JavaScript at full speed for minutes. What is there after the first fifth may be there at the end, and no more.

use anyhow::Result;

use super::Figure;
use crate::contender::Kind;
use crate::database::Database;
use crate::load::{self, Plan};
use crate::options::Options;
use crate::process;
use crate::project::Project;
use crate::santokit::{self, Santokit};
use crate::scenario::{Scenario, Tokens};
use crate::stk::Stk;

/// Far more than any Server answers in the longest soak.
const REQUESTS_MAX: u64 = 500_000_000;

pub fn measure(stk: &Stk, database: &Database, options: &Options) -> Result<Vec<Figure>> {
    let package = santokit::deploy(stk, database, &Project::of_javascript()?)?;
    let server = Santokit::start(stk, &package)?;
    let folder = tempfile::tempdir()?;
    let requests = folder.path().join("requests.json");
    let tokens = Tokens { hs256: Vec::new(), eddsa: Vec::new() };
    std::fs::write(&requests, serde_json::to_vec(&Scenario::Js.requests(Kind::JsFresh, &tokens))?)?;
    let run = |seconds: u64| {
        load::generate(&Plan {
            address: server.address,
            requests: requests.clone(),
            connections: options.connections,
            warmup_ms: 0,
            measured_ms: seconds * 1000,
            requests_max: REQUESTS_MAX,
            server: server.process(),
            postgres: database.process(),
        })
    };
    let warm_up = options.soak_seconds / 5;
    run(warm_up)?;
    let before = Held::by(server.process())?;
    let outcome = run(options.soak_seconds - warm_up)?;
    let after = Held::by(server.process())?;
    let rate = "calls a second of the soak, in thousands";
    let grown = "resident memory after the soak, over that after its first fifth";
    let files = "files and connections left over by the soak";
    Ok(vec![
        Figure { what: rate, unit: "k/s", rounds: vec![outcome.requests_per_s / 1e3], max: f64::INFINITY },
        Figure { what: grown, unit: "×", rounds: vec![after.bytes / before.bytes], max: 1.05 },
        Figure { what: files, unit: "", rounds: vec![after.files - before.files], max: 0.0 },
    ])
}

/// What a Server and its isolate processes hold.
struct Held {
    bytes: f64,
    files: f64,
}

impl Held {
    fn by(server: u32) -> Result<Held> {
        Ok(Held {
            bytes: process::resident_bytes_of_tree(server)? as f64,
            files: process::open_files_of_tree(server)? as f64,
        })
    }
}
