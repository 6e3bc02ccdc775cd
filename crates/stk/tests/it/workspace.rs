//! The shape of the workspace: who may depend on whom.

use std::collections::BTreeSet;
use std::path::Path;

/// What each crate may depend on within the workspace. `dev-dependencies` are not held.
const MAY: [(&str, &[&str]); 10] = [
    ("stk-contract", &[]),
    ("stk-project", &["stk-contract"]),
    ("stk-schema", &["stk-contract"]),
    ("stk-runtime", &["stk-contract"]),
    ("stk-kv", &["stk-contract"]),
    ("stk-hub", &["stk-contract", "stk-project", "stk-schema", "stk-kv"]),
    ("stk-isolate", &[]),
    ("stk-server", &["stk-contract", "stk-runtime", "stk-kv", "stk-isolate"]),
    (
        "stk",
        &[
            "stk-contract",
            "stk-project",
            "stk-schema",
            "stk-runtime",
            "stk-kv",
            "stk-hub",
            "stk-isolate",
            "stk-server",
        ],
    ),
    ("stk-testkit", &[]),
];

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Crates of ours in the `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let section =
        manifest.split("\n[").find(|section| section.starts_with("dependencies]")).unwrap_or_default();
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| *name == "stk" || name.starts_with("stk-")).map(str::to_owned).collect()
}

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let mut found: Vec<String> = std::fs::read_dir(workspace().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut listed: Vec<&str> = MAY.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(found, listed, "each folder of crates/ is in the table");
    for (name, may) in MAY {
        let manifest =
            std::fs::read_to_string(workspace().join("crates").join(name).join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "the folder {name} is named after its crate"
        );
        for dependency in dependencies(&manifest) {
            assert!(may.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn parts_without_io_depend_on_no_runtime_and_no_driver() {
    for name in ["stk-contract", "stk-project", "stk-runtime"] {
        let manifest =
            std::fs::read_to_string(workspace().join("crates").join(name).join("Cargo.toml")).unwrap();
        let section = manifest.split("\n[").find(|section| section.starts_with("dependencies]")).unwrap();
        for banned in ["tokio", "tokio-postgres", "reqwest", "getrandom", "hyper"] {
            let depends = section.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(banned));
            assert!(!depends, "{name} does no I/O, so it has no use for {banned}");
        }
    }
}

#[test]
fn every_dependency_of_the_workspace_says_why() {
    let manifest = std::fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let section =
        manifest.split("\n[").find(|section| section.starts_with("workspace.dependencies]")).unwrap();
    let silent: Vec<&str> = section
        .lines()
        .skip(1)
        .filter(|line| line.contains('=') && !line.starts_with("stk-") && !line.contains(" # "))
        .collect();
    assert!(silent.is_empty(), "without a reason: {silent:?}");
}
