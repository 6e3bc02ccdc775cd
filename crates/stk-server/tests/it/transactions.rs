//! Transactions that logic holds open while it runs.

use serde_json::json;
use stk_contract::{ParamType, PgType, Returns};
use stk_testkit::Database;

use crate::fixture::{Host, Project, until, wasm, write};
use crate::guest::{asks, tries};

const SCHEMA: &str = "create table items (id int primary key, name text not null);
    insert into items values (1, 'mug'), (2, 'cup');
    create table parents (id int primary key);
    create table children (parent int references parents deferrable initially deferred);";

const BEGIN: (&str, &str) = ("db.begin", r#"{"alias":"main"}"#);
const COMMIT: (&str, &str) = ("db.commit", r#"{"tx":1}"#);
const ROLLBACK: (&str, &str) = ("db.rollback", r#"{"tx":1}"#);

fn within(sql: &str) -> String {
    format!(r#"{{"tx":1,"sql":{}}}"#, json!(sql))
}

async fn host(logic: Vec<(&str, Vec<u8>)>) -> (Host, Database) {
    let database = Database::with(SCHEMA).await;
    let mut project = Project::new(&database.url);
    for (path, module) in logic {
        project = project.logic(path, wasm(module).timeout(3_000));
    }
    (Host::start(&project).await, database)
}

async fn count(database: &Database) -> i64 {
    database.connect().await.query_one("select count(*) from items", &[]).await.unwrap().get(0)
}

/// Transactions of the test's database that wait for their next statement.
async fn left_open(database: &Database) -> i64 {
    let sql =
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'";
    database.connect().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_commit_keeps_what_was_written_and_a_rollback_does_not() {
    let insert = |id: u32| within(&format!("insert into items values ({id}, 'new') returning id"));
    let (kept, dropped) = (insert(3), insert(4));
    let (host, database) = host(vec![
        ("keep", asks(&[BEGIN, ("db.query", &kept), COMMIT])),
        ("drop", asks(&[BEGIN, ("db.query", &dropped), ROLLBACK])),
        ("twice", tries(&[BEGIN, COMMIT, COMMIT])),
        ("late", tries(&[BEGIN, COMMIT, ("db.query", &kept)])),
        ("unknown", tries(&[("db.query", &kept)])),
    ])
    .await;
    assert_eq!(host.call("keep", "{}").await.body, "null");
    assert_eq!(count(&database).await, 3);
    assert_eq!(host.call("drop", "{}").await.body, "null");
    assert_eq!(count(&database).await, 3);
    for path in ["twice", "late", "unknown"] {
        let problem = host.call(path, "{}").await.json();
        assert_eq!(problem["code"], "logic_failed", "{path}: {problem}");
    }
}

#[tokio::test]
async fn a_transaction_left_open_is_rolled_back_when_the_run_ends() {
    let insert = within("insert into items values (3, 'new')");
    let slow = within("select pg_sleep(30)");
    let (host, database) = host(vec![
        ("forgets", asks(&[BEGIN, ("db.query", &insert)])),
        ("fails", asks(&[BEGIN, ("db.query", &insert), ("db.query", "{}")])),
        ("hangs", asks(&[BEGIN, ("db.query", &insert), ("db.query", &slow)])),
    ])
    .await;
    assert_eq!(host.call("forgets", "{}").await.status, 200);
    assert_eq!(host.call("fails", "{}").await.code(), "logic_failed");
    assert_eq!(host.call("hangs", "{}").await.code(), "timeout");
    until("nothing is left open", async || left_open(&database).await == 0).await;
    assert_eq!(count(&database).await, 2);
    let busy = r#"santokit_connections{project="shop",env="prod",alias="main",use="in_use"}"#;
    until("the connections are free again", async || host.metric(busy).await == 0.0).await;
}

#[tokio::test]
async fn a_failed_statement_aborts_the_transaction_and_its_commit_says_so() {
    let (bad, insert) = (within("select 1/0"), within("insert into items values (3, 'new')"));
    let (host, database) = host(vec![
        ("commits", tries(&[BEGIN, ("db.query", &insert), ("db.query", &bad), COMMIT])),
        ("goes_on", tries(&[BEGIN, ("db.query", &bad), ("db.query", &insert)])),
    ])
    .await;
    for path in ["commits", "goes_on"] {
        let problem = host.call(path, "{}").await.json();
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("an earlier statement"), "{path}: {problem}");
    }
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn a_constraint_checked_at_the_commit_refuses_it() {
    let insert = within("insert into children values (7)");
    let (host, _database) = host(vec![("orphan", asks(&[BEGIN, ("db.query", &insert), COMMIT]))]).await;
    let answer = host.call("orphan", "{}").await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "foreign_key_violation"));
}

#[tokio::test]
async fn isolation_is_that_which_was_asked_for() {
    let show = within("select current_setting('transaction_isolation') as level");
    let begin = ("db.begin", r#"{"alias":"main","isolation":"serializable"}"#);
    let wrong = ("db.begin", r#"{"alias":"main","isolation":"total"}"#);
    let (host, _database) =
        host(vec![("level", asks(&[begin, ("db.query", &show)])), ("wrong", tries(&[wrong]))]).await;
    assert_eq!(host.call("level", "{}").await.body, r#"[{"level":"serializable"}]"#);
    let problem = host.call("wrong", "{}").await.json();
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("`isolation`")), "{problem}");
}

#[tokio::test]
async fn one_run_has_so_many_transactions_open_and_no_more() {
    let (host, _database) = host(vec![("many", tries(&[BEGIN, BEGIN, BEGIN, BEGIN, BEGIN]))]).await;
    let problem = host.call("many", "{}").await.json();
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("transactions")), "{problem}");
}

#[tokio::test]
async fn a_session_that_logic_changed_is_not_what_the_next_one_gets() {
    let change = r#"{"alias":"main","sql":"select set_config('application_name', 'mine', false) as x"}"#;
    let show = r#"{"alias":"main","sql":"select current_setting('application_name') as name"}"#;
    let (host, _database) =
        host(vec![("change", asks(&[("db.query", change)])), ("show", asks(&[("db.query", show)]))]).await;
    assert_eq!(host.call("change", "{}").await.status, 200);
    for _ in 0..3 {
        assert_eq!(host.call("show", "{}").await.body, r#"[{"name":"santokit shop/prod"}]"#);
    }
}

#[tokio::test]
async fn a_writing_statement_whose_rows_are_refused_is_undone() {
    let database = Database::with(SCHEMA).await;
    let rename = |sql| write(sql).column("name", PgType::Text).returns(Returns::One);
    let project = Project::new(&database.url)
        .logic("all", rename("update items set name = name || '!' returning name"))
        .logic(
            "one",
            rename("update items set name = $1 where id = 1 returning name").param(
                "name",
                ParamType::String,
                PgType::Text,
            ),
        )
        .logic(
            "add",
            rename("insert into items values (3, $1) returning name").param(
                "name",
                ParamType::String,
                PgType::Text,
            ),
        );
    let host = Host::start(&project).await;
    assert_eq!(host.call("all", "{}").await.code(), "too_many_rows");
    let names = database.connect().await;
    let names = names.query("select 1 from items where name like '%!'", &[]).await.unwrap();
    assert!(names.is_empty(), "the refused update stands");
    assert_eq!(host.call("one", r#"{"name":"jug"}"#).await.body, r#"{"name":"jug"}"#);
    assert_eq!(host.call("add", r#"{"name":"pot"}"#).await.body, r#"{"name":"pot"}"#);
}
