//! The load generator: its own process on its own core, as cheap as it can be so that it is never the bottleneck.
//!
//! Prepared bytes over kept connections, one request under way on each; of an answer it reads the frame and the
//! status, nothing else. It ends after a set time or a set number of requests, and at the first failure.

mod connection;

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::contender::current_program;
use crate::cores;
use crate::process::cpu_of_tree;

/// How long after the end an answer may still be under way.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub address: SocketAddr,
    /// A JSON array of requests, each the text of its bytes.
    pub requests: PathBuf,
    pub connections: u32,
    pub warmup_ms: u64,
    pub measured_ms: u64,
    pub requests_max: u64,
    /// Whose CPU time counts as the contender's, and whose as Postgres'; descendants included.
    pub server: u32,
    pub postgres: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub requests_per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub server_us_per_request: f64,
    pub postgres_us_per_request: f64,
    /// Of its core. Near 100 it would be the generator that is measured.
    pub generator_percent: f64,
}

impl Outcome {
    /// Of server and Postgres, for one request.
    pub fn cpu_us(&self) -> f64 {
        self.server_us_per_request + self.postgres_us_per_request
    }
}

/// Runs the plan in a process of its own on the generator's core.
pub fn generate(plan: &Plan) -> Result<Outcome> {
    let mut child = cores::command_on(cores::GENERATOR, current_program()?)
        .arg("load")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start the load generator")?;
    let mut input = child.stdin.take().context("input of the load generator")?;
    input.write_all(&serde_json::to_vec(plan)?)?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the load generator failed");
    serde_json::from_slice(&output.stdout).context("what the load generator printed")
}

/// The generator's side: the plan from standard input, the outcome to standard output.
#[tokio::main(flavor = "current_thread")]
pub async fn run() -> Result<()> {
    let plan: Plan = serde_json::from_reader(std::io::stdin()).context("the plan")?;
    let requests: Vec<String> =
        serde_json::from_slice(&std::fs::read(&plan.requests)?).context("the requests")?;
    let outcome = tokio::task::LocalSet::new().run_until(load(&plan, requests)).await?;
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}

/// What all connections share; they run on one thread.
struct Turn {
    requests: Vec<String>,
    measured_from: Instant,
    until: Instant,
    /// Requests that may still be sent.
    left: Cell<u64>,
    latencies: RefCell<Vec<Duration>>,
}

async fn load(plan: &Plan, requests: Vec<String>) -> Result<Outcome> {
    ensure!(!requests.is_empty(), "a plan without requests");
    let measured_from = Instant::now() + Duration::from_millis(plan.warmup_ms);
    let until = measured_from + Duration::from_millis(plan.measured_ms);
    let left = Cell::new(plan.requests_max);
    let turn = Rc::new(Turn { requests, measured_from, until, left, latencies: RefCell::default() });
    let mut connections = JoinSet::new();
    for number in 0..plan.connections as usize {
        // Apart from each other, so that no two ask for the same at the same time.
        let first = number * turn.requests.len() / plan.connections as usize;
        connections.spawn_local(connection::run(plan.address, first, Rc::clone(&turn)));
    }
    sleep_until(measured_from).await;
    let before = Cpu::now(plan)?;
    sleep_until(until).await;
    let (after, measured) = (Cpu::now(plan)?, measured_from.elapsed());
    while let Some(ended) =
        timeout_at(until + GRACE, connections.join_next()).await.context("an answer did not come")?
    {
        ended.context("a connection's task")??;
    }
    ensure!(turn.left.get() > 0, "{} requests were sent before the time was over", plan.requests_max);
    Ok(outcome(&mut turn.latencies.borrow_mut(), measured, &before, &after))
}

struct Cpu {
    server: Duration,
    postgres: Duration,
    generator: Duration,
}

impl Cpu {
    fn now(plan: &Plan) -> Result<Cpu> {
        Ok(Cpu {
            server: cpu_of_tree(plan.server)?,
            postgres: cpu_of_tree(plan.postgres)?,
            generator: cpu_of_tree(std::process::id())?,
        })
    }
}

fn outcome(latencies: &mut [Duration], measured: Duration, before: &Cpu, after: &Cpu) -> Outcome {
    latencies.sort_unstable();
    // An empty turn divides by one rather than by zero; its throughput of 0 says what happened.
    let requests = latencies.len().max(1) as f64;
    let quantile = |share: f64| {
        let rank = ((latencies.len() as f64 * share).ceil() as usize).clamp(1, latencies.len().max(1));
        latencies.get(rank - 1).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    let per_request =
        |after: Duration, before: Duration| after.saturating_sub(before).as_secs_f64() * 1e6 / requests;
    Outcome {
        requests_per_s: latencies.len() as f64 / measured.as_secs_f64(),
        p50_ms: quantile(0.5),
        p99_ms: quantile(0.99),
        server_us_per_request: per_request(after.server, before.server),
        postgres_us_per_request: per_request(after.postgres, before.postgres),
        generator_percent: after.generator.saturating_sub(before.generator).as_secs_f64() * 100.0
            / measured.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_latencies_that_occurred() {
        let cpu = |ms| Cpu {
            server: Duration::from_millis(ms),
            postgres: Duration::from_millis(2 * ms),
            generator: Duration::from_millis(ms),
        };
        let mut latencies: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let outcome = outcome(&mut latencies, Duration::from_secs(2), &cpu(0), &cpu(100));
        assert_eq!((outcome.p50_ms, outcome.p99_ms), (100.0, 198.0));
        assert_eq!((outcome.server_us_per_request, outcome.postgres_us_per_request), (500.0, 1000.0));
        assert_eq!((outcome.requests_per_s, outcome.generator_percent), (100.0, 5.0));
    }
}
