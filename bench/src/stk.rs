//! The command `stk`: finding it, and running it as a developer does, with a login of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// Variables of the developer that must not reach the measured `stk`.
const FOREIGN: &[&str] =
    &["STK_HUB_URL", "STK_TOKEN", "STK_PROJECT_ID", "STK_ENV", "STK_DATABASE_URL", "STK_DATA"];

#[derive(Debug)]
pub struct Stk {
    program: PathBuf,
    /// Where logins are kept.
    home: TempDir,
}

impl Stk {
    /// The given one, else the release build beside this program. Cargo, where it runs this program, is asked to
    /// bring that up to date first.
    pub fn find(given: Option<&Path>) -> Result<Stk> {
        let program = match given {
            Some(path) => path.canonicalize().with_context(|| format!("{}", path.display()))?,
            None => built()?,
        };
        Ok(Stk { program, home: tempfile::tempdir()? })
    }

    /// `stk --json`, to be started by whoever adds the rest; on one core where `core` says so.
    pub fn command(&self, core: Option<u32>) -> Command {
        let mut command = match core {
            Some(core) => crate::cores::command_on(core, &self.program),
            None => Command::new(&self.program),
        };
        FOREIGN.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("XDG_CONFIG_HOME", self.home.path()).arg("--json");
        command
    }

    /// Runs a command to its end with `input` on standard input; its result.
    pub fn run(&self, args: &[&str], input: &str) -> Result<Value> {
        let what = format!("stk {}", args.join(" "));
        let mut child = self
            .command(None)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| what.clone())?;
        // A command that reads nothing may be gone already; its exit code says more than the broken pipe.
        let _ = child.stdin.take().context("standard input")?.write_all(input.as_bytes());
        let output = child.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "{what} failed: {text}");
        serde_json::from_str(text.trim()).with_context(|| format!("{what} printed {text}"))
    }
}

fn built() -> Result<PathBuf> {
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
