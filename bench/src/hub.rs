//! A Hub of its own, from its first start to a package that a Server can serve without it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::database::Database;
use crate::process::Process;
use crate::project::{self, Project};
use crate::stk::Stk;

/// The environment that is deployed to.
pub const ENV: &str = "dev";

/// Guards nothing: the Hub is gone with the run.
const KEYRING: &str = "1:5c1d70b8f2a94e6f8d3b0a7c6e5f41d25c1d70b8f2a94e6f8d3b0a7c6e5f41d2";

#[derive(Debug)]
pub struct Hub<'a> {
    stk: &'a Stk,
    url: String,
    signing_key: String,
    _process: Process,
    folder: TempDir,
}

/// What a Server needs: KV, environment key and the Hub's public key.
#[derive(Debug)]
pub struct Package {
    pub signing_key: String,
    folder: TempDir,
}

impl<'a> Hub<'a> {
    /// Starts a Hub with an empty store and makes the project, its environment and the secrets there.
    pub fn start(stk: &'a Stk, database: &Database, secrets: &[(&str, &str)]) -> Result<Hub<'a>> {
        let folder = tempfile::tempdir()?;
        let keyring = folder.path().join("keyring");
        std::fs::write(&keyring, KEYRING)?;
        let mut command = stk.command(None);
        command.args(["hub", "--listen", "127.0.0.1:0", "--database-url", &database.empty()?]);
        command.arg("--kv").arg(folder.path().join("kv")).arg("--keyring").arg(keyring);
        let mut process = Process::start("stk hub", command)?;
        let ready = process.json()?;
        let text = |key: &str| {
            ready[key]
                .as_str()
                .map(str::to_owned)
                .with_context(|| format!("`{key}` of the Hub's start: {ready}"))
        };
        let hub =
            Hub { stk, url: text("hubUrl")?, signing_key: text("signingKey")?, _process: process, folder };
        hub.run(&["login", "--with", "bootstrap"], &text("bootstrapToken")?)?;
        hub.run(&["project", "create", project::ID], "")?;
        hub.run(&["env", "create", ENV], "")?;
        for (name, value) in secrets {
            hub.run(&["secret", "set", name], value)?;
        }
        Ok(hub)
    }

    /// Schema, config and logic as one release.
    pub fn deploy(&self, project: &Project) -> Result<()> {
        self.run(&["deploy", "-C", text(project.path())?], "").map(drop)
    }

    /// Logic alone; how long the command took, its own start included.
    pub fn apply_logic(&self, project: &Project) -> Result<Duration> {
        let started = Instant::now();
        self.run(&["logic", "apply", "-C", text(project.path())?], "")?;
        Ok(started.elapsed())
    }

    /// Ends the Hub and keeps what it wrote.
    pub fn into_package(self) -> Result<Package> {
        self.run(&["env", "key", "--output", text(&self.folder.path().join("env.key"))?], "")?;
        Ok(Package { signing_key: self.signing_key, folder: self.folder })
    }

    fn run(&self, args: &[&str], input: &str) -> Result<Value> {
        let place = ["--hub-url", &self.url, "--project", project::ID, "--env", ENV];
        self.stk.run(&[args, &place].concat(), input)
    }
}

impl Package {
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a temporary folder with a name that is not text")
}
