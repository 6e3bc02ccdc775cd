//! `examples/wasm-*`, deployed and called as their calls.json say.

use serde_json::Value;

use crate::shop::{answer, check};
use crate::stk::{Dev, copy_of, repository};

async fn deploys_and_answers(language: &str) {
    let folder = copy_of(&repository().join(format!("examples/wasm-{language}")));
    let dev = Dev::start(folder.path()).await;
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);
    let calls = std::fs::read_to_string(folder.path().join("calls.json")).unwrap();
    let calls: Vec<Value> = serde_json::from_str(&calls).unwrap();
    let mut wrong = Vec::new();
    for call in &calls {
        let answer = answer(&dev, call).await;
        if let Err(why) = check(&answer, &call["expect"]) {
            wrong.push(format!("{}: {why}\n  {answer:?}", call["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} calls:\n{}", wrong.len(), calls.len(), wrong.join("\n"));
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_in_assemblyscript_deploys_and_answers() {
    deploys_and_answers("assemblyscript").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_in_c_deploys_and_answers() {
    deploys_and_answers("c").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_in_rust_deploys_and_answers() {
    deploys_and_answers("rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_in_zig_deploys_and_answers() {
    deploys_and_answers("zig").await;
}
