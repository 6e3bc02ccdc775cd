//! The command line.

use std::path::PathBuf;

use crate::baselines::Baseline;
use crate::scenario::Scenario;
use crate::upkeep::Upkeep;

/// Measures a Santokit Server against bare handlers that run the same statements.
#[derive(Debug, clap::Parser)]
#[command(name = "bench")]
pub struct Options {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How often each contender has its turn
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// How long a turn is measured, after half a second to warm up
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
    /// Connections that the generator holds, each with one request under way
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub connections: u32,
    /// Only these scenarios
    #[arg(long, value_delimiter = ',')]
    pub scenario: Vec<Subject>,
    /// Only the baselines, against each other
    #[arg(long)]
    pub without_santokit: bool,
    /// The `stk` to measure; by default the release build beside this program, which cargo brings up to date first
    #[arg(long)]
    pub stk: Option<PathBuf>,
    /// How long the soak runs, its first fifth to warm up
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(10..=3600))]
    pub soak_seconds: u64,
    /// Commits do not wait for the disk; steadier inserts on a machine with a noisy one
    #[arg(long)]
    pub no_fsync: bool,
    /// Exit code 3 where a target is missed
    #[arg(long)]
    pub check: bool,
    /// JSON instead of tables
    #[arg(long)]
    pub json: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Throughput(Scenario),
    Upkeep(Upkeep),
}

impl clap::ValueEnum for Subject {
    fn value_variants<'a>() -> &'a [Subject] {
        use Subject::{Throughput, Upkeep as Keep};
        const {
            &[
                Throughput(Scenario::ByKey),
                Throughput(Scenario::ByKeyHs256),
                Throughput(Scenario::ByKeyEddsa),
                Throughput(Scenario::Rows100),
                Throughput(Scenario::Insert),
                Throughput(Scenario::CacheHit),
                Throughput(Scenario::Js),
                Throughput(Scenario::Wasm),
                Throughput(Scenario::WasmEcho),
                Keep(Upkeep::Apply500),
                Keep(Upkeep::LiveChange),
                Keep(Upkeep::Memory500),
                Keep(Upkeep::ColdStart),
                Keep(Upkeep::Isolate),
                Keep(Upkeep::SchemaPlan),
                Keep(Upkeep::Soak),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        match self {
            Subject::Throughput(scenario) => scenario.to_possible_value(),
            Subject::Upkeep(upkeep) => upkeep.to_possible_value(),
        }
    }
}

impl Options {
    /// What is to be measured: what was asked for, else all but the soak.
    pub fn subjects(&self) -> Vec<Subject> {
        let all = <Subject as clap::ValueEnum>::value_variants().iter().copied();
        let by_default = |subject: &Subject| *subject != Subject::Upkeep(Upkeep::Soak);
        all.filter(|subject| match self.scenario.is_empty() {
            true => by_default(subject),
            false => self.scenario.contains(subject),
        })
        .filter(|subject| !self.without_santokit || matches!(subject, Subject::Throughput(_)))
        .collect()
    }
}

/// What the harness starts of itself.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Serves a baseline until standard input closes
    #[command(hide = true)]
    Baseline(Baseline),
    /// Generates load after the plan on standard input
    #[command(hide = true)]
    Load,
}
