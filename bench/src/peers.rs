//! Servers of other makes: the same handler on Node and on Bun, from `bench/peers`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::contender::Kind;
use crate::cores;
use crate::database::Database;

/// A command that serves the handler over the bench's tables and prints its address.
pub fn command(kind: Kind, database: &Database) -> Result<Command> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    install(&folder)?;
    let (program, script) = match kind {
        Kind::Fastify => (PathBuf::from("node"), "fastify.js"),
        Kind::Bun => (folder.join("node_modules/.bin/bun"), "bun.js"),
        other => bail!("`{}` is no server of another make", other.name()),
    };
    let mut command = cores::command_on(cores::SERVERS, program);
    command.arg(folder.join(script)).arg(database.socket_folder()?).arg(database.name());
    command.env("NODE_ENV", "production").current_dir(&folder);
    Ok(command)
}

/// Fetches the packages of the lock file, once.
fn install(folder: &Path) -> Result<()> {
    if folder.join("node_modules/.package-lock.json").is_file() {
        return Ok(());
    }
    let status = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .status()
        .context("run `npm`: Fastify and Bun are measured beside JavaScript logic")?;
    ensure!(status.success(), "npm could not install the packages of {}", folder.display());
    Ok(())
}
