//! Own connections, transactions, and databases in trouble.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stk_contract::manifest::Isolation;
use stk_contract::{ParamType, PgType, Returns};
use stk_testkit::{Database, Server as Postgres};

use crate::client;
use crate::fixture::{Host, Logic, Project, read, running, until, write};

const TABLE: &str = "create table t (id int primary key, n int not null check (n >= 0));
    insert into t values (1, 10), (2, 20)";

fn get() -> Logic {
    read("select n from t where id = $1")
        .param("id", ParamType::Int, PgType::Int4)
        .column("n", PgType::Int4)
        .returns(Returns::One)
}

fn sleep() -> Logic {
    write("select pg_sleep($1)").param("seconds", ParamType::Float, PgType::Float8).returns(Returns::None)
}

fn transfer() -> Logic {
    write("update t set n = n + $1 where id = 2")
        .param("amount", ParamType::Int, PgType::Int4)
        .then("update t set n = n - $1 where id = 1 returning n")
        .param("amount", ParamType::Int, PgType::Int4)
        .column("n", PgType::Int4)
        .returns(Returns::One)
}

#[tokio::test]
async fn a_transaction_happens_whole_or_not_at_all() {
    let database = Database::with(TABLE).await;
    let host =
        Host::start(&Project::new(&database.url).logic("transfer", transfer()).logic("get", get())).await;
    let done = host.call("transfer", r#"{"amount":4}"#).await;
    assert_eq!((done.status, done.json()["n"].as_i64()), (200, Some(6)), "{done:?}");
    let refused = host.call("transfer", r#"{"amount":100}"#).await;
    assert_eq!((refused.status, refused.code()), (409, "check_violation".to_owned()), "{refused:?}");
    assert_eq!(host.call("get", r#"{"id":2}"#).await.json()["n"], 24);
}

#[tokio::test]
async fn a_refused_result_rolls_its_transaction_back() {
    let database = Database::with(TABLE).await;
    let logic =
        write("update t set n = 0").then("select n from t").column("n", PgType::Int4).returns(Returns::One);
    let host = Host::start(&Project::new(&database.url).logic("wipe", logic).logic("get", get())).await;
    assert_eq!(host.call("wipe", "{}").await.code(), "too_many_rows");
    assert_eq!(host.call("get", r#"{"id":1}"#).await.json()["n"], 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_conflict_are_tried_again() {
    let database = Database::with(TABLE).await;
    let mut project = Project::new(&database.url)
        .logic(
            "raise",
            write("update t set n = n + 1 where id = 1")
                .then("select n from t where id = 1")
                .column("n", PgType::Int4)
                .returns(Returns::One),
        )
        .logic("get", get());
    for spec in project.release.manifest.logic.values_mut() {
        spec.isolation = Some(Isolation::Serializable);
    }
    let host = Arc::new(Host::start(&project).await);
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.call("raise", "{}").await })
        })
        .collect();
    let mut raised = 0;
    for call in calls {
        let answer = call.await.expect("a call");
        match answer.status {
            200 => raised += 1,
            _ => assert_eq!(answer.code(), "retry"),
        }
    }
    assert!(raised >= 2, "{raised}");
    assert_eq!(host.call("get", r#"{"id":1}"#).await.json()["n"], 10 + raised);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exhausted_pool_is_503_while_health_answers() {
    let database = Database::with(TABLE).await;
    let mut project = Project::new(&database.url).logic("sleep", sleep()).logic("get", get());
    project.database().pool_max = 2;
    project.database().pool_acquire_ms = 100;
    let host = Arc::new(Host::start(&project).await);
    let sleeping: Vec<_> = (0..2)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.call("sleep", r#"{"seconds":1.5}"#).await })
        })
        .collect();
    until("both run", || async { running(&database, "pg_sleep").await == 2 }).await;
    let started = Instant::now();
    let refused = host.call("sleep", r#"{"seconds":0}"#).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(host.get("/health").await.status, 200);
    assert_eq!(host.call("get", r#"{"id":1}"#).await.status, 200, "shared connections go on");
    for call in sleeping {
        assert_eq!(call.await.expect("a call").status, 204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_caller_is_gone_is_cancelled_within_a_second() {
    let database = Database::with(TABLE).await;
    let host = Host::start(&Project::new(&database.url).logic("sleep", sleep())).await;
    let json = [("content-type", "application/json")];
    let stream = client::open(host.address(), "POST", "/call/sleep", &json, br#"{"seconds":30}"#).await;
    until("it runs", || async { running(&database, "pg_sleep").await == 1 }).await;
    drop(stream);
    let left = Instant::now();
    until("it is cancelled", || async { running(&database, "pg_sleep").await == 0 }).await;
    assert!(left.elapsed() < Duration::from_secs(1), "{:?}", left.elapsed());
}

#[tokio::test]
async fn a_timeout_is_504_and_its_statement_ends() {
    let database = Database::with(TABLE).await;
    let host = Host::start(&Project::new(&database.url).logic("sleep", sleep().timeout(1_000))).await;
    let late = host.call("sleep", r#"{"seconds":30}"#).await;
    assert_eq!((late.status, late.code()), (504, "timeout".to_owned()));
    until("it ends", || async { running(&database, "pg_sleep").await == 0 }).await;
}

#[tokio::test]
async fn a_changed_result_type_is_prepared_again() {
    let database = Database::with("create table w (a text); insert into w values ('x')").await;
    let star = || read("select * from w").column("a", PgType::Text).returns(Returns::One);
    let mut own = write("select * from w").column("a", PgType::Text).returns(Returns::One);
    own = own.timeout(5_000);
    let host = Host::start(&Project::new(&database.url).logic("shared", star()).logic("own", own)).await;
    for path in ["shared", "own"] {
        assert_eq!(host.call(path, "{}").await.body, r#"{"a":"x"}"#);
    }
    database.execute("alter table w alter a type varchar(10)").await;
    for path in ["shared", "own"] {
        assert_eq!(host.call(path, "{}").await.body, r#"{"a":"x"}"#, "{path}");
    }
}

#[tokio::test]
async fn a_call_leaves_nothing_in_its_session() {
    let database = Database::create().await;
    let set = write("select set_config('my.tenant', $1, false)")
        .param("tenant", ParamType::String, PgType::Text)
        .returns(Returns::None);
    let show = write("select current_setting('my.tenant', true) as tenant")
        .column("tenant", PgType::Text)
        .returns(Returns::One);
    let mut project = Project::new(&database.url).logic("set", set).logic("show", show);
    project.database().pool_max = 1;
    let host = Host::start(&project).await;
    assert_eq!(host.call("set", r#"{"tenant":"a"}"#).await.status, 204);
    assert!(
        ["", "null"].contains(&host.call("show", "{}").await.json()["tenant"].as_str().unwrap_or("null"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_database_is_back_within_five_seconds() {
    let postgres = Postgres::start(&[]);
    let admin = postgres.url("postgres");
    let (client, connection) = tokio_postgres::connect(&admin, tokio_postgres::NoTls).await.expect("connect");
    tokio::spawn(connection);
    client.batch_execute(TABLE).await.expect("make the table");
    let host = Host::start(&Project::new(&admin).logic("get", get())).await;
    assert_eq!(host.call("get", r#"{"id":1}"#).await.status, 200);
    // What a restart does to us: every session is ended at once.
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename is not null";
    client.batch_execute(end).await.expect("end all sessions");
    let answer = host.call("get", r#"{"id":1}"#).await;
    assert_eq!(answer.status, 200, "an idempotent read is tried again: {answer:?}");
    // And then it is gone for good.
    drop(client);
    drop(postgres);
    let refused = host.call("get", r#"{"id":1}"#).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    assert!(!refused.body.contains("socket"), "a 5xx hides its cause: {refused:?}");
}

#[tokio::test]
async fn a_bad_url_is_503_and_never_shown() {
    for url in ["nonsense", "postgres://user:hunter2@127.0.0.1:1/db"] {
        let host = Host::start(&Project::new(url).logic("get", get())).await;
        let refused = host.call("get", r#"{"id":1}"#).await;
        assert_eq!((refused.status, refused.code()), (503, "unavailable".to_owned()), "{url}");
        assert!(!refused.body.contains("hunter2"));
        assert_eq!(host.get("/health").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_connection_is_lost_is_reported_as_unknown() {
    let database = Database::with(
        "create table t (id int primary key, n int not null); insert into t values (1, 10), (2, 20);
         create function linger() returns trigger language plpgsql as
            $$ begin perform pg_sleep(30); return null; end $$;
         create constraint trigger at_commit after update on t deferrable initially deferred
            for each row execute function linger()",
    )
    .await;
    let host = Arc::new(Host::start(&Project::new(&database.url).logic("transfer", transfer())).await);
    let calling = host.clone();
    let call = tokio::spawn(async move { calling.call("transfer", r#"{"amount":1}"#).await });
    until("the commit is under way", || async { running(&database, "COMMIT").await == 1 }).await;
    database
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where query = 'COMMIT' and state = 'active' and datname = current_database()",
        )
        .await;
    let answer = call.await.expect("the call");
    assert_eq!((answer.status, answer.code()), (503, "commit_unknown".to_owned()), "{answer:?}");
}
