//! Santokit as a contender: `stk server` alone, serving what a Hub deployed before it ended.

use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context as _, Result};

use crate::cores;
use crate::database::Database;
use crate::hub::{ENV, Hub, Package};
use crate::process::Process;
use crate::project::{self, Project};
use crate::stk::Stk;

/// The secret of `jwt.secret`; it guards nothing.
pub const JWT_SECRET: &str = "a-secret-of-the-bench-that-guards-nothing";

#[derive(Debug)]
pub struct Santokit {
    pub address: SocketAddr,
    process: Process,
    /// What it serves; goes after the process.
    _package: Rc<Package>,
}

/// Deploys the project and ends the Hub.
pub fn deploy(stk: &Stk, database: &Database, project: &Project) -> Result<Rc<Package>> {
    let hub = Hub::start(stk, database, &[("DATABASE_URL", &database.url()), ("JWT_SECRET", JWT_SECRET)])?;
    hub.deploy(project)?;
    Ok(Rc::new(hub.into_package()?))
}

impl Santokit {
    /// Serves the package on the core of the servers. A second start finds the package on disk.
    pub fn start(stk: &Stk, package: &Rc<Package>) -> Result<Santokit> {
        let folder = package.path();
        let mut command = stk.command(Some(cores::SERVERS));
        command.args(["server", "--listen", "127.0.0.1:0", "--project", project::ID, "--env", ENV]);
        command.args(["--signing-key", &package.signing_key]);
        command.arg("--kv").arg(folder.join("kv")).arg("--packages").arg(folder.join("packages"));
        command.arg("--env-key-file").arg(folder.join("env.key"));
        let mut process = Process::start("stk server", command)?;
        let ready = process.json()?;
        let address = address(&ready["serverUrl"]).with_context(|| format!("the Server's start: {ready}"))?;
        Ok(Santokit { address, process, _package: Rc::clone(package) })
    }

    pub fn process(&self) -> u32 {
        self.process.id()
    }
}

/// The address in a URL of this machine.
pub fn address(url: &serde_json::Value) -> Result<SocketAddr> {
    let url = url.as_str().context("no URL")?;
    url.trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .with_context(|| format!("the address `{url}`"))
}
