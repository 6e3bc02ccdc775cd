//! Shared connections: nobody is held up for long, and no cancel ever hits somebody else's statement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stk_contract::{ParamType, PgType, Returns};
use stk_testkit::Database;

use crate::client;
use crate::fixture::{Host, Logic, Project, read, running, until, write};

/// A STABLE function may ride shared connections, and nothing in its declaration says that it is slow.
const SLOW: &str = "create table t (id int primary key, n int not null);
    insert into t select n, n from generate_series(1, 100) n;
    create function dawdle(seconds float8) returns int language plpgsql stable as
        $$ begin perform pg_sleep(seconds); return 1; end $$";

fn slow_read() -> Logic {
    read("select dawdle($1) as n")
        .param("seconds", ParamType::Float, PgType::Float8)
        .column("n", PgType::Int4)
        .returns(Returns::One)
}

fn quick_read() -> Logic {
    read("select n from t where id = $1")
        .param("id", ParamType::Int, PgType::Int4)
        .column("n", PgType::Int4)
        .returns(Returns::One)
}

fn bump() -> Logic {
    write("update t set n = n + 1 where id = $1")
        .param("id", ParamType::Int, PgType::Int4)
        .returns(Returns::None)
}

fn project(database: &Database) -> Project {
    Project::new(&database.url)
        .logic("slow", slow_read())
        .logic("slow_briefly", slow_read().timeout(400))
        .logic("quick", quick_read())
        .logic("bump", bump())
}

/// Opens all shared connections and prepares on them, so that a test measures what it means to.
async fn warm(host: &Host) {
    let shared = r#"santokit_connections{project="shop",env="prod",alias="main",use="shared"}"#;
    until("all shared connections are open", || async {
        host.call("quick", r#"{"id":1}"#).await;
        host.metric(shared).await >= 4.0
    })
    .await;
    for _ in 0..8 {
        host.call("quick", r#"{"id":1}"#).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_behind_a_slow_one_is_answered() {
    let database = Database::with(SLOW).await;
    let host = Arc::new(Host::start(&project(&database)).await);
    warm(&host).await;
    // More slow ones than shared connections, so that every one of them is held up.
    let slow: Vec<_> = (0..6)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.call("slow", r#"{"seconds":1.5}"#).await })
        })
        .collect();
    until("the slow ones run", || async { running(&database, "dawdle").await >= 4 }).await;
    let started = Instant::now();
    for id in 1..=20 {
        let answer = host.call("quick", &format!(r#"{{"id":{id}}}"#)).await;
        assert_eq!((answer.status, answer.json()["n"].as_i64()), (200, Some(id)), "{answer:?}");
    }
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    for call in slow {
        assert_eq!(call.await.expect("the slow call").status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_sent_together_with_a_slow_one_are_answered_long_before_it() {
    let database = Database::with(SLOW).await;
    let host = Arc::new(Host::start(&project(&database)).await);
    warm(&host).await;
    let slow = host.clone();
    let slow = tokio::spawn(async move { slow.call("slow", r#"{"seconds":2}"#).await });
    let started = Instant::now();
    let reads = (1..=40).map(|id| {
        let host = host.clone();
        tokio::spawn(async move { (id, host.call("quick", &format!(r#"{{"id":{id}}}"#)).await) })
    });
    for read in reads.collect::<Vec<_>>() {
        let (id, answer) = read.await.expect("a read");
        assert_eq!(answer.json()["n"].as_i64(), Some(id), "each caller gets its own row: {answer:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(slow.await.expect("the slow call").status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_waiting_on_a_row_lock_blocks_nobody_else() {
    let database = Database::with(SLOW).await;
    let host = Arc::new(Host::start(&project(&database)).await);
    warm(&host).await;
    let mut other = database.connect().await;
    let lock = other.transaction().await.expect("begin");
    lock.execute("update t set n = n where id = 1", &[]).await.expect("lock a row");
    let waiting = host.clone();
    let waiting = tokio::spawn(async move { waiting.call("bump", r#"{"id":1}"#).await });
    until("the writer waits", || async { running(&database, "n = n + 1").await == 1 }).await;
    let started = Instant::now();
    for id in 2..=20 {
        let params = format!(r#"{{"id":{id}}}"#);
        assert_eq!(host.call("quick", &params).await.status, 200);
        assert_eq!(host.call("bump", &params).await.status, 204);
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(!waiting.is_finished());
    lock.commit().await.expect("let the row go");
    assert_eq!(waiting.await.expect("the writer").status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_cancel_hits_another_callers_statement() {
    let database = Database::with(SLOW).await;
    let host = Arc::new(Host::start(&project(&database)).await);
    warm(&host).await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..8)
        .map(|reader| {
            let (host, stop) = (host.clone(), stop.clone());
            tokio::spawn(async move {
                let mut answered = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let id = reader * 10 + 1;
                    let answer = host.call("quick", &format!(r#"{{"id":{id}}}"#)).await;
                    assert_eq!((answer.status, answer.json()["n"].as_i64()), (200, Some(id)), "{answer:?}");
                    answered += 1;
                }
                answered
            })
        })
        .collect();
    // Slow ones that run into their timeout, and slow ones whose caller leaves, are all cancelled.
    for _ in 0..3 {
        let timed_out = host.call("slow_briefly", r#"{"seconds":30}"#);
        let body = br#"{"seconds":30}"#;
        let json = [("content-type", "application/json")];
        let left = client::open(host.address(), "POST", "/call/slow", &json, body).await;
        assert_eq!(timed_out.await.code(), "timeout");
        drop(left);
    }
    until("what was cancelled has ended", || async { running(&database, "dawdle").await == 0 }).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.expect("a reader sees no failure") > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_read_whose_caller_is_gone_is_cancelled_within_a_second() {
    let database = Database::with(SLOW).await;
    let host = Host::start(&project(&database)).await;
    warm(&host).await;
    let json = [("content-type", "application/json")];
    let stream = client::open(host.address(), "POST", "/call/slow", &json, br#"{"seconds":30}"#).await;
    until("it runs", || async { running(&database, "dawdle").await == 1 }).await;
    drop(stream);
    let left = Instant::now();
    until("it is cancelled", || async { running(&database, "dawdle").await == 0 }).await;
    assert!(left.elapsed() < Duration::from_secs(1), "{:?}", left.elapsed());
    assert_eq!(host.call("quick", r#"{"id":1}"#).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_past_its_caps_frees_the_connection() {
    let database = Database::with(SLOW).await;
    let mut project = project(&database)
        .logic("flood", read("select n from generate_series(1, 3000000) n").column("n", PgType::Int4));
    project.release.config.limits.rows = 100;
    let host = Host::start(&project).await;
    warm(&host).await;
    for _ in 0..6 {
        assert_eq!(host.call("flood", "{}").await.code(), "result_too_large");
        let started = Instant::now();
        assert_eq!(host.call("quick", r#"{"id":1}"#).await.status, 200);
        assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    }
}
