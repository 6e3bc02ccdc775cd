//! Drift and rows in the way: what is refused, in which words, and that nothing is changed then.

use stk_schema::{
    ApplyError, ApplyOptions, HazardCode, Probe, Step, apply, fingerprint, snapshot, unfinished,
};
use stk_testkit::Database;

use crate::apply_steps::{ITEMS, outside, plan_of, step};

#[tokio::test]
async fn drift_names_what_changed() {
    let database = Database::with(&format!(
        "{ITEMS} CREATE TABLE gone (); CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql RETURN 1;"
    ))
    .await;
    let mut client = database.connect().await;
    let plan = plan_of(&mut client, vec![step("CREATE TABLE a ()")]).await;
    database
        .execute(
            "DROP TABLE gone; CREATE TABLE \"Other one\" (); ALTER TABLE items ALTER note SET NOT NULL;
             ALTER TYPE state ADD VALUE 'old'; DROP FUNCTION f;",
        )
        .await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    let ApplyError::Drift { changes, .. } = &error else { panic!("{error}") };
    assert_eq!(
        changes.as_slice(),
        [
            "function public.f(a integer) is gone",
            "public.\"Other one\" is new",
            "public.gone is gone",
            "public.items has changed",
            "type public.state has changed",
        ],
        "{error}"
    );
    assert!(unfinished(&mut client).await.unwrap().is_none());
}

#[tokio::test]
async fn a_snapshot_has_the_fingerprint_and_an_index_belongs_to_its_table() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let schemas = ["public".to_owned()];
    let before = snapshot(&mut client, &schemas).await.unwrap();
    assert_eq!(before.fingerprint, fingerprint(&mut client, &schemas).await.unwrap());
    database.execute("CREATE TABLE \"A.b\" (x int)").await;
    let table = snapshot(&mut client, &schemas).await.unwrap();
    database.execute("CREATE INDEX \"odd \"\"name\" ON \"A.b\" (x)").await;
    let index = snapshot(&mut client, &schemas).await.unwrap();
    assert_eq!(table.objects.keys().collect::<Vec<_>>(), index.objects.keys().collect::<Vec<_>>());
    assert_ne!(table.objects["public.\"A.b\""], index.objects["public.\"A.b\""]);
    assert_eq!(table.objects["public.items"], index.objects["public.items"]);
}

#[tokio::test]
async fn a_half_done_plan_does_not_go_on_where_somebody_else_changed_the_database() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let plan = plan_of(&mut client, vec![step("CREATE TABLE a ()"), outside(step("x"))]).await;
    apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(unfinished(&mut client).await.unwrap().unwrap().can_resume);
    database.execute("ALTER TABLE items DROP note; ALTER TABLE a ADD b int").await;
    assert!(!unfinished(&mut client).await.unwrap().unwrap().can_resume);
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err().to_string();
    assert!(error.contains("public.a has changed, public.items has changed"), "{error}");
}

#[tokio::test]
async fn rows_in_the_way_are_found_before_the_step_and_after_what_is_committed() {
    let database = Database::with(ITEMS).await;
    let mut client = database.connect().await;
    let probe = Probe {
        sql: "SELECT FROM public.items WHERE price = 5 LIMIT 1".to_owned(),
        code: HazardCode::CheckViolated,
        message: "rows have the price 5".to_owned(),
        hint: Some("change them first".to_owned()),
    };
    let check = Step {
        starts_anew: true,
        probe: Some(probe),
        ..step("ALTER TABLE public.items ADD CONSTRAINT c CHECK (price <> 5)")
    };
    let plan = plan_of(&mut client, vec![step("CREATE TABLE a ()"), check]).await;
    let error = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap_err();
    let ApplyError::Probe { number: 2, committed: 1, code: HazardCode::CheckViolated, hint, .. } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(hint.as_deref(), Some("change them first"));
    assert!(
        error.to_string().contains("rows have the price 5 [STK-F105]\nthe step before it is done"),
        "{error}"
    );
    database.execute("UPDATE items SET price = 6 WHERE price = 5").await;
    let applied = apply(&mut client, &plan, &ApplyOptions::default()).await.unwrap();
    assert_eq!((applied.steps, applied.resumed), (2, 1));
}
