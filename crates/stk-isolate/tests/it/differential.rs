//! Each script of `tests/scripts` run in Node and in the engine: they print the same.
//!
//! A script is the body of an async function; it prints with `console`, and may fetch from a small server of this test
//! by `BASE`. What can not be the same stands in `tests/scripts/exceptions.toml`, with the reason.

mod engine;
mod exceptions;
mod http;
mod node;
mod server;
mod whatwg;

use std::fs;
use std::path::{Path, PathBuf};

use exceptions::Exceptions;

/// One script: its file's name without `.js`, and its text.
struct Script {
    name: String,
    source: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

fn scripts() -> Vec<Script> {
    let mut scripts: Vec<Script> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .map(|path| Script {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            source: fs::read_to_string(&path).unwrap(),
        })
        .collect();
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    scripts
}

/// What may differ in any script: the port, and the frames of stacks.
fn normal(output: &str, base: &str) -> String {
    let mut out = String::new();
    for line in output.replace(base, "BASE").split_inclusive('\n') {
        let is_frame = line.trim_start().starts_with("at ") && line.starts_with("    ");
        if !is_frame {
            out.push_str(line);
        } else if line.trim_end().ends_with(" {") {
            // The properties of an error follow its last frame.
            out.truncate(out.trim_end_matches('\n').len());
            out.push_str(" {\n");
        }
    }
    out
}

#[test]
fn scripts_print_the_same_in_node_and_in_the_engine() {
    let only = std::env::var("STK_SCRIPTS").ok();
    let scripts: Vec<Script> = scripts()
        .into_iter()
        .filter(|script| only.as_ref().is_none_or(|only| script.name.contains(only)))
        .collect();
    let server = server::start();
    let base = server.base();
    let node = std::thread::scope(|scope| {
        let node = scope.spawn(|| node::run(&scripts, &base));
        let engine = engine::run(&scripts, &base);
        (node.join().unwrap(), engine)
    });
    let (expected, actual) = node;
    let mut exceptions = Exceptions::read(&folder().join("exceptions.toml"));
    let mut differing = Vec::new();
    for (at, script) in scripts.iter().enumerate() {
        let (expected, actual) = (normal(&expected[at], &base), normal(&actual[at], &base));
        if let Some(exception) = exceptions.take(&script.name) {
            assert_ne!(expected, actual, "{}: no exception is needed any more ({exception})", script.name);
        } else if expected != actual {
            differing.push(format!("== {}\n-- node\n{expected}-- engine\n{actual}", script.name));
        }
    }
    assert!(
        differing.is_empty(),
        "{} of {} differ\n{}",
        differing.len(),
        scripts.len(),
        differing.join("\n")
    );
    if only.is_none() {
        assert!(scripts.len() >= 250, "only {} scripts", scripts.len());
        assert_eq!(exceptions.left(), Vec::<String>::new(), "exceptions for scripts that do not exist");
    }
}
