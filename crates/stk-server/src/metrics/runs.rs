//! Counters of engine runs: how they ended and how long they took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use stk_runtime::{Engine, RunFault};

use super::{Metrics, Snapshot, family, line};

const ENGINES: [Engine; 2] = [Engine::Js, Engine::Wasm];

const OUTCOMES: [&str; 8] =
    ["ok", "failed", "refused", "bad_result", "too_large", "memory", "timeout", "unavailable"];

#[derive(Default)]
pub(super) struct Runs {
    counts: [[AtomicU64; OUTCOMES.len()]; ENGINES.len()],
    duration_us: [AtomicU64; ENGINES.len()],
}

impl Runs {
    pub(super) fn add(&self, engine: Engine, fault: Option<&RunFault>, took: Duration) {
        let outcome = match fault {
            None => 0,
            Some(RunFault::Failed(_)) => 1,
            Some(RunFault::Refused { .. }) => 2,
            Some(RunFault::BadResult(_)) => 3,
            Some(RunFault::ResultTooLarge { .. }) => 4,
            Some(RunFault::Memory { .. }) => 5,
            Some(RunFault::Timeout) => 6,
            Some(RunFault::Unavailable(_)) => 7,
        };
        self.counts[engine as usize][outcome].fetch_add(1, Ordering::Relaxed);
        self.duration_us[engine as usize].fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }
}

pub(super) fn render(out: &mut String, deployments: &[(Arc<Metrics>, Snapshot)]) {
    const COUNT: &str = "santokit_runs_total";
    family(out, COUNT, "counter", "Runs of JavaScript and WASM logic by how they ended.");
    for (metrics, at) in deployments {
        for engine in ENGINES {
            for (outcome, count) in OUTCOMES.iter().zip(&metrics.runs.counts[engine as usize]) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = format!("engine=\"{}\",outcome=\"{outcome}\"", engine.as_str());
                    line(out, COUNT, &at.labels, &labels, count);
                }
            }
        }
    }
    const SECONDS: &str = "santokit_run_seconds_total";
    family(out, SECONDS, "counter", "How long runs took, waiting for their operations included.");
    for (metrics, at) in deployments {
        for engine in ENGINES {
            let us = metrics.runs.duration_us[engine as usize].load(Ordering::Relaxed);
            if us > 0 {
                let labels = format!("engine=\"{}\"", engine.as_str());
                line(out, SECONDS, &at.labels, &labels, us as f64 / 1e6);
            }
        }
    }
}
