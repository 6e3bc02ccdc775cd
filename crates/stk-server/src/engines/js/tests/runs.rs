//! What a run is given, and what it gives.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use stk_runtime::RunFault;

use super::support::*;

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_run_gives_what_its_handler_returns() {
    let engine = engine();
    let release = handler(
        "return [params.id, context.request.path, context.getSecret('KEY'), await context.invoke('b', { c: 1 })]",
    );
    let expected = r#"[7,"a","s3cret",{"path":"b","params":{"c":1}}]"#;
    assert_eq!(run(&engine, &release, LIMIT).await, json(expected));
}

#[tokio::test]
async fn faults_of_operations_and_of_handlers_keep_status_and_code() {
    let engine = engine();
    let refused = |status, code: &str, message: &str| {
        Err(RunFault::Refused { status, code: code.to_owned(), message: message.to_owned() })
    };
    let release = handler("await context.storage.head('b', 'k')");
    assert_eq!(run(&engine, &release, LIMIT).await, refused(404, "not_found", "no `storage.head` here"));
    let release = handler("throw new StkError(402, 'pay_first', 'Pay first.')");
    assert_eq!(run(&engine, &release, LIMIT).await, refused(402, "pay_first", "Pay first."));
}

#[tokio::test]
async fn a_stack_names_the_users_lines() {
    let engine = engine();
    let mut modules = std::collections::BTreeMap::new();
    let source = "export default () => { throw new Error('oh') }".to_owned();
    let source_map = r#"{"version":3,"mappings":"AAoBC"}"#.to_owned();
    modules
        .insert("logic/a.js".to_owned(), stk_contract::Module { source, source_map, ..Default::default() });
    let release = Arc::new(crate::engines::js::LoadedModules::new(&modules));
    let text = failure(run(&engine, &release, LIMIT).await);
    assert!(text.starts_with("Error: oh\n") && text.contains("logic/a.js:21:2"), "{text}");
    assert!(!text.contains("santokit:"), "{text}");
}

#[tokio::test]
async fn log_lines_reach_the_operations() {
    let engine = engine();
    let operations = TestOperations::plain();
    let release = handler("context.log('one', { a: 1 }); context.log.error('two')");
    assert_eq!(run_with(&engine, &release, LIMIT, &operations).await, json("null"));
    assert_eq!(*operations.log.lock().unwrap(), ["Info one {\"a\":1}", "Error two"]);
}

#[tokio::test]
async fn results_of_all_sizes_come_whole() {
    let engine = engine();
    let release = handler("return 'x'.repeat(1e6)");
    assert_eq!(run(&engine, &release, LIMIT).await.unwrap().len(), 1_000_002);
    let release = handler("return 'x'.repeat(2e6)");
    let too_large = RunFault::ResultTooLarge { bytes_max: 1 << 20 };
    assert_eq!(run(&engine, &release, LIMIT).await, Err(too_large));
    // Larger than what the socket holds, both ways at once.
    let release = handler("return (await context.invoke('b', { text: 'y'.repeat(4e6) })).params.text.length");
    let runs = (0..8).map(|_| run(&engine, &release, LIMIT));
    for result in futures_util::future::join_all(runs).await {
        assert_eq!(result, json("4000000"));
    }
}

#[tokio::test]
async fn releases_stand_beside_each_other() {
    let engine = engine();
    let old = release(
        "let n = 0; export default async (params, { invoke }) => { await invoke('b'); return 'old' + ++n }",
    );
    let new = release("export default () => 'new'");
    let (first, second, third) =
        tokio::join!(run(&engine, &old, LIMIT), run(&engine, &new, LIMIT), run(&engine, &old, LIMIT));
    assert_eq!([first, second, third], [json("\"old1\""), json("\"new\""), json("\"old1\"")]);
    drop(old);
    assert_eq!(run(&engine, &new, LIMIT).await, json("\"new\""));
}

#[tokio::test]
async fn only_reuse_keeps_what_a_module_remembers() {
    let engine = engine();
    let release = release("let n = 0; export default () => ++n");
    let reused = || engine.run(&release, "logic/a.js", true, job(LIMIT), TestOperations::plain());
    assert_eq!(run(&engine, &release, LIMIT).await, json("1"));
    assert_eq!(reused().await, json("1"));
    assert_eq!(run(&engine, &release, LIMIT).await, json("1"));
    assert_eq!(reused().await, json("2"));
}

#[tokio::test]
async fn many_runs_at_once_each_get_their_own_answers() {
    let engine = engine();
    let release =
        handler("return (await context.invoke('b', { id: params.id, n: Math.random() })).params.id");
    let operations = TestOperations::plain();
    let runs = (0..200).map(|_| run_with(&engine, &release, LIMIT, &operations));
    for result in futures_util::future::join_all(runs).await {
        assert_eq!(result, json("7"));
    }
    assert_eq!(operations.performed.load(Ordering::Relaxed), 200);
}
