//! `URL` against the WHATWG's own cases, as the `url` crate carries them beside its sources.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Script, engine};

/// Prints a line for each case that comes out otherwise.
const CHECK: &str = r#"
const parts = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
let count = 0;
for (const c of cases) {
  if (typeof c === 'string') continue;
  count++;
  const label = JSON.stringify(c.base === null ? [c.input] : [c.input, c.base]).toWellFormed();
  let url;
  try {
    url = c.base === null ? new URL(c.input) : new URL(c.input, c.base);
  } catch {
    if (!c.failure) console.log(label);
    continue;
  }
  const good = !c.failure && parts.every((p) => c[p] === undefined || url[p] === c[p])
    && (c.searchParams === undefined || String(url.searchParams) === c.searchParams);
  if (!good) console.log(label);
}
for (const [part, list] of Object.entries(setters)) {
  if (part === 'comment') continue;
  for (const c of list) {
    count++;
    const url = new URL(c.href);
    try { url[part] = c.new_value; } catch (e) { if (part !== 'href') throw e; }
    const good = Object.entries(c.expected).every(([p, v]) => url[p] === v);
    if (!good) console.log(JSON.stringify([c.href, part, c.new_value]).toWellFormed());
  }
}
if (count < 1000) console.log('only ' + count + ' cases');
"#;

/// Where the sources of the `url` crate are.
fn crate_folder() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let url = packages.iter().find(|package| package["name"] == "url").unwrap();
    PathBuf::from(url["manifest_path"].as_str().unwrap()).parent().unwrap().to_path_buf()
}

#[test]
fn urls_are_the_standards_but_for_known_cases() {
    let data = crate_folder().join("tests");
    let read = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
    let source = format!(
        "const cases = {};\nconst setters = {};{CHECK}",
        read("urltestdata.json"),
        read("setters_tests.json")
    );
    let printed = engine::run(&[Script { name: "whatwg".to_owned(), source }], "").remove(0);
    let failing: BTreeSet<&str> = printed.lines().collect();
    let known = include_str!("../../scripts/whatwg-url-failures.txt");
    let known: BTreeSet<&str> =
        known.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let new: Vec<_> = failing.difference(&known).collect();
    let gone: Vec<_> = known.difference(&failing).collect();
    assert!(new.is_empty() && gone.is_empty(), "failing: {new:#?}\nno longer failing: {gone:#?}");
}
