//! The cache: single flight, staleness, and purges.

use std::sync::Arc;

use stk_contract::{ParamType, PgType, Returns};
use stk_testkit::Database;

use crate::fixture::{Host, Logic, Project, read, running, until, write};

/// Each run of `counted` leaves a row behind, in a sequence that no transaction takes back.
const COUNTED: &str = "create sequence runs;
    create table t (n int); insert into t values (1);
    create function counted() returns bigint language plpgsql as
        $$ begin perform pg_sleep(0.1); return nextval('runs'); end $$";

fn counted() -> Logic {
    read("select counted()::int4 as run").column("run", PgType::Int4).returns(Returns::One)
}

async fn runs(database: &Database) -> i64 {
    let query = "select case when is_called then last_value else 0 end from runs";
    database.connect().await.query_one(query, &[]).await.expect("count").get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_of_an_expired_key_make_one_query() {
    let database = Database::with(COUNTED).await;
    let host = Arc::new(
        Host::start(&Project::new(&database.url).logic("run", counted().cache(60_000, 0, &[]))).await,
    );
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.call("run", "{}").await })
        })
        .collect();
    for call in calls {
        let answer = call.await.expect("a call");
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"run":1}"#));
    }
    assert_eq!(runs(&database).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_answer_is_given_at_once_and_refreshed_behind_it() {
    let database = Database::with(COUNTED).await;
    let host = Host::start(&Project::new(&database.url).logic("run", counted().cache(1, 60_000, &[]))).await;
    assert_eq!(host.call("run", "{}").await.header("x-cache-status"), "MISS");
    let mut stale = host.call("run", "{}").await;
    // Its millisecond may not be over yet.
    while stale.header("x-cache-status") == "HIT" {
        stale = host.call("run", "{}").await;
    }
    assert_eq!((stale.header("x-cache-status"), stale.body.as_str()), ("STALE", r#"{"run":1}"#));
    until("it was refreshed", || async { runs(&database).await >= 2 }).await;
    until("the refreshed answer is given", || async { host.call("run", "{}").await.body != stale.body })
        .await;
}

#[tokio::test]
async fn a_write_purges_the_tags_that_it_names() {
    let database = Database::with(COUNTED).await;
    let project = Project::new(&database.url)
        .logic(
            "read",
            read("select n from t").column("n", PgType::Int4).returns(Returns::One).cache(60_000, 0, &["t"]),
        )
        .logic(
            "other",
            read("select n from t").column("n", PgType::Int4).returns(Returns::One).cache(60_000, 0, &["u"]),
        )
        .logic(
            "write",
            write("update t set n = $1")
                .param("n", ParamType::Int, PgType::Int4)
                .returns(Returns::None)
                .invalidates(&["t"]),
        );
    let host = Host::start(&project).await;
    for path in ["read", "other"] {
        assert_eq!(host.call(path, "{}").await.body, r#"{"n":1}"#);
    }
    assert_eq!(host.call("write", r#"{"n":2}"#).await.status, 204);
    assert_eq!(host.call("read", "{}").await.body, r#"{"n":2}"#);
    let other = host.call("other", "{}").await;
    assert_eq!((other.header("x-cache-status"), other.body.as_str()), ("HIT", r#"{"n":1}"#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_beats_a_fill_that_is_under_way() {
    let database = Database::with(
        "create table t (n int); insert into t values (1);
         create function old() returns int language plpgsql stable as
            $$ begin perform pg_sleep(1); return (select n from t); end $$",
    )
    .await;
    let project = Project::new(&database.url)
        .logic(
            "read",
            read("select old() as n").column("n", PgType::Int4).returns(Returns::One).cache(
                60_000,
                0,
                &["t"],
            ),
        )
        .logic(
            "write",
            write("update t set n = $1")
                .param("n", ParamType::Int, PgType::Int4)
                .returns(Returns::None)
                .invalidates(&["t"]),
        );
    let host = Arc::new(Host::start(&project).await);
    let filling = host.clone();
    let filling = tokio::spawn(async move { filling.call("read", "{}").await });
    until("the fill runs", || async { running(&database, "old()").await == 1 }).await;
    assert_eq!(host.call("write", r#"{"n":2}"#).await.status, 204);
    // The fill's snapshot is from before the write; its own caller may see it, nobody after.
    assert_eq!(filling.await.expect("the fill").body, r#"{"n":1}"#);
    let after = host.call("read", "{}").await;
    assert_eq!((after.header("x-cache-status"), after.body.as_str()), ("MISS", r#"{"n":2}"#));
}

#[tokio::test]
async fn a_purge_on_one_server_reaches_the_other() {
    let database = Database::with(COUNTED).await;
    let project = Project::new(&database.url)
        .logic(
            "read",
            read("select n from t").column("n", PgType::Int4).returns(Returns::One).cache(60_000, 0, &["t"]),
        )
        .logic(
            "write",
            write("update t set n = $1")
                .param("n", ParamType::Int, PgType::Int4)
                .returns(Returns::None)
                .invalidates(&["t"]),
        );
    let one = Host::start(&project).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = stk_server::ServerConfig::new(
        ([127, 0, 0, 1], 0).into(),
        vec![project.signing.verifying_key()],
        folder.path().to_owned(),
    );
    config.deployments.push(project.deployment());
    let server = stk_server::Server::start(config, one.kv.clone()).await.expect("start another Server");
    let other = Host { server, kv: one.kv.clone(), folder };
    other.live(&project).await;
    assert_eq!(other.call("read", "{}").await.body, r#"{"n":1}"#);
    assert_eq!(one.call("write", r#"{"n":2}"#).await.status, 204);
    until("the other Server reads afresh", || async { other.call("read", "{}").await.body == r#"{"n":2}"# })
        .await;
}

#[tokio::test]
async fn an_error_is_never_stored() {
    let database = Database::with(COUNTED).await;
    let logic = read("select 1 / n as n from t").column("n", PgType::Int4).returns(Returns::One).cache(
        60_000,
        0,
        &[],
    );
    let host = Host::start(&Project::new(&database.url).logic("read", logic)).await;
    database.execute("update t set n = 0").await;
    assert_eq!(host.call("read", "{}").await.code(), "invalid_value");
    database.execute("update t set n = 1").await;
    assert_eq!(host.call("read", "{}").await.body, r#"{"n":1}"#);
}
