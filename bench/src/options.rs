//! The command line.

use std::path::PathBuf;

use crate::baselines::Baseline;
use crate::scenario::Scenario;

/// Measures a Santokit Server against bare handlers that run the same statements.
#[derive(Debug, clap::Parser)]
#[command(name = "bench")]
pub struct Options {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How often each contender has its turn
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// How long a turn is measured, after half a second to warm up
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
    /// Connections that the generator holds, each with one request under way
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub connections: u32,
    /// Only these scenarios
    #[arg(long, value_delimiter = ',')]
    pub scenario: Vec<Scenario>,
    /// Only the baselines, against each other
    #[arg(long)]
    pub without_santokit: bool,
    /// The `stk` to measure; by default the release build beside this program, which cargo brings up to date first
    #[arg(long)]
    pub stk: Option<PathBuf>,
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
