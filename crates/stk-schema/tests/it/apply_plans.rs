//! Applying plans: what is refused, what is undone, and what stays.

use std::collections::BTreeMap;
use std::time::Duration;

use stk_schema::{ApplyError, ApplyOptions, Plan, PlanError, apply, fingerprint, parse, plan};
use stk_testkit::Database;
use tokio_postgres::Client;

const USERS: &str = "table \"users\" {\n  column \"id\" { type = int }\n  column \"email\" { type = text }\n";

/// Other tests' databases have locks of their own.
const LOCKS_HERE: &str = "SELECT count(*) FROM pg_locks
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())";

async fn plan_of(client: &mut Client, hcl: &str) -> Plan {
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
    assert_eq!(diagnostics, []);
    plan(client, &model).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn deploy(client: &mut Client, hcl: &str) {
    let plan = plan_of(client, hcl).await;
    apply(client, &plan, &ApplyOptions::default()).await.expect("the schema is applied");
}

/// A short wait, so that a test for a lock ends soon.
fn hasty() -> ApplyOptions {
    ApplyOptions { lock_timeout: Duration::from_millis(50), attempts_max: 2, ..ApplyOptions::default() }
}

async fn count(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.expect("a count").get(0)
}

#[tokio::test]
async fn a_plan_survives_json_and_says_what_it_did() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    let plan = plan_of(&mut client, &format!("{USERS}}}")).await;
    let sent: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(sent, plan);
    assert_eq!(plan.schemas, ["public"]);
    assert_eq!(plan.steps[0].summary, "create table public.users");
    let applied = apply(&mut client, &sent, &ApplyOptions::default()).await.unwrap();
    assert_eq!(applied.steps, 1);
    assert_ne!(applied.fingerprint, plan.fingerprint);
    assert_eq!(applied.fingerprint, fingerprint(&mut client, &plan.schemas).await.unwrap());
}

#[tokio::test]
async fn a_database_that_changed_since_the_plan_is_refused() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    let plan = plan_of(&mut client, &format!("{USERS}}}")).await;
    database.execute("CREATE TABLE other (a int)").await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, ApplyError::Drift { .. }), "{error}");
    assert_eq!(count(&client, "SELECT count(*) FROM pg_class WHERE relname = 'users'").await, 0);
}

#[tokio::test]
async fn an_empty_plan_on_a_changed_database_is_refused_too() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    deploy(&mut client, &format!("{USERS}}}")).await;
    let plan = plan_of(&mut client, &format!("{USERS}}}")).await;
    assert!(plan.is_empty());
    database.execute("ALTER TABLE users ALTER email DROP NOT NULL").await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, ApplyError::Drift { .. }), "{error}");
}

#[tokio::test]
async fn rows_in_the_way_are_named_and_their_table_stays_as_it_was() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    deploy(&mut client, &format!("{USERS}}}")).await;
    database.execute("INSERT INTO users VALUES (1, 'same'), (2, 'same')").await;
    let wanted = format!(
        "table \"before\" {{\n  column \"a\" {{ type = int }}\n}}\n\
         {USERS}  unique \"users_email\" {{ columns = [column.email] }}\n}}"
    );
    let plan = plan_of(&mut client, &wanted).await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    let ApplyError::Probe { number: 2, committed: 1, .. } = &error else { panic!("{error}") };
    let error = error.to_string();
    assert!(error.contains("`public.users` has rows that are equal in \"email\" [STK-F103]"), "{error}");
    assert!(error.ends_with("the step before it is done; apply again to go on from here"), "{error}");
    assert_eq!(count(&client, "SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass").await, 0);
    let locks = format!("{LOCKS_HERE} AND locktype = 'advisory'");
    assert_eq!(count(&client, &locks).await, 0, "the lock is released");
}

#[tokio::test]
async fn a_failing_concurrent_index_leaves_nothing_invalid_behind() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    deploy(&mut client, &format!("{USERS}}}")).await;
    database.execute("INSERT INTO users VALUES (1, 'same'), (2, 'same')").await;
    let wanted = format!(
        "{USERS}  column \"name\" {{\n    type = text\n    null = true\n  }}\n  \
         index \"users_email\" {{\n    unique  = true\n    columns = [column.email]\n  }}\n}}"
    );
    let mut plan = plan_of(&mut client, &wanted).await;
    // As where the rows come in between the question and the build.
    plan.steps.iter_mut().for_each(|step| step.probe = None);
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    let ApplyError::Step { number: 2, committed: 1, .. } = &error else { panic!("{error}") };
    assert!(
        error.to_string().ends_with("the step before it is done; apply again to go on from here"),
        "{error}"
    );
    assert_eq!(count(&client, "SELECT count(*) FROM pg_class WHERE relname = 'users_email'").await, 0);
    database.execute("DELETE FROM users WHERE id = 2").await;
    let rest = plan_of(&mut client, &wanted).await;
    assert_eq!(rest.steps.len(), 1, "{rest:?}");
    apply(&mut client, &rest, &ApplyOptions::default()).await.unwrap();
    assert!(plan_of(&mut client, &wanted).await.is_empty());
    let timeout: String = client.query_one("SHOW lock_timeout", &[]).await.unwrap().get(0);
    assert_eq!(timeout, "0", "the session's settings are as they were");
}

#[tokio::test]
async fn a_lock_that_is_not_to_be_had_ends_the_apply_and_a_later_one_goes_through() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    deploy(&mut client, &format!("{USERS}}}")).await;
    let wanted = format!("{USERS}  column \"n\" {{\n    type = int\n    null = true\n  }}\n}}");
    let plan = plan_of(&mut client, &wanted).await;
    let mut other = database.connect().await;
    let holding = other.transaction().await.unwrap();
    holding.execute("SELECT * FROM users", &[]).await.unwrap();
    let error = apply(&mut client, &plan, &hasty()).await.unwrap_err().to_string();
    assert!(error.contains("lock timeout") && error.ends_with("nothing was changed"), "{error}");
    holding.rollback().await.unwrap();
    apply(&mut client, &plan, &hasty()).await.unwrap();
}

#[tokio::test]
async fn planning_does_not_wait_for_locks_on_tables_nor_leave_anything() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    deploy(&mut client, &format!("{USERS}}}")).await;
    database.execute("ANALYZE users").await;
    let mut other = database.connect().await;
    let holding = other.transaction().await.unwrap();
    holding.batch_execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let wanted = format!("{USERS}  index \"i\" {{ columns = [column.email] }}\n}}");
    assert_eq!(plan_of(&mut client, &wanted).await.steps.len(), 1);
    let scratch = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'stk_scratch%'";
    assert_eq!(count(&client, scratch).await, 0);
}

#[tokio::test]
async fn two_applies_at_once_do_not_mix() {
    let database = Database::create().await;
    let mut client = database.connect().await;
    deploy(&mut client, &format!("{USERS}}}")).await;
    let wanted = format!("{USERS}  column \"n\" {{\n    type = int\n    null = true\n  }}\n}}");
    let plan = plan_of(&mut client, &wanted).await;
    let mut reader = database.connect().await;
    let holding = reader.transaction().await.unwrap();
    holding.execute("SELECT * FROM users", &[]).await.unwrap();
    let (mut first, second) = (database.connect().await, plan.clone());
    let running = tokio::spawn(async move { apply(&mut first, &second, &ApplyOptions::default()).await });
    // The first is known to hold the advisory lock once it waits for the table.
    while count(&client, &format!("{LOCKS_HERE} AND NOT granted")).await == 0 {
        tokio::task::yield_now().await;
    }
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, ApplyError::Busy(Some(_))), "{error}");
    holding.rollback().await.unwrap();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_role_without_the_right_to_make_schemas_is_told_so() {
    let database = Database::with("CREATE ROLE plain_user LOGIN").await;
    let mut client = database.connect().await;
    client.batch_execute("SET ROLE plain_user").await.unwrap();
    let (model, _) = parse(&[("main.hcl".to_owned(), "table \"t\" {}")], &BTreeMap::new());
    let error = plan(&mut client, &model).await.unwrap_err();
    assert!(matches!(error, PlanError::Database(_)), "{error}");
    assert!(error.to_string().contains("permission denied for database"), "{error}");
}
