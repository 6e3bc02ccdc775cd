//! Logic in an engine: what it is given, what it may ask for, and how it ends.

use std::time::{Duration, Instant};

use serde_json::json;
use stk_contract::{Access, ParamType, PgType, Returns};
use stk_testkit::Database;

use crate::fixture::{Host, Project, read, wasm};
use crate::guest::{asks, echo, endless, greedy, prints, tries};

const SCHEMA: &str =
    "create table items (id int primary key, name text not null unique, price numeric, at timestamptz);
    insert into items values (1, 'mug', 9.50, '2024-05-06 07:08:09+00'), (2, 'cup', null, null);";

fn query(sql: &str, values: &str) -> Vec<u8> {
    let input = format!(r#"{{"alias":"main","sql":{},"values":{values}}}"#, json!(sql));
    asks(&[("db.query", &input)])
}

async fn host(logic: Vec<(&str, crate::fixture::Logic)>) -> (Host, Project, Database) {
    let database = Database::with(SCHEMA).await;
    let mut project = Project::new(&database.url);
    for (path, one) in logic {
        project = project.logic(path, one);
    }
    (Host::start(&project).await, project, database)
}

#[tokio::test]
async fn params_arrive_checked_filled_in_and_in_one_form() {
    let logic = wasm(echo())
        .declares("id", ParamType::Uuid, None)
        .declares("limit", ParamType::Int, Some("20"))
        .declares("big", ParamType::Bigint, None)
        .declares("at", ParamType::Timestamp, None)
        .declares("note", ParamType::String, None)
        .declares("more", ParamType::Json, None);
    let (host, ..) = host(vec![("echo", logic)]).await;
    let params = r#"{"id":"6F9619FF-8B86-D011-B42D-00C04FC964FF","big":12345678901,
        "at":"2024-05-06T09:08:09.5+02:00","more":{"a": [1,null]}}"#;
    let answer = host.call("echo", params).await;
    assert_eq!(
        answer.json(),
        json!({
            "id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "limit": 20,
            "big": "12345678901",
            "at": "2024-05-06T07:08:09.500Z",
            "more": { "a": [1, null] },
        }),
        "an absent param is absent, a default is filled in"
    );
    let answer = host.call("echo", r#"{"note":null,"limit":null}"#).await;
    assert_eq!(answer.json(), json!({ "note": null, "limit": null }), "an explicit null is null");
    assert_eq!(host.call("echo", r#"{"limit":"x"}"#).await.code(), "invalid_params");
    assert_eq!(host.call("echo", r#"{"other":1}"#).await.code(), "invalid_params");
}

#[tokio::test]
async fn absent_and_null_are_cached_apart() {
    let logic = wasm(echo()).declares("note", ParamType::String, None).cache(60_000, 0, &[]);
    let (host, ..) = host(vec![("echo", logic)]).await;
    assert_eq!(host.call("echo", "{}").await.body, "{}");
    assert_eq!(host.call("echo", r#"{"note":null}"#).await.body, r#"{"note":null}"#);
    let answer = host.call("echo", "{}").await;
    assert_eq!((answer.body.as_str(), answer.header("x-cache-status")), ("{}", "HIT"));
}

#[tokio::test]
async fn the_request_shows_who_calls_but_not_the_token() {
    let request = || wasm(asks(&[("request", "{}")]));
    let (host, project, _database) = host(vec![
        ("open", request()),
        ("mine", request().cache(60_000, 0, &[]).vary_by_user()),
        ("shared", request().cache(60_000, 0, &[])),
    ])
    .await;
    let token = format!("Bearer {}", project.token("ann", &["admin"]));
    let headers = [("authorization", token.as_str()), ("x-color", "red"), ("x-request-id", "id-of-mine")];
    for path in ["open", "mine"] {
        let request = host.call_with(path, "{}", &headers).await.json();
        assert_eq!(request["path"], path);
        assert_eq!(request["user"], json!({ "id": "ann", "email": null, "roles": ["admin"] }));
        assert_eq!(request["headers"]["x-color"], "red");
        assert!(request["headers"].get("authorization").is_none(), "{request}");
    }
    let anonymous = host.call("open", "{}").await;
    assert_eq!(anonymous.json()["user"], json!(null));
    assert_eq!(anonymous.json()["id"], anonymous.header("x-request-id"));
    let shared = host.call_with("shared", "{}", &headers).await.json();
    assert_eq!((&shared["user"], &shared["headers"]), (&json!(null), &json!({})));
}

#[tokio::test]
async fn a_query_gives_rows_as_the_wire_has_them() {
    let (host, ..) = host(vec![
        ("rows", wasm(query("select id, name, price, at from items where id = $1", "[1]"))),
        ("none", wasm(query("select id from items where name = $1", r#"["x"]"#))),
        ("types", wasm(query(
            "select $1::int8 + 1 as big, $2::numeric as exact, $3::timestamptz as at, $4::jsonb as doc, $5::bytea as raw, \
             $6::int[] as list, $7::uuid as id, $8::date as day",
            r#"["41","1.50","2024-05-06T07:08:09Z",{"a":1},"AQI=",[1,null],"6F9619FF-8B86-D011-B42D-00C04FC964FF","2024-02-29"]"#,
        ))),
    ])
    .await;
    assert_eq!(
        host.call("rows", "{}").await.body,
        r#"[{"id":1,"name":"mug","price":"9.50","at":"2024-05-06T07:08:09Z"}]"#
    );
    assert_eq!(host.call("none", "{}").await.body, "[]");
    assert_eq!(
        host.call("types", "{}").await.body,
        r#"[{"big":42,"exact":"1.50","at":"2024-05-06T07:08:09Z","doc":{"a": 1},"raw":"AQI=","list":[1,null],"id":"6f9619ff-8b86-d011-b42d-00c04fc964ff","day":"2024-02-29"}]"#
    );
}

#[tokio::test]
async fn faults_of_a_query_are_those_of_sql_logic() {
    let cases = [
        ("select $1::int as n", r#"["x"]"#, 400, "invalid_value"),
        ("select $1::int as n", "[]", 500, "logic_failed"),
        ("select 1/0 as n", "[]", 400, "invalid_value"),
        ("insert into items values (1, 'new')", "[]", 409, "unique_violation"),
        ("select nothing from items", "[]", 500, "logic_failed"),
        ("select 1 as a; select 2 as a", "[]", 500, "logic_failed"),
        ("select 1 as a, 2 as a", "[]", 500, "logic_failed"),
        ("select 1::money as m", "[]", 500, "logic_failed"),
        ("set role postgres", "[]", 500, "logic_failed"),
        ("begin", "[]", 500, "logic_failed"),
        ("copy items to stdout", "[]", 500, "logic_failed"),
        ("select 9007199254740993 as n", "[]", 500, "unsafe_integer"),
    ];
    let paths: Vec<String> = (0..cases.len()).map(|index| format!("case_{index}")).collect();
    let logic =
        paths.iter().zip(&cases).map(|(path, (sql, values, ..))| (path.as_str(), wasm(query(sql, values))));
    let mut logic: Vec<_> = logic.collect();
    let other = r#"{"alias":"other","sql":"select 1","values":[]}"#;
    logic.push(("alias", wasm(tries(&[("db.query", other)]))));
    let set = r#"{"alias":"main","sql":"  /* x */ SET role x"}"#;
    logic.push(("told", wasm(tries(&[("db.query", set)]))));
    let (host, ..) = host(logic).await;
    for (path, (sql, values, status, code)) in paths.iter().zip(&cases) {
        let answer = host.call(path, "{}").await;
        assert_eq!((answer.status, answer.code().as_str()), (*status, *code), "{sql} {values}: {answer:?}");
    }
    let problem = host.call("alias", "{}").await.json();
    assert_eq!(
        (&problem["code"], &problem["detail"]),
        (&json!("logic_failed"), &json!("there is no database `other`"))
    );
    let problem = host.call("told", "{}").await.json();
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.starts_with("`SET` is not allowed"), "{problem}");
}

#[tokio::test]
async fn a_query_proved_at_deploy_rides_shared_connections() {
    let sql = "select name from items where id = $1";
    let proved = wasm(query(sql, "[2]")).query(sql, vec![PgType::Int4], &[("name", PgType::Text)]);
    let (host, _project, _database) =
        host(vec![("proved", proved), ("unknown", wasm(query(sql, "[2]")))]).await;
    assert_eq!(host.call("proved", "{}").await.body, r#"[{"name":"cup"}]"#);
    assert_eq!(
        host.metric(r#"santokit_connections{project="shop",env="prod",alias="main",use="idle"}"#).await,
        0.0
    );
    assert_eq!(host.call("unknown", "{}").await.body, r#"[{"name":"cup"}]"#);
    assert_eq!(
        host.metric(r#"santokit_connections{project="shop",env="prod",alias="main",use="idle"}"#).await,
        1.0
    );
}

#[tokio::test]
async fn secrets_are_read_where_the_header_names_them() {
    let secret = r#"{"name":"API_KEY"}"#;
    let database = Database::with(SCHEMA).await;
    let mut project = Project::new(&database.url)
        .logic("declared", wasm(asks(&[("getSecret", secret)])).secret("API_KEY"))
        .logic("undeclared", wasm(asks(&[("getSecret", secret)])));
    project.secrets.insert("API_KEY".to_owned(), "canary \"1\"".to_owned());
    let host = Host::start(&project).await;
    assert_eq!(host.call("declared", "{}").await.json(), json!("canary \"1\""));
    let answer = host.call("undeclared", "{}").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "logic_failed"));
    assert!(!answer.body.contains("canary"));
}

#[tokio::test]
async fn a_run_ends_with_a_code_whatever_it_does() {
    let (host, ..) = host(vec![
        ("endless", wasm(endless()).timeout(300)),
        ("greedy", wasm(greedy()).timeout(5_000)),
        ("silent", wasm(prints("", 0))),
        ("nothing", wasm(prints("", 0)).returns(Returns::None)),
        ("broken", wasm(prints("{", 0))),
        ("leaves", wasm(prints("1", 3))),
        ("refuses", wasm(prints(r#"{"status":422,"code":"sold_out","detail":"none left"}"#, 1))),
        ("known", wasm(prints(r#"{"status":404,"code":"not_found","detail":"no such user"}"#, 1))),
        ("quick", read("select 1 as n").column("n", PgType::Int4)),
    ])
    .await;
    let attack = async {
        let started = Instant::now();
        let answer = host.call("endless", "{}").await;
        (answer, started.elapsed())
    };
    let others = async {
        for _ in 0..20 {
            assert_eq!(host.call("quick", "{}").await.body, r#"[{"n":1}]"#);
        }
    };
    let ((answer, took), ()) = tokio::join!(attack, others);
    assert_eq!((answer.status, answer.code().as_str()), (504, "timeout"));
    assert!(took < Duration::from_millis(400), "it took {took:?} of its 300 ms");
    for (path, status, code) in [
        ("greedy", 500, "memory_exceeded"),
        ("silent", 500, "bad_result"),
        ("broken", 500, "bad_result"),
        ("leaves", 500, "logic_failed"),
        ("known", 404, "not_found"),
    ] {
        let answer = host.call(path, "{}").await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}: {answer:?}");
    }
    assert_eq!(host.call("nothing", "{}").await.status, 204);
    let problem = host.call("refuses", "{}").await;
    assert_eq!((problem.status, problem.code().as_str()), (422, "sold_out"));
    assert_eq!(problem.json()["detail"], "none left");
    assert_eq!(
        host.metric(r#"santokit_runs_total{project="shop",env="prod",engine="wasm",outcome="memory"}"#).await,
        1.0
    );
}

#[tokio::test]
async fn access_and_tags_hold_for_engine_logic_too() {
    let write = r#"{"alias":"main","sql":"update items set name = name || '!' where id = 1"}"#;
    let (host, project, _database) = host(vec![
        (
            "name",
            read("select name from items where id = 1").column("name", PgType::Text).cache(
                60_000,
                0,
                &["items"],
            ),
        ),
        ("rename", wasm(asks(&[("db.query", write)])).access(Access::Authenticated).invalidates(&["items"])),
    ])
    .await;
    assert_eq!(host.call("name", "{}").await.body, r#"[{"name":"mug"}]"#);
    assert_eq!(host.call("rename", "{}").await.code(), "unauthorized");
    let token = format!("Bearer {}", project.token("ann", &[]));
    let answer = host.call_with("rename", "{}", &[("authorization", &token)]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "[]"));
    assert_eq!(host.call("name", "{}").await.body, r#"[{"name":"mug!"}]"#);
}

#[tokio::test]
async fn a_module_that_does_not_load_leaves_the_rest_serving() {
    let (host, ..) = host(vec![
        ("bad", wasm(b"\0asm, but no".to_vec())),
        ("good", read("select 1 as n").column("n", PgType::Int4)),
    ])
    .await;
    assert_eq!(host.call("bad", "{}").await.code(), "unavailable");
    assert_eq!(host.call("good", "{}").await.status, 200);
}
