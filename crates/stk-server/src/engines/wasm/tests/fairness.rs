//! Runs beside each other: a busy one takes its time from its own kind only, and leaves nothing behind.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{Either, join_all, select};
use stk_runtime::RunFault;

use super::support::{Guest, TestOperations, command, echo};
use crate::engines::wasm::settings::RUNS_MAX;

const SPIN: &str = "(loop $again (br $again))";

#[tokio::test]
async fn other_runs_answer_while_one_is_busy() {
    let mut busy = Guest::command("", SPIN).await;
    busy.timeout = Duration::from_secs(2);
    let module = busy.engine.load(echo().into()).await.unwrap();
    let spinning = busy.run("{}");
    let answering = async {
        for _ in 0..50 {
            let answer = busy.engine.run(&module, busy.job("[1]"), busy.operations.clone()).await;
            assert_eq!(answer, Ok("[1]".into()));
        }
    };
    // On one thread: were the busy run polled there, nothing else would be before its deadline.
    match select(Box::pin(spinning), Box::pin(answering)).await {
        Either::Right(((), spinning)) => assert_eq!(spinning.await, Err(RunFault::Timeout)),
        Either::Left((result, _)) => panic!("the busy run ended first: {result:?}"),
    }
}

#[tokio::test]
async fn a_busy_run_goes_on_where_it_was_and_finishes() {
    let guest = Guest::command(
        r#"(data (i32.const 64) "db.query")"#,
        "(local $n i32)
         (loop $count
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $count (i32.lt_u (local.get $n) (i32.const 100000000))))
         (drop (call $call (i32.const 64) (i32.const 8) (i32.const 0) (i32.const 0)))
         (drop (call $read (i32.const 1024) (i32.const 64)))
         (call $print (i32.const 1024) (i32.const 4))",
    )
    .await;
    let home = tokio::runtime::Handle::current().id();
    let operations = TestOperations::new(move |_, _| {
        async move {
            let here = tokio::runtime::Handle::current().id() == home;
            Ok(Bytes::from(if here { "true" } else { "null" }))
        }
        .boxed()
    });
    let result = guest.with(operations).run("{}").await;
    assert_eq!(result, Ok("true".into()), "operations run where connections live");
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more_ends() {
    let guest = Guest::command("", SPIN).await;
    let dropped = tokio::time::timeout(Duration::from_millis(100), guest.run("{}")).await;
    assert!(dropped.is_err());
    // All places come back, that of the busy run at its next yield.
    let all = guest.engine.shared.places.acquire_many(RUNS_MAX);
    let all = tokio::time::timeout(Duration::from_secs(10), all).await;
    assert!(matches!(all, Ok(Ok(_))));
}

#[tokio::test]
async fn more_runs_than_places_take_turns() {
    let operations = TestOperations::new(|_, _| {
        async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(Bytes::from_static(b"1"))
        }
        .boxed()
    });
    let wasm = command(
        r#"(data (i32.const 64) "db.query")"#,
        "(drop (call $call (i32.const 64) (i32.const 8) (i32.const 0) (i32.const 0)))
         (drop (call $read (i32.const 1024) (i32.const 64)))
         (call $print (i32.const 1024) (i32.const 1))",
    );
    let guest = Guest::load(&wasm).await.with(operations);
    let runs = join_all((0..RUNS_MAX * 2).map(|_| guest.run("{}"))).await;
    assert!(runs.into_iter().all(|result| result == Ok("1".into())));
}

#[tokio::test]
async fn a_run_that_finds_no_place_in_time_is_told_so() {
    let mut guest = Guest::load(&echo()).await;
    guest.timeout = Duration::from_millis(50);
    let all = guest.engine.shared.places.clone().acquire_many_owned(RUNS_MAX).await.unwrap();
    assert_eq!(
        guest.run("{}").await,
        Err(RunFault::Unavailable("no WASM instance came free in time".to_owned()))
    );
    drop(all);
}
