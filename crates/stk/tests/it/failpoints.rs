//! A kill -9 at every step of an apply leaves the old or the new release serving after a restart.

use serde_json::{Value, json};

use crate::dev::{answer, small_project};
use crate::stk::{Dev, stk, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_leaves_the_old_or_the_new_release() {
    let mut visited = Vec::new();
    for failpoint in stk_hub::FAILPOINTS {
        let folder = small_project();
        let root = folder.path();
        let database = stk_testkit::Database::create().await;
        let dev = Dev::start_on(root, &database.url, &[]);
        let before = dev.ready["release"]["number"].as_u64().unwrap();
        assert_eq!(dev.stop(), Some(0));

        // The first deploy of the next start sends what changed meanwhile, and dies on its way.
        write(root, "logic/answer.sql", &answer(2));
        add_column(root);
        let mut command = Dev::command(root, &database.url);
        let status = command.env("STK_FAILPOINT", failpoint).status().unwrap();
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        assert_eq!(signal, Some(9), "the failpoint `{failpoint}` was never visited");
        visited.push(*failpoint);

        let served = served_without_a_deploy(root, &database.url).await;
        let (old, new) = ((before, json!(1)), (before + 1, json!(2)));
        assert!(served == old || served == new, "{failpoint}: {served:?} after release {before}");

        // And the next apply goes through.
        let dev = Dev::start_on(root, &database.url, &[]);
        assert_eq!(dev.call("answer", &json!({}), None).await.body, 2, "{failpoint}");
        assert_eq!(dev.stop(), Some(0));
    }
    assert_eq!(visited, stk_hub::FAILPOINTS);
}

/// A change of the schema, so that its steps are visited too.
fn add_column(root: &std::path::Path) {
    let schema = std::fs::read_to_string(root.join("schema/main.hcl")).unwrap();
    let id = "column \"id\" { type = int }";
    let more = format!("{id}\n  column \"more\" {{\n    type = text\n    null = true\n  }}");
    assert!(schema.contains(id));
    write(root, "schema/main.hcl", &schema.replace(id, &more));
}

/// Number and answer of a platform on the same data that deploys nothing.
async fn served_without_a_deploy(root: &std::path::Path, database_url: &str) -> (u64, Value) {
    let mut command = stk(root);
    command
        .args([
            "platform",
            "--json",
            "--data",
            ".stk/dev",
            "--listen",
            "127.0.0.1:0",
            "--hub-listen",
            "127.0.0.1:0",
        ])
        .env("STK_DATABASE_URL", database_url);
    let platform = Dev::spawn(root, command);
    let answer = platform.call_at("/p/small/dev/call", "answer", &json!({}), None).await;
    let number = answer.header("x-santokit-release").and_then(|number| number.parse().ok());
    let served = (number.unwrap_or_else(|| panic!("{answer:?}")), answer.body.clone());
    assert_eq!(platform.stop(), Some(0));
    served
}
