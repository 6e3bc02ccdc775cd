//! JavaScript: how soon changed code answers, and what an idle isolate process holds.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{Figure, ms};
use crate::database::Database;
use crate::http;
use crate::process::{self, Process};
use crate::project::Project;
use crate::santokit;
use crate::stk::Stk;

pub fn measure(stk: &Stk, database: &Database, rounds: u32) -> Result<Vec<Figure>> {
    let project = Project::of_javascript()?;
    let mut command = stk.command(None);
    command.args(["dev", "--listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0"]);
    command.args(["--database-url", &database.admin_url()]).arg(project.path());
    let mut dev = Process::start("stk dev", command)?;
    let ready = dev.json()?;
    ensure!(ready["event"] == "ready", "stk dev did not deploy: {ready}");
    let address = santokit::address(&ready["serverUrl"])?;
    let call = json!({ "path": "js_fresh", "params": { "id": 1 } }).to_string();
    let request = http::post("/call", None, &call);
    let (mut first_call, mut resident) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        project.write_comment(round)?;
        let deployed = dev.json()?;
        ensure!(deployed["event"] == "deployed", "stk dev did not deploy: {deployed}");
        let asked = Instant::now();
        let (status, body) = http::exchange(address, &request)?;
        first_call.push(ms(asked.elapsed()));
        ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
        resident.push(isolate_bytes(dev.id())? as f64 / 1e6);
    }
    let what = "first call of changed JavaScript, after its deploy";
    let first = Figure { what, unit: "ms", rounds: first_call, max: 30.0 };
    let what = "resident memory of an idle isolate process";
    Ok(vec![first, Figure { what, unit: "MB", rounds: resident, max: 12.0 }])
}

/// Of the largest isolate process below `root`.
fn isolate_bytes(root: u32) -> Result<u64> {
    let is_isolate = |id: &u32| process::arguments(*id).is_ok_and(|line| line.contains("__isolate"));
    let isolates = process::tree(root)?.into_iter().filter(is_isolate);
    isolates.filter_map(|id| process::resident_bytes(id).ok()).max().context("no isolate process runs")
}
