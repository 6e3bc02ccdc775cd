//! Rehearsal: on a scratch database, and where there can be none; what it finds before anything is changed.

use std::collections::BTreeMap;

use stk_schema::{Connecting, Model, Rehearsal, RehearsalError, Rehearsed, fingerprint, parse};
use stk_testkit::{Database, Server};
use tokio_postgres::Client;

const SHOP: &str = "
    CREATE TYPE state AS ENUM ('new', 'sold');
    CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);
    CREATE SEQUENCE numbers;
    CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE items (id int PRIMARY KEY, number int NOT NULL DEFAULT nextval('numbers'),
                        owner int NOT NULL REFERENCES users, price price, state state DEFAULT 'new');
    CREATE TABLE logs (id int PRIMARY KEY);
    CREATE VIEW owners AS SELECT u.id, u.name, count(*) AS items FROM users u JOIN items i ON i.owner = u.id GROUP BY u.id;
";

const HCL: &str = r#"
schema "public" {}
enum "state" { values = ["new", "sold"] }
domain "price" {
  type = numeric
  check "price_check" { expr = "VALUE >= 0" }
}
sequence "numbers" {}
table "users" {
  column "id" { type = int }
  column "name" { type = text }
  primary_key { columns = [column.id] }
}
table "items" {
  column "id" { type = int }
  column "number" {
    type    = int
    default = sql("nextval('numbers')")
  }
  column "owner" { type = int }
  column "price" {
    type = domain.price
    null = true
  }
  column "state" {
    type    = enum.state
    null    = true
    default = "new"
  }
  primary_key { columns = [column.id] }
  foreign_key "items_owner_fkey" {
    columns     = [column.owner]
    ref_columns = [table.users.column.id]
  }
}
table "logs" {
  column "id" { type = int }
  primary_key { columns = [column.id] }
}
view "owners" {
  as = "SELECT u.id, u.name, count(*) AS items FROM users u JOIN items i ON i.owner = u.id GROUP BY u.id"
}
"#;

fn model(hcl: &str) -> Model {
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
    assert_eq!(diagnostics, []);
    model
}

/// Opens another database of the tests' server.
fn connect(name: &str) -> Connecting {
    let url = Server::shared().url(name);
    Box::pin(async move {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    })
}

async fn rehearse(client: &mut Client, hcl: &str, statements: &[&str]) -> Result<Rehearsed, RehearsalError> {
    let rehearsal = Rehearsal::plan(client, &model(hcl)).await.unwrap_or_else(|error| panic!("{error}"));
    rehearsal.run(client, &connect, statements, false).await
}

async fn count(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn what_a_plan_touches_is_copied_and_nothing_is_left() {
    let database = Database::with(SHOP).await;
    let mut client = database.connect().await;
    let schemas = ["public".to_owned()];
    let before = fingerprint(&mut client, &schemas).await.unwrap();
    let hcl = HCL.replace(
        "column \"name\" { type = text }",
        "column \"name\" { type = varchar(80) }\n  index \"i\" { columns = [column.name] }",
    );
    let found = rehearse(&mut client, &hcl, &[]).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(found.objects >= 5 && found.scratch.is_none(), "{found:?}");
    let small = HCL.replace(
        "table \"logs\" {",
        "table \"logs\" {\n  column \"line\" {\n    type = text\n    null = true\n  }",
    );
    let found = rehearse(&mut client, &small, &[]).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(found.objects <= 2, "the table that changes, not the whole database: {found:?}");
    assert_eq!(fingerprint(&mut client, &schemas).await.unwrap(), before);
    let mine = format!(
        "SELECT count(*) FROM pg_database WHERE datname LIKE 'stk_rehearsal%{}%'",
        std::process::id()
    );
    // Other tests of this process rehearse at the same time; what stays would stay for good.
    while count(&client, &mine).await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn without_the_right_to_create_databases_it_happens_in_a_transaction() {
    let role = format!("planner_{}", std::process::id());
    let database = Database::create().await;
    database.execute(&format!("CREATE ROLE {role}; ALTER DATABASE {} OWNER TO {role}", database.name)).await;
    let mut client = database.connect().await;
    client
        .batch_execute(&format!("SET ROLE {role}; ALTER SCHEMA public OWNER TO {role}"))
        .await
        .unwrap_or(());
    client.batch_execute(SHOP).await.unwrap();
    let never = |_: &str| -> Connecting { panic!("no database is created") };
    let hcl = HCL.replace(
        "column \"name\" { type = text }",
        "column \"name\" { type = varchar(80) }\n  index \"i\" { columns = [column.name] }",
    );
    let rehearsal =
        Rehearsal::plan(&mut client, &model(&hcl)).await.unwrap_or_else(|error| panic!("{error}"));
    let statements = ["SELECT name FROM users", "SELECT nothing FROM users"];
    let found = rehearsal
        .run(&mut client, &never, &statements, false)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.broken, []);
    assert_eq!(count(&client, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'stk_aside%'").await, 0);
    assert_eq!(count(&client, "SELECT count(*) FROM users").await, 0, "the real tables are in their place");
}

#[tokio::test]
async fn statements_that_stop_working_are_known() {
    let database = Database::with(SHOP).await;
    let mut client = database.connect().await;
    let hcl = HCL
        .replace(
            "column \"name\" { type = text }",
            "column \"title\" {\n    type = text\n    renamed_from = \"name\"\n  }",
        )
        .replace("u.name", "u.title");
    let statements = [
        "SELECT id FROM users",
        "SELECT name FROM users WHERE id = $1",
        "SELECT l.id FROM logs l",
        "SELECT gone FROM users",
        "SELECT name FROM owners",
    ];
    let found = rehearse(&mut client, &hcl, &statements).await.unwrap_or_else(|error| panic!("{error}"));
    let broken: Vec<usize> = found.broken.iter().map(|broken| broken.index).collect();
    assert_eq!(broken, [1, 4], "{:?}", found.broken);
    assert!(found.broken[0].message.contains("column \"name\" does not exist"), "{:?}", found.broken);
}

#[tokio::test]
async fn a_copy_that_is_kept_shows_the_database_as_it_will_be() {
    let database = Database::with(SHOP).await;
    let mut client = database.connect().await;
    let hcl = HCL.replace(
        "table \"logs\" {",
        "table \"logs\" {\n  column \"line\" {\n    type = text\n    null = true\n  }",
    );
    let rehearsal =
        Rehearsal::plan(&mut client, &model(&hcl)).await.unwrap_or_else(|error| panic!("{error}"));
    let found =
        rehearsal.run(&mut client, &connect, &[], true).await.unwrap_or_else(|error| panic!("{error}"));
    let scratch = found.scratch.expect("it is kept");
    let copy = connect(scratch.name()).await.unwrap();
    copy.query("SELECT line FROM logs", &[]).await.unwrap();
    scratch.remove(&client).await.unwrap();
}

#[tokio::test]
async fn what_can_not_be_copied_is_said_and_nothing_is_left() {
    let database = Database::with(SHOP).await;
    database
        .execute(
            "CREATE SCHEMA other; CREATE TYPE other.kind AS ENUM ('a'); CREATE TABLE kinds (kind other.kind)",
        )
        .await;
    let mut client = database.connect().await;
    let hcl = format!(
        "{HCL}\ntable \"kinds\" {{\n  column \"kind\" {{\n    type = sql(\"other.kind\")\n    null = true\n  }}\n  column \"n\" {{\n    type = int\n    null = true\n  }}\n}}"
    );
    let error = rehearse(&mut client, &hcl, &[]).await.unwrap_err();
    let RehearsalError::Copy { sql, message } = &error else { panic!("{error}") };
    assert!(message.contains("schema \"other\" does not exist"), "{error}");
    assert!(sql.contains("CREATE TABLE"), "{error}");
}
