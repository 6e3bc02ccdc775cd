//! Two applies, busy tables, roles without rights, connections that go.

use std::time::Duration;

use stk_schema::{Apply, ApplyError, ApplyOptions, Event, LockLevel, apply, fingerprint, history};
use stk_testkit::Database;
use tokio_postgres::Client;

use crate::apply_steps::{ITEMS, on, outside, plan_of, step};

/// Waits until a query gives a row.
async fn until(client: &Client, query: &str) {
    while client.query_opt(query, &[]).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

const ADVISORY: &str = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_learns_who_holds_the_lock_or_waits_for_it() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let busy = outside(step("SELECT pg_advisory_xact_lock(4711)"));
    let plan = plan_of(&mut client, vec![busy, step("CREATE TABLE a ()")]).await;
    let gate = database.connect().await;
    gate.execute("SELECT pg_advisory_lock(4711)", &[]).await.unwrap();
    let mut first = database.connect().await;
    let pid: i32 = first.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let running = tokio::spawn({
        let plan = plan.clone();
        async move {
            let options = ApplyOptions { patience: Duration::from_secs(60), ..ApplyOptions::default() };
            Apply::new(&plan, &options).operator("ann").run(&mut first).await
        }
    });
    until(&client, "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    let ApplyError::Busy(Some(holder)) = &error else { panic!("{error}") };
    assert_eq!((holder.pid, holder.application_name.as_str()), (pid, "stk schema apply (ann)"));
    assert_eq!(holder.operator.as_deref(), Some("ann"));
    assert!(holder.since.as_ref().is_some_and(|since| since.ends_with('Z')), "{holder:?}");
    assert!(error.to_string().contains("of `ann` since 20"), "{error}");

    // One that waits gets its turn, and finds the database changed: by the plan that it holds itself.
    let options = ApplyOptions { queue_max: Duration::from_secs(60), ..ApplyOptions::default() };
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut observer = move |event: Event| {
        if let Event::Queued { holder } = event {
            tell.send(holder).unwrap();
        }
    };
    let second = Apply::new(&plan, &options).observer(&mut observer);
    let unlock = async {
        assert_eq!(told.recv().await.unwrap().unwrap().pid, pid, "it is told whom it waits for");
        gate.execute("SELECT pg_advisory_unlock(4711)", &[]).await.unwrap();
    };
    let (second, ()) = tokio::join!(second.run(&mut client), unlock);
    running.await.unwrap().unwrap();
    assert!(matches!(second, Err(ApplyError::Drift { .. })), "{second:?}");
    assert_eq!(history(&client, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_let_go_is_had_at_a_later_attempt() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let alter = on("items", LockLevel::AccessExclusive, "ALTER TABLE public.items ADD COLUMN n int");
    let plan = plan_of(&mut client, vec![alter]).await;
    let mut reader = database.connect().await;
    let holding = reader.transaction().await.unwrap();
    holding.execute("SELECT * FROM items", &[]).await.unwrap();
    let once =
        ApplyOptions { lock_timeout: Duration::from_millis(20), attempts_max: 1, ..ApplyOptions::default() };
    let error = apply(&mut client, &plan, &once).await.unwrap_err().to_string();
    assert!(error.contains("lock timeout") && error.contains("in the way: process"), "{error}");
    assert!(error.ends_with("nothing was changed"), "{error}");
    let options = ApplyOptions {
        lock_timeout: Duration::from_millis(20),
        pause: Duration::from_millis(1),
        ..ApplyOptions::default()
    };
    let (waiting, mut waited) = tokio::sync::mpsc::unbounded_channel();
    let mut observer = move |event: Event| {
        if let Event::Waiting { attempt, blockers, .. } = event {
            waiting.send((attempt, blockers)).unwrap();
        }
    };
    let run = Apply::new(&plan, &options).observer(&mut observer);
    let let_go = async {
        let (attempt, blockers) = waited.recv().await.unwrap();
        assert_eq!((attempt, blockers.len()), (1, 1));
        assert_eq!(blockers[0].state.as_deref(), Some("idle in transaction"));
        holding.rollback().await.unwrap();
    };
    let (applied, ()) = tokio::join!(run.run(&mut client), let_go);
    applied.unwrap();
    let entry = history(&client, 1).await.unwrap().remove(0);
    assert!(entry.steps[0].attempts >= 2, "{entry:?}");
}

#[tokio::test]
async fn a_role_without_rights_is_told_so_and_nothing_is_changed() {
    let database = Database::with(&format!(
        "{ITEMS} CREATE ROLE apply_reader LOGIN; GRANT SELECT ON items TO apply_reader"
    ))
    .await;
    let mut owner = database.connect().await;
    let plan = plan_of(&mut owner, vec![step("ALTER TABLE public.items ADD n int")]).await;
    let mut client = database.connect().await;
    client.batch_execute("SET ROLE apply_reader").await.unwrap();
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, ApplyError::Database(_)), "{error}");
    assert!(
        error.to_string().contains("make the ledger (the schema `stk_schema`): permission denied"),
        "{error}"
    );
    // With a ledger that it may write, it still may not change the table.
    database
        .execute(
            "GRANT CREATE ON DATABASE template1 TO apply_reader; GRANT ALL ON SCHEMA public TO apply_reader",
        )
        .await;
    let grant = format!("GRANT CREATE ON DATABASE {} TO apply_reader", database.name);
    database.execute(&grant).await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err().to_string();
    assert!(error.contains("must be owner of table items"), "{error}");
    assert!(error.ends_with("nothing was changed"), "{error}");
    assert_eq!(fingerprint(&mut owner, &plan.schemas).await.unwrap(), plan.fingerprint);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_half_way_names_the_step_and_frees_the_lock() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let slow = outside(step("SELECT pg_sleep(600)"));
    let plan = plan_of(&mut client, vec![step("CREATE TABLE a ()"), slow]).await;
    let admin = database.connect().await;
    let cut = async {
        until(
            &admin,
            "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'",
        )
        .await;
        admin.execute("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
    };
    let options = ApplyOptions::default();
    let (result, ()) = tokio::join!(apply(&mut client, &plan, &options), cut);
    let error = result.unwrap_err();
    assert!(matches!(error, ApplyError::Step { number: 2, committed: 1, .. }), "{error}");
    while admin.query_opt(ADVISORY, &[]).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(history(&admin, 1).await.unwrap()[0].steps[0].state, stk_schema::StepState::Done);
}

#[tokio::test]
async fn the_session_is_left_as_it_was() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let show = "SELECT string_agg(name || '=' || setting, E'\n' ORDER BY name) FROM pg_settings
                WHERE name NOT LIKE 'plpgsql.%'";
    let before: String = client.query_one(show, &[]).await.unwrap().get(0);
    let plan = plan_of(&mut client, crate::apply_steps::twelve()).await;
    apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap();
    let after: String = client.query_one(show, &[]).await.unwrap().get(0);
    let changed: Vec<_> =
        before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect();
    assert_eq!(changed, []);
}
