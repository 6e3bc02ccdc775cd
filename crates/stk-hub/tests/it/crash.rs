//! A Hub that is killed at each step of an apply, in a process of its own.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use serde_json::json;
use stk_contract::{Attestation, Release};
use stk_hub::{FAILPOINTS, Hub};
use stk_kv::EmbeddedKv;
use stk_testkit::Database;

use crate::support::{Files, TestHub, config, project, wire};

const STORE: &str = "STK_TEST_CRASH_STORE";
const KV: &str = "STK_TEST_CRASH_KV";
const TOKEN: &str = "STK_TEST_CRASH_TOKEN";

/// A change of the schema and of the logic.
fn next() -> Files {
    let mut files = project();
    let schema = files["schema/main.hcl"].replace(
        "  primary_key {",
        "  column \"email\" {\n    type = text\n    null = true\n  }\n  primary_key {",
    );
    files.insert("schema/main.hcl".to_owned(), schema);
    files.insert("logic/emails.sql".to_owned(), "SELECT email FROM users".to_owned());
    files
}

/// The process that is killed; where nobody asks for it, nothing.
#[tokio::test]
async fn child() {
    let Ok(url) = std::env::var(STORE) else { return };
    let kv = EmbeddedKv::open(std::env::var_os(KV).unwrap().as_ref()).unwrap();
    let hub = Hub::start(config(&Database { url, name: String::new() }), Arc::new(kv)).await.unwrap();
    let url = format!("http://{}/api/v1/projects/shop/environments/prod/apply", hub.local_addr());
    let body = json!({ "scope": "deploy", "files": wire(&next()) });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().post(url).bearer_auth(std::env::var(TOKEN).unwrap()).json(&body);
    let answer = request.send().await.unwrap();
    panic!("the failpoint was not visited: {}", answer.text().await.unwrap());
}

#[tokio::test]
async fn rel_01_killed_at_any_step_the_old_or_the_new_release_serves_whole() {
    let mut news = Vec::new();
    for failpoint in FAILPOINTS {
        let (hub, _database) = TestHub::deployed().await;
        let old = hub.pointer().await;
        let stopped = hub.stop().await;
        let output = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture"])
            .env(STORE, &stopped.store.url)
            .env(KV, stopped.kv_path())
            .env(TOKEN, &stopped.token)
            .env("STK_FAILPOINT", failpoint)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.signal(), Some(9), "{failpoint} kills the process: {said}");

        let hub = stopped.start().await;
        let pointer = hub.pointer().await;
        assert!([1, 2].contains(&pointer.number), "{failpoint}");
        let release: Release = hub.blob(&pointer.release).await;
        let attestation: Attestation = hub.blob(&pointer.attestation).await;
        assert_eq!(attestation.number, pointer.number, "{failpoint}");
        assert_eq!(attestation.release, pointer.release.hash, "{failpoint}");
        assert_eq!(release.manifest.logic.contains_key("emails"), pointer.number == 2, "{failpoint}");
        if pointer.number == 1 {
            assert_eq!(pointer.release, old.release, "{failpoint}");
        }
        news.push((*failpoint, pointer.number));
        let answer = hub
            .prod(Method::POST, "/apply", Some(json!({ "scope": "deploy", "files": wire(&next()) })))
            .await;
        let answer = answer.expect(StatusCode::OK);
        assert_eq!(
            (answer["number"].as_u64(), answer["changed"] == true),
            (Some(2), pointer.number == 1),
            "{failpoint}"
        );
        hub.hub.shutdown().await;
    }
    let switched = FAILPOINTS.iter().position(|failpoint| *failpoint == "switched").unwrap();
    for (index, (failpoint, number)) in news.into_iter().enumerate() {
        assert_eq!(number, if index < switched { 1 } else { 2 }, "{failpoint}");
    }
}
