//! Which core does what. Linux only, by `taskset` of util-linux.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Postgres and the contender whose turn it is.
pub const SERVERS: u32 = 0;
/// The load generator, and this program.
pub const GENERATOR: u32 = 1;

/// A command that runs `program` on one core.
pub fn command_on(core: u32, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// Moves this process to one core; what it starts from then on stays there too.
pub fn move_here(core: u32) -> Result<()> {
    let output = Command::new("taskset")
        .args(["-acp", &core.to_string(), &std::process::id().to_string()])
        .output()
        .context("run `taskset`: the harness needs Linux with util-linux")?;
    ensure!(
        output.status.success(),
        "can not move to core {core}: {}; the harness needs two cores",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
