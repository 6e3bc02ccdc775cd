//! Logic that invokes other logic.

use serde_json::json;
use stk_contract::{Access, ParamType, PgType, Returns};
use stk_testkit::Database;

use crate::fixture::{Host, Logic, Project, read, wasm, write};
use crate::guest::{asks, prints, tries};

const SCHEMA: &str = "create table items (id int primary key, name text not null);
    insert into items values (1, 'mug');";

fn invoke(path: &str, params: &str) -> (&'static str, String) {
    ("invoke", format!(r#"{{"path":"{path}","params":{params}}}"#))
}

fn invoking(path: &str, params: &str) -> Logic {
    let (name, input) = invoke(path, params);
    wasm(asks(&[(name, &input)]))
}

fn trying(path: &str, params: &str) -> Logic {
    let (name, input) = invoke(path, params);
    wasm(tries(&[(name, &input)]))
}

async fn host(logic: Vec<(&str, Logic)>) -> (Host, Project, Database) {
    let database = Database::with(SCHEMA).await;
    let mut project = Project::new(&database.url);
    for (path, one) in logic {
        project = project.logic(path, one);
    }
    (Host::start(&project).await, project, database)
}

fn by_id(logic: Logic) -> Logic {
    logic.param("id", ParamType::Int, PgType::Int4).column("name", PgType::Text).returns(Returns::One)
}

#[tokio::test]
async fn private_logic_is_reached_by_invoke_only() {
    let (host, ..) = host(vec![
        ("_name", by_id(read("select name from items where id = $1")).access(Access::Authenticated)),
        ("name", invoking("_name", r#"{"id":1}"#)),
        ("missing", invoking("_name", r#"{"id":9}"#)),
        ("wrong", trying("_name", r#"{"id":"x"}"#)),
        ("nowhere", trying("nothing/here", "{}")),
    ])
    .await;
    assert_eq!(host.call("_name", r#"{"id":1}"#).await.code(), "not_found");
    assert_eq!(host.call("name", "{}").await.body, r#"{"name":"mug"}"#);
    assert_eq!(host.call("missing", "{}").await.code(), "not_found");
    let problem = host.call("wrong", "{}").await.json();
    assert_eq!(problem["code"], "invalid_params");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.starts_with("/id ")), "{problem}");
    assert_eq!(host.call("nowhere", "{}").await.json()["code"], "not_found");
}

#[tokio::test]
async fn public_paths_are_checked_with_the_caller_s_identity() {
    let who = || {
        read("select $1::text as id").user_id(PgType::Text).column("id", PgType::Text).returns(Returns::Value)
    };
    let (host, project, _database) = host(vec![
        ("admin/who", who().access(Access::Roles(vec!["admin".to_owned()]))),
        ("who", invoking("admin/who", "{}")),
        ("shared", invoking("admin/who", "{}").cache(60_000, 0, &[])),
    ])
    .await;
    assert_eq!(host.call("who", "{}").await.code(), "unauthorized");
    let token = |roles: &[&str]| format!("Bearer {}", project.token("ann", roles));
    let (plain, admin) = (token(&[]), token(&["admin"]));
    assert_eq!(host.call_with("who", "{}", &[("authorization", &plain)]).await.code(), "forbidden");
    assert_eq!(host.call_with("who", "{}", &[("authorization", &admin)]).await.body, r#""ann""#);
    let shared = host.call_with("shared", "{}", &[("authorization", &admin)]).await;
    assert_eq!(shared.code(), "unauthorized", "what everybody is answered is asked for by nobody");
}

#[tokio::test]
async fn circles_are_named_and_depth_is_bounded() {
    let mut logic = vec![("a", invoking("b", "{}")), ("b", trying("a", "{}"))];
    let paths: Vec<String> = (0..9).map(|depth| format!("d{depth}")).collect();
    for (index, path) in paths.iter().enumerate().take(8) {
        logic.push((path, trying(&paths[index + 1], "{}")));
    }
    logic.push((&paths[8], wasm(prints("1", 0))));
    let (host, ..) = host(logic).await;
    let problem = host.call("a", "{}").await.json();
    assert_eq!(problem["detail"], "`invoke` goes in a circle: a → b → a");
    assert_eq!(host.call("d1", "{}").await.json(), json!(1), "eight deep is fine");
    let problem = host.call("d0", "{}").await.json();
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.starts_with("`invoke` goes deeper than 8: d0 → d1"), "{problem}");
}

#[tokio::test]
async fn caches_and_tags_hold_within_a_call() {
    let add = write("insert into items values (2, 'cup')").returns(Returns::None).invalidates(&["items"]);
    let names = || read("select count(*) as n from items").column("n", PgType::Int8).returns(Returns::Value);
    let (host, _project, database) = host(vec![
        ("count", names().cache(60_000, 0, &["items"])),
        ("counts", invoking("count", "{}")),
        ("_add", add),
        ("adds", invoking("_add", "{}")),
    ])
    .await;
    assert_eq!(host.call("counts", "{}").await.body, "1");
    database.execute("insert into items values (7, 'unseen')").await;
    assert_eq!(host.call("counts", "{}").await.body, "1", "the invoked logic's answer is cached");
    assert_eq!(host.call("count", "{}").await.header("x-cache-status"), "HIT");
    assert_eq!(host.call("adds", "{}").await.body, "null", "what returns nothing gives null");
    assert_eq!(host.call("counts", "{}").await.body, "3");
}

#[tokio::test]
async fn a_refusal_within_is_passed_on_and_a_failure_is_hidden() {
    let (host, ..) = host(vec![
        ("_refuses", wasm(prints(r#"{"status":422,"code":"sold_out","detail":"none left"}"#, 1))),
        ("_fails", wasm(prints("secret of the inside", 1))),
        ("refused", invoking("_refuses", "{}")),
        ("failed", invoking("_fails", "{}")),
    ])
    .await;
    let answer = host.call("refused", "{}").await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "sold_out"));
    let answer = host.call("failed", "{}").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "logic_failed"));
    assert!(!answer.body.contains("secret") && !answer.body.contains("_fails"), "{answer:?}");
}

#[tokio::test]
async fn the_time_within_counts_to_the_caller_s() {
    let slow = read("select pg_sleep(20)::text as x").column("x", PgType::Text).returns(Returns::Value);
    let (host, ..) =
        host(vec![("_slow", slow.timeout(20_000)), ("waits", invoking("_slow", "{}").timeout(300))]).await;
    let started = std::time::Instant::now();
    assert_eq!(host.call("waits", "{}").await.code(), "timeout");
    assert!(started.elapsed().as_millis() < 400, "{:?}", started.elapsed());
}
