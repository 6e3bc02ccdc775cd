//! One run, top down: Postgres on its core, then what was asked for, then the report.

use anyhow::Result;

use crate::cores;
use crate::database::Database;
use crate::options::{Options, Subject};
use crate::report::Report;
use crate::stk::Stk;
use crate::throughput::Bench;

/// Measures what was asked for and prints it; whether all targets are reached, where that was asked.
pub fn run(options: &Options) -> Result<bool> {
    let stk = (!options.without_santokit).then(|| Stk::find(options.stk.as_deref())).transpose()?;
    cores::move_here(cores::SERVERS)?;
    let database = Database::start(!options.no_fsync)?;
    cores::move_here(cores::GENERATOR)?;
    let subjects = options.subjects();
    let mut report = Report::default();
    if subjects.iter().any(|subject| matches!(subject, Subject::Throughput(_))) {
        let bench = Bench::start(options, &database, stk.as_ref())?;
        for subject in &subjects {
            if let Subject::Throughput(scenario) = subject {
                report.scenarios.push(bench.measure(*scenario)?);
            }
        }
    }
    for subject in &subjects {
        if let (Subject::Upkeep(upkeep), Some(stk)) = (subject, &stk) {
            report.figures.extend(upkeep.measure(stk, &database, options)?);
        }
    }
    report.print(options.json)?;
    Ok(!options.check || report.reached())
}
