//! Killed at any point, an apply of the same plan goes on; the ledger always says what stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stk_schema::{
    Apply, ApplyError, ApplyOptions, ApplyState, Event, Plan, StepState, apply, fingerprint, history,
    unfinished,
};
use stk_testkit::Database;
use tokio::sync::Notify;
use tokio_postgres::Client;

use crate::apply_steps::{ITEMS, assert_twelve_done, backfill, build, plan_of, step, twelve};

/// Runs the plan until `moment` says so, and then ends its server process as a crash would.
async fn run_until(database: &Database, plan: &Plan, moment: impl Fn(&Event) -> bool + Sync) {
    let mut client = database.connect().await;
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let (reached, has_come) = (Notify::new(), Arc::new(AtomicBool::new(false)));
    let mut observer = |event: Event| {
        if moment(&event) && !has_come.swap(true, Ordering::SeqCst) {
            reached.notify_one();
        }
    };
    let monitor = database.connect().await;
    let options = ApplyOptions::default();
    let run = Apply::new(plan, &options).operator("ann").observer(&mut observer).monitor(&monitor);
    tokio::select! {
        biased;
        () = reached.notified() => {}
        result = run.run(&mut client) => assert!(has_come.load(Ordering::SeqCst), "not reached: {result:?}"),
    }
    end(&monitor, pid).await;
}

/// Ends a server process, and waits until it is gone.
async fn end(admin: &Client, pid: i32) {
    admin.execute("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
    let there = "SELECT FROM pg_stat_activity WHERE pid = $1";
    while admin.query_opt(there, &[&pid]).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

/// That the ledger's last entry is done, with every step.
async fn assert_ledger_done(client: &Client, steps: usize) {
    let entry = history(client, 1).await.unwrap().remove(0);
    assert_eq!(entry.state, ApplyState::Done, "{entry:?}");
    assert_eq!(entry.steps.len(), steps);
    assert!(entry.steps.iter().all(|step| step.state == StepState::Done), "{entry:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_ended_at_any_step_of_twelve_leaves_a_plan_that_goes_on() {
    let whole = {
        let database = Database::with(ITEMS).await;
        let mut client = database.connect().await;
        let plan = plan_of(&mut client, twelve()).await;
        apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap();
        assert_twelve_done(&database).await;
        fingerprint(&mut client, &plan.schemas).await.unwrap()
    };
    for index in 0..12 {
        for is_before in [true, false] {
            let database = Database::with(ITEMS).await;
            let mut client = database.connect().await;
            let plan = plan_of(&mut client, twelve()).await;
            run_until(&database, &plan, |event| match event {
                Event::Started { step } => is_before && *step == index,
                Event::Ran { step } => !is_before && *step == index,
                _ => false,
            })
            .await;
            let found = unfinished(&mut client).await.unwrap().expect("the ledger knows of it");
            assert!(found.can_resume, "step {index}, before: {is_before}: {found:?}");
            assert_eq!((found.plan.id(), found.operator.as_str()), (plan.id(), "ann"));
            assert!(found.done <= index + 1, "{found:?}");
            let applied = apply(&mut client, &plan, &ApplyOptions::default())
                .await
                .unwrap_or_else(|error| panic!("step {index}, before: {is_before}: {error}"));
            assert_eq!((applied.steps, applied.resumed), (12, found.done));
            assert_eq!(applied.fingerprint, whole, "step {index}, before: {is_before}");
            assert_twelve_done(&database).await;
            assert_ledger_done(&client, 12).await;
            assert_eq!(unfinished(&mut client).await.unwrap(), None);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backfill_goes_on_behind_its_last_batch() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let fill = backfill("items", "price = t.price + 1", 100);
    let plan = plan_of(&mut client, vec![fill]).await;
    run_until(&database, &plan, |event| matches!(event, Event::Advanced { done, .. } if *done >= 300)).await;
    let entry = history(&client, 1).await.unwrap().remove(0);
    let rows = entry.steps[0].rows;
    assert!((300..1000).contains(&rows) && entry.steps[0].state == StepState::Running, "{entry:?}");
    apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap();
    let raised = "SELECT count(*) FROM items WHERE price = id % 700 + 1";
    let raised: i64 = client.query_one(raised, &[]).await.unwrap().get(0);
    assert_eq!(raised, 1000, "each row was written once");
    assert_eq!(history(&client, 1).await.unwrap()[0].steps[0].rows, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_built_index_is_found_and_built_anew() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let plan = plan_of(&mut client, vec![step("CREATE TABLE a ()"), build("items", "items_price", "")]).await;
    let mut other = database.connect().await;
    let old = other.transaction().await.unwrap();
    old.execute("UPDATE items SET price = 1 WHERE id = 1", &[]).await.unwrap();
    // The build waits for the old transaction, and Postgres says so.
    run_until(
        &database,
        &plan,
        |event| matches!(event, Event::Advanced { phase, .. } if phase.starts_with("waiting")),
    )
    .await;
    old.rollback().await.unwrap();
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(client.query_one(invalid, &[]).await.unwrap().get::<_, i64>(0), 1, "the leftover is there");
    let found = unfinished(&mut client).await.unwrap().unwrap();
    assert_eq!((found.done, found.can_resume), (1, true));
    let applied = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap();
    assert_eq!(applied.resumed, 1);
    assert_eq!(client.query_one(invalid, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_ledger_done(&client, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_cancels_the_statement_under_way_and_keeps_what_is_committed() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let slow = crate::apply_steps::outside(step("SELECT pg_sleep(600)"));
    let plan = plan_of(&mut client, vec![step("CREATE TABLE a ()"), slow, step("CREATE TABLE b ()")]).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let monitor = database.connect().await;
    let mut observer = move |event: Event| {
        if event == (Event::Started { step: 1 }) {
            stop.send(true).unwrap();
        }
    };
    let options = ApplyOptions::default();
    let run = Apply::new(&plan, &options).monitor(&monitor).observer(&mut observer).stop(stopped);
    let error = run.run(&mut client).await.unwrap_err();
    assert!(matches!(error, ApplyError::Stopped { committed: 1 }), "{error}");
    let entry = history(&client, 1).await.unwrap().remove(0);
    assert_eq!(entry.state, ApplyState::Stopped);
    assert!(entry.message.unwrap().starts_with("the apply was stopped"));
    let found = unfinished(&mut client).await.unwrap().unwrap();
    assert_eq!((found.done, found.can_resume), (1, true));
}

#[tokio::test]
async fn another_plan_takes_the_place_of_an_unfinished_one() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let plan =
        plan_of(&mut client, vec![step("CREATE TABLE a ()"), crate::apply_steps::outside(step("x"))]).await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, ApplyError::Step { number: 2, committed: 1, .. }), "{error}");
    let other = plan_of(&mut client, vec![step("CREATE TABLE b ()")]).await;
    apply(&mut client, &other, &ApplyOptions::default()).await.unwrap();
    let states: Vec<ApplyState> =
        history(&client, 9).await.unwrap().into_iter().map(|entry| entry.state).collect();
    assert_eq!(states, [ApplyState::Done, ApplyState::Superseded]);
}
