//! All scripts in one Node process.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Script;

/// What each script printed.
pub(super) fn run(scripts: &[Script], base: &str) -> Vec<String> {
    let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/differential/runner.mjs");
    let mut node = Command::new("node")
        .args(["--no-warnings", runner, base])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node 20 is needed to compare with");
    let sources: Vec<&str> = scripts.iter().map(|script| script.source.as_str()).collect();
    // All is read before anything is written.
    node.stdin.take().unwrap().write_all(serde_json::to_string(&sources).unwrap().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "Node ended with {}", output.status);
    let printed: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed.len(), scripts.len());
    printed
}
