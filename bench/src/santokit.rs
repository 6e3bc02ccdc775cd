//! Santokit as a contender: the bench's project in a temporary folder, deployed and served by `stk dev`.
//!
//! The one place that knows how `stk` is started and what it prints.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::cores;
use crate::database::Database;
use crate::process::Process;
use crate::tokens::Issuer;

/// The secret of `jwt.secret`; it guards nothing.
pub const JWT_SECRET: &str = "a-secret-of-the-bench-that-guards-nothing";
/// Project and environment.
pub const AUDIENCE: &str = "bench/dev";

const PROJECT: &[(&str, &str)] = &[
    ("stk.config.json", include_str!("../project/stk.config.json")),
    ("schema/main.hcl", include_str!("../project/schema/main.hcl")),
    ("config/databases.yaml", include_str!("../project/config/databases.yaml")),
    ("config/auth.yaml", include_str!("../project/config/auth.yaml")),
    ("logic/by_key.sql", include_str!("../project/logic/by_key.sql")),
    ("logic/by_key_user.sql", include_str!("../project/logic/by_key_user.sql")),
    ("logic/list.sql", include_str!("../project/logic/list.sql")),
    ("logic/insert.sql", include_str!("../project/logic/insert.sql")),
    ("logic/cached.sql", include_str!("../project/logic/cached.sql")),
];

#[derive(Debug)]
pub struct Santokit {
    pub address: SocketAddr,
    process: Process,
    /// The project and the platform's data; goes after the process.
    _folder: tempfile::TempDir,
}

impl Santokit {
    /// Deploys the project against `database` and waits until it is served.
    pub fn start(stk: &Path, database: &Database, key_set: SocketAddr) -> Result<Santokit> {
        let folder = tempfile::tempdir()?;
        write_project(folder.path(), &database.url(), key_set)?;
        let mut command = cores::command_on(cores::SERVERS, stk);
        command
            .args(["dev", "--json", "--no-watch", "--port", "0"])
            .arg(folder.path())
            .env("STK_DATABASE_URL", database.state_url())
            .env("JWT_SECRET", JWT_SECRET);
        let mut process = Process::start("stk dev", command)?;
        let address = ready(&mut process)?;
        Ok(Santokit { address, process, _folder: folder })
    }

    pub fn process(&self) -> u32 {
        self.process.id()
    }
}

/// The `stk` to measure: the given one, else the release build beside this program. Cargo, where it runs this
/// program, is asked to bring that up to date first.
pub fn binary(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    if let Some(cargo) = std::env::var_os("CARGO") {
        let status = Command::new(cargo).args(["build", "--release", "-p", "stk"]).status()?;
        ensure!(
            status.success(),
            "cargo could not build `stk`; `--without-santokit` measures the baselines alone"
        );
    }
    let path = std::env::current_exe()?.with_file_name("stk");
    ensure!(path.is_file(), "no {}: build it, or name it with `--stk`", path.display());
    Ok(path)
}

fn write_project(folder: &Path, database_url: &str, key_set: SocketAddr) -> Result<()> {
    for (path, text) in PROJECT {
        let path = folder.join(path);
        let parent = path.parent().context("a file of the project has a folder")?;
        std::fs::create_dir_all(parent)?;
        let text = text
            .replace("{DATABASE_URL}", database_url)
            .replace("{JWKS_URL}", &format!("http://{key_set}/jwks.json"))
            .replace("{ISSUER}", Issuer::NAME)
            .replace("{AUDIENCE}", Issuer::AUDIENCE);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// Waits for the line of JSON that names the Server's address.
fn ready(process: &mut Process) -> Result<SocketAddr> {
    loop {
        let line = process.line()?;
        let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
        if let Some(url) = event["url"].as_str() {
            let address = url.trim_start_matches("http://").trim_end_matches('/');
            return address.parse().with_context(|| format!("the Server's address `{url}`"));
        }
    }
}
