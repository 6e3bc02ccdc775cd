//! The wasm32 host: writes what `conformance/node-host` takes, and runs it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::package::Package;
use super::platform::{ENV, Project};
use crate::stk::repository;

fn module() -> PathBuf {
    repository().join("target/wasm/wasm32-unknown-unknown/wasm/stk_runtime.wasm")
}

/// Cargo builds for one target at a time, so the module is built beforehand.
pub fn require_module() {
    assert!(
        module().is_file(),
        "the wasm32 build of stk-runtime is missing; `conformance/build-wasm` makes it, and `./test` runs that first"
    );
}

/// What the host said of the cases that differ; none where all pass.
pub fn run(project: &Project, package: &Package) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("write a file");
    let write_json = |name: &str, value: Value| write(name, value.to_string().as_bytes());
    write("release.bin", &package.release);
    write("attestation.bin", &package.attestation);
    write_json("secrets.json", json!(package.secrets));
    write_json("databases.json", json!({ "main": package.secrets["DATABASE_URL"] }));
    write_json("cases.json", json!({ "project": project.name, "env": ENV, "cases": project.cases_json }));
    let output = Command::new("node")
        .arg(repository().join("conformance/node-host/run.mjs"))
        .args([folder.path(), &module()])
        .output()
        .expect("node runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let all = project.cases.len();
    // The count is looked at too: a host that ran nothing did not pass.
    let passed = output.status.success() && stdout.trim() == format!("{all} of {all} cases pass");
    (!passed).then(|| format!("{}: {}\n{stdout}{stderr}", project.name, output.status))
}
