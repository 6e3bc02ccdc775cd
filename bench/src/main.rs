//! Measures a Santokit Server against bare handlers that run the same statements.
//!
//! One run is one machine, one Postgres, one load generator: what is measured and Postgres share core 0, the
//! generator has core 1, and the contenders take turns so that a noisy neighbour hits all of them alike. Numbers
//! of two runs are not compared anywhere; only ratios within a run mean something.

mod baselines;
mod contender;
mod cores;
mod database;
mod http;
mod hub;
mod jwks;
mod load;
mod options;
mod peers;
mod process;
mod project;
mod report;
mod run;
mod santokit;
mod scenario;
mod stk;
mod throughput;
mod tokens;
mod upkeep;

use std::process::ExitCode;

use clap::Parser as _;

use options::{Command, Options};

/// The allocator of `stk`, for the baselines too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.command {
        Some(Command::Baseline(baseline)) => baselines::serve(baseline).map(|()| true),
        Some(Command::Load) => load::run().map(|()| true),
        None => run::run(&options),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
