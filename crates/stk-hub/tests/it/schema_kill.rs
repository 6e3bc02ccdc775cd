//! A Hub that is killed before and after each step of a plan: applying again makes it whole.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use stk_hub::Hub;
use stk_kv::EmbeddedKv;
use stk_schema::{ApplyState, StepState, history};
use stk_testkit::Database;

use crate::schema_plans::with_schema;
use crate::support::{Files, TestHub, config, wire};

const STORE: &str = "STK_TEST_SCHEMA_STORE";
const KV: &str = "STK_TEST_SCHEMA_KV";
const TOKEN: &str = "STK_TEST_SCHEMA_TOKEN";

/// A table, two indexes, a check, a foreign key, a wider column: twelve steps or more.
fn next() -> Files {
    with_schema(|schema| {
        let columns = "  column \"shop\" {\n    type = bigint\n    null = true\n  }\n  \
                       index \"by_name\" {\n    columns = [column.name]\n  }\n  \
                       index \"by_nick\" {\n    unique  = true\n    columns = [column.nick]\n  }\n  \
                       check \"positive\" {\n    expr = \"balance >= 0\"\n  }\n  \
                       foreign_key \"in_shop\" {\n    columns     = [column.shop]\n    ref_columns = [table.shops.column.id]\n  }\n  \
                       primary_key {";
        let shops = "\ntable \"shops\" {\n  schema = schema.public\n  column \"id\" {\n    type = bigint\n  }\n  \
                     primary_key {\n    columns = [column.id]\n  }\n}\n";
        let changed = schema.replacen("  primary_key {", columns, 1).replace(
            "column \"nick\" {\n    type = text\n    null = true",
            "column \"nick\" {\n    type = text\n    null = false",
        );
        format!("{changed}{shops}")
    })
}

/// The process that is killed; where nobody asks for it, nothing.
#[tokio::test]
async fn child() {
    let Ok(url) = std::env::var(STORE) else { return };
    let kv = EmbeddedKv::open(std::env::var_os(KV).unwrap().as_ref()).unwrap();
    let hub = Hub::start(config(&Database { url, name: String::new() }), Arc::new(kv)).await.unwrap();
    let url = format!("http://{}/api/v1/projects/shop/environments/prod/apply", hub.local_addr());
    let body = json!({ "scope": "schema", "files": wire(&next()), "allow": ["STK-L*", "STK-B*"] });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().post(url).bearer_auth(std::env::var(TOKEN).unwrap()).json(&body);
    let answer = request.send().await.unwrap();
    panic!("the failpoint was not visited: {}", answer.text().await.unwrap());
}

#[tokio::test]
async fn killed_at_any_step_of_a_plan_the_next_apply_makes_it_whole() {
    let steps = {
        let (hub, database) = TestHub::deployed().await;
        database.execute("INSERT INTO users (name, nick) SELECT n, n FROM generate_series(1, 500) n").await;
        let plan = hub.plan(&next()).await;
        plan["databases"][0]["steps"].as_array().unwrap().len()
    };
    assert!(steps >= 10, "{steps} steps");
    for number in 1..=steps {
        // Before the first and after the others: each boundary between two steps is met.
        let failpoint = format!("schema_step:{number}:{}", if number == 1 { "before" } else { "after" });
        let (hub, database) = TestHub::deployed().await;
        database.execute("INSERT INTO users (name, nick) SELECT n, n FROM generate_series(1, 500) n").await;
        let stopped = hub.stop().await;
        let output = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "schema_kill::child", "--nocapture"])
            .env(STORE, &stopped.store.url)
            .env(KV, stopped.kv_path())
            .env(TOKEN, &stopped.token)
            .env("STK_FAILPOINT", &failpoint)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.signal(), Some(9), "{failpoint} kills the process: {said}");

        let hub = stopped.start().await;
        let body = json!({ "scope": "schema", "files": wire(&next()), "allow": ["STK-L*", "STK-B*"] });
        // The server may take a moment to notice that the killed one is gone; the Hub waits for its lock.
        let answer = hub.prod(Method::POST, "/apply", Some(body)).await;
        let answer = answer.expect(reqwest::StatusCode::OK);
        assert_eq!(answer["number"], 2, "{failpoint}: {answer:#}");
        let client = database.connect().await;
        let entry = history(&client, 1).await.unwrap().remove(0);
        assert_eq!(entry.state, ApplyState::Done, "{failpoint}");
        assert!(entry.steps.iter().all(|step| step.state == StepState::Done), "{failpoint}: {entry:?}");
        let plan = hub.plan(&next()).await;
        assert_eq!(plan["databases"], json!([]), "{failpoint}: nothing is left to do");
        let leftovers = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(client.query_one(leftovers, &[]).await.unwrap().get::<_, i64>(0), 0, "{failpoint}");
        hub.hub.shutdown().await;
    }
}
