//! Processes that are held, killed, lost and let go, and what becomes of the runs in them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use stk_runtime::RunFault;
use tokio::sync::Notify;

use super::support::*;
use crate::engines::js::{IsolateCommand, JsEngine, JsSettings};

const LIMIT: Duration = Duration::from_secs(20);

fn pids(engine: &JsEngine) -> Vec<Pid> {
    engine.shared.list().iter().filter_map(|process| process.pid()).collect()
}

/// Operations whose `invoke` tells `reached` and goes on when `go_on` says so.
fn gated() -> (Arc<TestOperations>, Arc<Notify>, Arc<Notify>) {
    let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let gates = (reached.clone(), go_on.clone());
    let operations = TestOperations::new(move |_, _| {
        let (reached, go_on) = gates.clone();
        async move {
            reached.notify_one();
            go_on.notified().await;
            Ok(Bytes::from_static(b"1"))
        }
        .boxed()
    });
    (operations, reached, go_on)
}

#[tokio::test]
async fn a_killed_process_loses_no_run_without_effect() {
    let engine = engine();
    let release = handler("return await context.invoke('b')");
    let (operations, reached, go_on) = gated();
    let task = tokio::spawn({
        let (engine, release, operations) = (engine.clone(), release.clone(), operations.clone());
        async move { run_with(&engine, &release, LIMIT, &operations).await }
    });
    reached.notified().await;
    pids(&engine).into_iter().for_each(|pid| kill_process(pid, Signal::KILL).unwrap());
    // Started again, in another process.
    reached.notified().await;
    go_on.notify_waiters();
    assert_eq!(task.await.unwrap(), json("1"));
    assert_eq!(operations.performed.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_run_that_had_an_effect_is_not_run_again() {
    let engine = engine();
    let release = handler("return await context.invoke('b')");
    let (operations, reached, _) = gated();
    operations.effect.store(true, Ordering::Relaxed);
    let task = tokio::spawn({
        let (engine, release, operations) = (engine.clone(), release.clone(), operations.clone());
        async move { run_with(&engine, &release, LIMIT, &operations).await }
    });
    reached.notified().await;
    pids(&engine).into_iter().for_each(|pid| kill_process(pid, Signal::KILL).unwrap());
    assert!(matches!(task.await.unwrap(), Err(RunFault::Unavailable(_))));
    assert_eq!(operations.performed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn calls_go_on_while_scripts_hold_processes() {
    let engine = engine();
    let (good, bad) = (handler("return await context.invoke('b')"), handler("for (;;) {}"));
    run(&engine, &good, LIMIT).await.unwrap();
    let limit = Duration::from_secs(4);
    let attack = tokio::spawn({
        let (engine, bad) = (engine.clone(), bad.clone());
        async move { futures_util::future::join_all((0..2).map(|_| run(&engine, &bad, limit))).await }
    });
    let mut slowest = Duration::ZERO;
    while !attack.is_finished() {
        let started = Instant::now();
        assert!(run(&engine, &good, LIMIT).await.is_ok());
        slowest = slowest.max(started.elapsed());
    }
    assert!(attack.await.unwrap().iter().all(|result| *result == Err(RunFault::Timeout)));
    assert!(slowest < Duration::from_secs(3), "no call waited for the end of the attack: {slowest:?}");
}

#[tokio::test]
async fn a_process_that_a_script_holds_leaves_the_processors_to_others() {
    let engine = engine();
    let bad = handler("for (;;) {}");
    let attack = tokio::spawn({
        let engine = engine.clone();
        async move { run(&engine, &bad, LIMIT).await }
    });
    let is_low = |pid: &Pid| rustix::process::getpriority_process(Some(*pid)) == Ok(10);
    while !pids(&engine).iter().any(is_low) {
        assert!(!attack.is_finished(), "the script ran to its end at full priority");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    attack.abort();
}

#[tokio::test]
async fn engines_share_no_process() {
    let (one, two) = (engine(), engine());
    let pollute = handler("Object.prototype.admin = true; globalThis.left = 1");
    let look = handler("return [{}.admin ?? null, globalThis.left ?? null]");
    run(&one, &pollute, LIMIT).await.unwrap();
    assert_eq!(run(&two, &look, LIMIT).await, json("[null,null]"));
    let shared = pids(&one).into_iter().filter(|pid| pids(&two).contains(pid)).count();
    assert_eq!(shared, 0);
}

#[tokio::test]
async fn a_builtin_that_does_not_end_costs_no_other_run() {
    let engine = engine();
    let (good, bad) =
        (handler("return await context.invoke('b')"), handler("return (new Array(2e8) + '').length"));
    engine.prepare(&good).await;
    let (operations, reached, go_on) = gated();
    let waiting = tokio::spawn({
        let (engine, good, operations) = (engine.clone(), good.clone(), operations.clone());
        async move { run_with(&engine, &good, LIMIT, &operations).await }
    });
    reached.notified().await;
    let lateness = Lateness::watch();
    let limit = Duration::from_millis(300);
    assert_eq!(run(&engine, &bad, limit).await, Err(RunFault::Timeout));
    lateness.check(limit, "a builtin");
    go_on.notify_waiters();
    go_on.notify_one();
    assert_eq!(waiting.await.unwrap(), Ok(Bytes::from_static(b"1")));
}

#[tokio::test]
async fn a_process_that_breaks_is_replaced_and_its_run_told() {
    let engine = engine();
    let good = handler("return 1");
    run(&engine, &good, LIMIT).await.unwrap();
    let bad = handler("for (;;) {}");
    let attack = tokio::spawn({
        let (engine, bad) = (engine.clone(), bad.clone());
        async move { run(&engine, &bad, LIMIT).await }
    });
    while engine.shared.list().iter().all(|process| process.executing().is_none()) {
        tokio::task::yield_now().await;
    }
    // As if the script had made it crash.
    pids(&engine).into_iter().for_each(|pid| kill_process(pid, Signal::SEGV).unwrap());
    assert!(matches!(attack.await.unwrap(), Err(RunFault::Unavailable(_))));
    assert_eq!(run(&engine, &good, LIMIT).await, json("1"));
}

#[tokio::test]
async fn a_caller_that_leaves_ends_its_run() {
    let engine = engine();
    let (operations, reached, _go_on) = gated();
    let release = handler("return await context.invoke('b')");
    let task = tokio::spawn({
        let (engine, release, operations) = (engine.clone(), release.clone(), operations.clone());
        async move { run_with(&engine, &release, LIMIT, &operations).await }
    });
    reached.notified().await;
    task.abort();
    let _ = task.await;
    while engine.shared.list().iter().any(|process| process.link.runs_count() > 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(Arc::strong_count(&operations), 1, "the operations are dropped");
}

#[tokio::test]
async fn a_builtin_that_nobody_waits_for_is_ended_as_well() {
    let engine = engine();
    let bad = handler("return (new Array(2e8) + '').length");
    engine.prepare(&bad).await;
    let before = pids(&engine);
    let attack = tokio::spawn({
        let engine = engine.clone();
        async move { run(&engine, &bad, Duration::from_millis(300)).await }
    });
    while engine.shared.list().iter().all(|process| process.executing().is_none()) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    attack.abort();
    while pids(&engine) == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn processes_end_with_their_engine() {
    let engine = engine();
    run(&engine, &handler("return 1"), LIMIT).await.unwrap();
    let pids = pids(&engine);
    assert!(!pids.is_empty());
    drop(engine);
    let deadline = Instant::now() + Duration::from_secs(10);
    for pid in pids {
        while test_kill_process(pid).is_ok() {
            assert!(Instant::now() < deadline, "{pid:?} is still there");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn there_are_no_more_processes_than_allowed() {
    let engine = engine();
    let release = handler("return await context.invoke('b', { n: 1 })");
    for _ in 0..5 {
        let runs = (0..100).map(|_| run(&engine, &release, LIMIT));
        assert!(futures_util::future::join_all(runs).await.iter().all(Result::is_ok));
    }
    assert!((1..=2).contains(&pids(&engine).len()));
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_told() {
    let command = IsolateCommand::new(Some(&["/nonexistent/isolate".into()])).unwrap();
    let engine = JsEngine::new(command, JsSettings::new(1 << 20));
    let result = run(&engine, &handler("return 1"), LIMIT).await;
    assert!(matches!(result, Err(RunFault::Unavailable(reason)) if reason.contains("no isolate process")));
}

#[tokio::test]
async fn the_first_call_after_a_deploy_does_not_wait_long() {
    let engine = engine();
    let release = handler("return 1");
    let started = Instant::now();
    engine.prepare(&release).await;
    run(&engine, &release, LIMIT).await.unwrap();
    // 30 ms are measured in bench/, on a quiet machine and the optimised binary.
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
