//! The course of a call: which effects, in which order, and what comes of faults.

use bytes::Bytes;
use stk_contract::manifest::{CacheSpec, Isolation};
use stk_contract::{Access, LogicSpec, ParamType, Returns, Vary};
use stk_runtime::{CacheStatus, Call, Effect, Event, Lookup, Request, SqlFault};

use crate::support::{Host, LogicFile, NOW_MS, Project, bind, body, code, params, post, required};

const SCHEMA: &str = "create table items (id int primary key, name text not null unique);
    insert into items values (1, 'mug');";

fn public(returns: Returns) -> LogicSpec {
    LogicSpec { access: Access::Public, returns, ..LogicSpec::default() }
}

fn cached(swr_ms: u64) -> Option<CacheSpec> {
    Some(CacheSpec { ttl_ms: 60_000, swr_ms, vary: Vary::Shared, tags: vec!["items".to_owned()] })
}

async fn host() -> Host {
    let id = || params([("id", required(ParamType::Int))]);
    let file = |path, spec, sql| LogicFile { path, spec, sql };
    Host::new(
        SCHEMA,
        Project::new(vec![
            file(
                "get",
                LogicSpec { params: id(), cache: cached(30_000), ..public(Returns::One) },
                vec![("select id, name from items where id = $1", vec![bind("id")])],
            ),
            file(
                "add",
                LogicSpec { params: id(), invalidates: vec!["items".to_owned()], ..public(Returns::None) },
                vec![("insert into items values ($1, 'x' || $1::int)", vec![bind("id")])],
            ),
            file(
                "swap",
                LogicSpec { isolation: Some(Isolation::Serializable), ..public(Returns::Value) },
                vec![
                    ("update items set name = name || '!' where id = 1", vec![]),
                    ("select name from items where id = 2", vec![]),
                ],
            ),
        ]),
    )
    .await
}

fn conflict(sqlstate: &str) -> SqlFault {
    SqlFault::Database {
        sqlstate: sqlstate.to_owned(),
        message: "secret row".to_owned(),
        constraint: None,
        column: None,
    }
}

#[tokio::test]
async fn a_miss_is_stored_and_a_hit_runs_no_sql() {
    let mut host = host().await;
    let reply = host.call("get", r#"{"id":1}"#, None).await;
    assert_eq!((reply.cache_status, body(&reply)), (CacheStatus::Miss, r#"{"id":1,"name":"mug"}"#));
    assert_eq!(host.trace, ["look up", "sql", "store", "reply"]);
    let reply = host.call("get", r#"{ "id": 1.0 }"#, None).await;
    assert_eq!((reply.cache_status, body(&reply)), (CacheStatus::Hit, r#"{"id":1,"name":"mug"}"#));
    assert_eq!(host.trace, ["look up", "reply"]);
}

#[tokio::test]
async fn a_stale_answer_goes_out_first_and_one_caller_refreshes_it() {
    let mut host = host().await;
    let stale = |refresh| Some(Lookup::Stale { body: Bytes::from_static(b"old"), refresh });
    host.lookup = stale(true);
    let reply = host.call("get", r#"{"id":1}"#, None).await;
    assert_eq!((reply.cache_status, body(&reply)), (CacheStatus::Stale, "old"));
    assert_eq!(host.trace, ["look up", "reply", "sql", "store"]);
    host.lookup = stale(false);
    host.call("get", r#"{"id":1}"#, None).await;
    assert_eq!(host.trace, ["look up", "reply"]);
    host.lookup = stale(true);
    host.faults = vec![SqlFault::Timeout];
    host.call("get", r#"{"id":1}"#, None).await;
    assert_eq!(
        host.trace,
        ["look up", "reply", "sql"],
        "a refresh that fails stores nothing and answers nobody"
    );
}

#[tokio::test]
async fn errors_are_never_stored() {
    let mut host = host().await;
    for _ in 0..2 {
        let reply = host.call("get", r#"{"id":99}"#, None).await;
        assert_eq!((reply.status, code(&reply), reply.cache_status), (404, "not_found", CacheStatus::Miss));
        assert_eq!(host.trace, ["look up", "sql", "reply"]);
    }
}

#[tokio::test]
async fn tags_are_purged_after_success_only() {
    let mut host = host().await;
    assert_eq!(host.call("add", r#"{"id":2}"#, None).await.status, 204);
    assert_eq!(host.trace, ["sql", "purge", "reply"]);
    let reply = host.call("add", r#"{"id":2}"#, None).await;
    assert_eq!((reply.status, code(&reply)), (409, "unique_violation"));
    assert_eq!(host.trace, ["sql", "reply"]);
    assert!(body(&reply).contains("items_pkey") && !body(&reply).contains("x2"), "{}", body(&reply));
}

#[tokio::test]
async fn a_lost_transaction_runs_again_up_to_three_times() {
    let mut host = host().await;
    host.faults = vec![conflict("40P01"), conflict("40001"), conflict("40001")];
    let reply = host.call("swap", "{}", None).await;
    assert_eq!((reply.status, body(&reply)), (200, "null"));
    assert_eq!(host.trace, ["sql", "sql", "sql", "sql", "reply"]);
    host.faults = vec![conflict("40001"); 4];
    let reply = host.call("swap", "{}", None).await;
    assert_eq!((reply.status, code(&reply)), (409, "retry"));
}

#[tokio::test]
async fn faults_have_their_codes_and_a_5xx_hides_its_cause() {
    let mut host = host().await;
    let cases = [
        (SqlFault::PoolExhausted { alias: "main".to_owned() }, 503, "unavailable"),
        (SqlFault::Unavailable("secret host".to_owned()), 503, "unavailable"),
        (SqlFault::Timeout, 504, "timeout"),
        (SqlFault::CommitUnknown("secret".to_owned()), 503, "commit_unknown"),
        (conflict("57014"), 504, "timeout"),
        (conflict("57P01"), 503, "unavailable"),
        (conflict("53300"), 503, "unavailable"),
        (conflict("42P01"), 500, "logic_failed"),
        (conflict("25006"), 500, "logic_failed"),
        (conflict("22P02"), 400, "invalid_value"),
        (conflict("23514"), 409, "check_violation"),
        (conflict("23502"), 409, "not_null_violation"),
        (conflict("23P01"), 409, "exclusion_violation"),
    ];
    for (fault, status, expected) in cases {
        host.faults = vec![fault.clone()];
        let reply = host.call("swap", "{}", None).await;
        assert_eq!((reply.status, code(&reply)), (status, expected), "{fault:?}");
        assert!(!body(&reply).contains("secret"), "{fault:?}: {}", body(&reply));
        assert_eq!(reply.cause.is_some(), status >= 500, "{fault:?}");
        assert_eq!(reply.retry_after_s.is_some(), expected == "unavailable", "{fault:?}");
    }
    host.faults = vec![conflict("P0001")];
    let reply = host.call("swap", "{}", None).await;
    assert_eq!((reply.status, code(&reply)), (400, "raised"));
    assert!(body(&reply).contains("secret row"), "the user's own message is passed on");
}

#[tokio::test]
async fn the_budget_of_a_call_runs_out() {
    let host = host().await;
    let (mut call, effect) = Call::start(&host.deployment, &post("/call/get", r#"{"id":1}"#, NOW_MS));
    let Effect::LookUp(look_up) = effect else { panic!("{effect:?}") };
    assert_eq!(look_up.timeout_ms, 10_000);
    let Effect::Sql { timeout_ms, .. } = call.step(Event::Cache(Lookup::Miss), NOW_MS + 9_000) else {
        panic!()
    };
    assert_eq!(timeout_ms, 1_000);
    let (mut call, _) = Call::start(&host.deployment, &post("/call/get", r#"{"id":1}"#, NOW_MS));
    let Effect::Reply(reply) = call.step(Event::Cache(Lookup::Miss), NOW_MS + 10_000) else { panic!() };
    assert_eq!(reply.status, 504);
    assert!(call.is_done());
}

#[tokio::test]
async fn an_event_that_answers_nothing_ends_the_call() {
    let host = host().await;
    let (mut call, _) = Call::start(&host.deployment, &post("/call/get", r#"{"id":1}"#, NOW_MS));
    let Effect::Reply(reply) = call.step(Event::Stored, NOW_MS) else { panic!() };
    assert_eq!((reply.status, reply.cause.as_deref()), (500, Some("`stored` does not answer `look up`")));
    assert!(matches!(call.step(Event::Replied, NOW_MS), Effect::Done));
    assert!(matches!(call.step(Event::Purged, NOW_MS), Effect::Done));
}

#[tokio::test]
async fn get_is_for_answers_that_everybody_may_keep() {
    let mut host = host().await;
    let now_ms = host.now_ms;
    let get = |path, query| Request { method: "GET", query, content_type: None, ..post(path, "", now_ms) };
    let reply = host.request(&get("/call/get", Some("id=1"))).await;
    assert_eq!(
        (reply.status, reply.cache_control.map(|control| control.to_string()).as_deref()),
        (200, Some("public, max-age=60, stale-while-revalidate=30"))
    );
    let reply = host.request(&get("/call/swap", None)).await;
    assert_eq!((reply.status, reply.allow), (405, Some("POST")));
}
