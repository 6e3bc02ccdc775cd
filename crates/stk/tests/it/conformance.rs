//! The cases of `conformance/` through both hosts: a real Server, and the wasm32 build of the runtime driven by Node.
//!
//! What a case is stands in `conformance/README.md`. Each host gets a platform, projects and databases of its own, so
//! that neither sees what the other wrote.

mod case;
mod node;
mod package;
pub mod platform;
mod server;
mod token;

use crate::stk::repository;
use platform::Platform;

/// How many cases the project owes at least; fewer means that they were not found.
const CASES_MIN: usize = 60;

/// The projects, by the names of their folders.
fn projects() -> Vec<String> {
    let folder = repository().join("conformance/projects");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().expect("a name in UTF-8")).collect();
    names.sort();
    names
}

/// Whether a project's cases need an engine that the runtime itself does not bring.
fn needs_engines(name: &str) -> bool {
    repository().join("conformance/projects").join(name).join("engines.json").is_file()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_answers_every_case() {
    let platform = Platform::start().await;
    let (mut ran, mut failures) = (0, Vec::new());
    for name in projects() {
        let project = platform.deploy(&name).await;
        failures.extend(server::run(&platform, &project).await);
        ran += project.cases.len();
    }
    assert_eq!(platform.stop(), Some(0));
    assert!(ran >= CASES_MIN, "only {ran} cases were found");
    assert!(failures.is_empty(), "{} of {ran} cases differ:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wasm_build_in_node_answers_every_case() {
    node::require_module();
    let platform = Platform::start().await;
    let mut deployed = Vec::new();
    // The host in Node runs SQL; it has none of the Server's engines.
    for name in projects().into_iter().filter(|name| !needs_engines(name)) {
        deployed.push(platform.deploy(&name).await);
    }
    // The KV has one process at a time.
    let folder = platform.stop_and_keep_data();
    let kv = package::open_kv(folder.path());
    let mut failures = Vec::new();
    for project in &deployed {
        let package = package::read(&kv, project).await;
        failures.extend(node::run(project, &package));
    }
    let ran: usize = deployed.iter().map(|project| project.cases.len()).sum();
    assert!(ran >= CASES_MIN, "only {ran} cases were found");
    assert!(failures.is_empty(), "cases differ:\n{}", failures.join("\n"));
}
