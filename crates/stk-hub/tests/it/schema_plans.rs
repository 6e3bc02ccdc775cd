//! Plans: shown, kept, approved, applied exactly; and what they say of deployed logic.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Files, TestHub, project, wire};

/// The project with its schema changed.
pub fn with_schema(change: impl Fn(&str) -> String) -> Files {
    let mut files = project();
    let schema = change(&files["schema/main.hcl"]);
    files.insert("schema/main.hcl".to_owned(), schema);
    files
}

fn renamed() -> Files {
    with_schema(|schema| {
        schema.replace("column \"name\" {\n", "column \"title\" {\n    renamed_from = \"name\"\n")
    })
}

impl TestHub {
    pub async fn plan(&self, files: &Files) -> Value {
        let body = json!({ "files": wire(files) });
        self.prod(Method::POST, "/schema/plan", Some(body)).await.expect(StatusCode::OK)
    }

    /// Begins an apply, and follows it to its end.
    pub async fn apply_plan(&self, body: Value) -> Value {
        let begun = self.prod(Method::POST, "/schema/applies", Some(body)).await.expect(StatusCode::ACCEPTED);
        let path = format!("/schema/applies/{}", begun["id"]);
        loop {
            let found = self.prod(Method::GET, &path, None).await.expect(StatusCode::OK);
            if found["state"] != "running" {
                return found;
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_plan_is_shown_with_locks_and_applied_exactly_by_its_id() {
    let (hub, database) = TestHub::deployed().await;
    let files = with_schema(|schema| {
        schema.replace(
            "  primary_key {",
            "  index \"by_name\" {\n    columns = [column.name]\n  }\n  primary_key {",
        )
    });
    let plan = hub.plan(&files).await;
    let main = &plan["databases"][0];
    assert_eq!(
        (&main["alias"], &main["engine"], &main["rehearsed"]),
        (&json!("main"), &json!("santokit"), &json!(true))
    );
    let sql = main["steps"][0]["sql"].as_str().unwrap();
    assert!(
        sql.contains("CREATE INDEX CONCURRENTLY") && main["steps"][0]["inTransaction"] == false,
        "{plan:#}"
    );
    assert_eq!(main["steps"][0]["locks"][0], "SHARE UPDATE EXCLUSIVE on public.users");
    assert_eq!(plan["openHazards"], json!([]));
    assert_eq!(hub.plan(&files).await["id"], plan["id"], "the same plan has the same id");

    let ended = hub.apply_plan(json!({ "plan": plan["id"], "shown": plan })).await;
    assert_eq!((&ended["state"], &ended["result"]["number"]), (&json!("done"), &json!(2)), "{ended:#}");
    assert_eq!(ended["steps"][0]["state"], "done");
    database.execute("DROP INDEX by_name").await;
    let audit = hub.store.connect().await;
    let actions = audit.query("SELECT action FROM audit ORDER BY seq DESC LIMIT 3", &[]).await.unwrap();
    let actions: Vec<String> = actions.iter().map(|row| row.get(0)).collect();
    assert_eq!(actions, ["release.switch", "schema.apply", "schema.apply_plan"]);
}

#[tokio::test]
async fn a_plan_that_was_changed_drifted_or_made_elsewhere_is_refused() {
    let (hub, database) = TestHub::deployed().await;
    let files = with_schema(|schema| {
        schema.replace("    type = text\n    null = true", "    type = varchar(90)\n    null = true")
    });
    let plan = hub.plan(&files).await;
    let mut tampered = plan.clone();
    tampered["databases"][0]["steps"][0]["sql"] = json!("DROP TABLE users");
    let body = json!({ "plan": plan["id"], "shown": tampered });
    hub.prod(Method::POST, "/schema/applies", Some(body)).await.problem("conflict");
    let unknown = json!({ "plan": "00".repeat(32) });
    hub.prod(Method::POST, "/schema/applies", Some(unknown)).await.problem("not_found");
    hub.call(Method::POST, "/projects/shop/environments", Some(json!({ "name": "staging" }))).await;
    let elsewhere = hub
        .call(
            Method::POST,
            "/projects/shop/environments/staging/schema/applies",
            Some(json!({ "plan": plan["id"] })),
        )
        .await;
    elsewhere.problem("not_found");

    database.execute("CREATE TABLE meanwhile ()").await;
    let allow = plan["openHazards"].clone();
    let ended = hub.apply_plan(json!({ "plan": plan["id"], "allow": allow })).await;
    assert_eq!(
        (&ended["state"], &ended["problem"]["code"]),
        (&json!("failed"), &json!("conflict")),
        "{ended:#}"
    );
    let detail = ended["problem"]["detail"].as_str().unwrap();
    assert!(detail.contains("public.meanwhile is new"), "{detail}");
}

#[tokio::test]
async fn a_plan_names_the_deployed_logic_that_breaks_and_the_release_that_serves_it() {
    let (hub, database) = TestHub::deployed().await;
    let plan = hub.plan(&renamed()).await;
    assert_eq!(plan["breaks"][0]["path"], "logic/users/get.sql", "{plan:#}");
    assert_eq!(plan["breaks"][0]["release"], 1);
    assert!(
        plan["breaks"][0]["message"].as_str().unwrap().contains("column \"name\" does not exist"),
        "{plan:#}"
    );
    let open: Vec<&str> =
        plan["openHazards"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert!(open.contains(&"STK-B101") && open.contains(&"STK-B103"), "{open:?}");
    let refused = hub.apply_plan(json!({ "plan": plan["id"], "allow": ["STK-B103"] })).await;
    assert_eq!(refused["problem"]["diagnostics"][0]["code"], "STK-B101", "{refused:#}");
    database.execute("SELECT name FROM users").await;
}

#[tokio::test]
async fn a_dry_run_checks_logic_on_a_copy_of_the_database_as_it_will_be() {
    let (hub, database) = TestHub::deployed().await;
    let mut files = renamed();
    let dry = |files: &Files| json!({ "scope": "deploy", "files": wire(files), "dryRun": true });
    let problem = hub.prod(Method::POST, "/apply", Some(dry(&files))).await.problem("check_failed");
    let told =
        problem.diagnostics.iter().find(|it| it.file == "logic/users/get.sql").expect("the logic is checked");
    assert!(told.message.contains("column \"name\" does not exist"), "{told:?}");
    let get = files["logic/users/get.sql"].replace("name", "title");
    files.insert("logic/users/get.sql".to_owned(), get);
    let answer = hub.prod(Method::POST, "/apply", Some(dry(&files))).await.expect(StatusCode::OK);
    assert_eq!((&answer["changed"], &answer["number"]), (&json!(true), &json!(1)));
    assert!(!answer.to_string().contains("unchecked_logic"), "{answer:#}");
    database.execute("SELECT name FROM users").await;
}

#[tokio::test]
async fn an_apply_that_is_cancelled_stops_and_the_next_one_goes_on() {
    let (hub, database) = TestHub::deployed().await;
    let files = with_schema(|schema| {
        schema.replace(
            "  primary_key {",
            "  column \"n\" {\n    type = int\n    null = true\n  }\n  primary_key {",
        )
    });
    let plan = hub.plan(&files).await;
    let mut reader = database.connect().await;
    let holding = reader.transaction().await.unwrap();
    holding.execute("SELECT FROM users", &[]).await.unwrap();
    let begun = hub
        .prod(Method::POST, "/schema/applies", Some(json!({ "plan": plan["id"] })))
        .await
        .expect(StatusCode::ACCEPTED);
    let path = format!("/schema/applies/{}", begun["id"]);
    let mut waits = Value::Null;
    while waits.is_null() {
        let found = hub.prod(Method::GET, &path, None).await.expect(StatusCode::OK);
        assert_eq!(found["state"], "running", "{found:#}");
        waits = found["waitsFor"].clone();
    }
    assert!(waits.as_str().unwrap().contains("process"), "{waits}");
    let asked = hub.prod(Method::DELETE, &path, None).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text);
    let ended = loop {
        let found = hub.prod(Method::GET, &path, None).await.expect(StatusCode::OK);
        if found["state"] != "running" {
            break found;
        }
    };
    assert!(ended["problem"]["detail"].as_str().unwrap().contains("was stopped"), "{ended:#}");
    holding.rollback().await.unwrap();
    let again = hub.plan(&files).await;
    assert_eq!(again["databases"][0]["resumes"]["done"], 0, "{again:#}");
    let ended = hub.apply_plan(json!({ "plan": again["id"] })).await;
    assert_eq!(ended["state"], "done", "{ended:#}");
}

#[tokio::test]
async fn a_database_is_inspected_and_compared_with_files_and_releases() {
    let (hub, database) = TestHub::deployed().await;
    let inspected = hub
        .prod(Method::POST, "/schema/inspect", Some(json!({ "alias": "main" })))
        .await
        .expect(StatusCode::OK);
    let hcl = inspected["hcl"].as_str().unwrap().to_owned();
    assert!(hcl.contains("table \"users\""), "{hcl}");
    let diff = |from: Value, to: Value| json!({ "alias": "main", "from": from, "to": to });
    let compare = async |from: Value, to: Value| {
        let answer =
            hub.prod(Method::POST, "/schema/diff", Some(diff(from, to))).await.expect(StatusCode::OK);
        answer["steps"].as_array().unwrap().len()
    };
    let file = json!({ "files": { "main.hcl": hcl } });
    assert_eq!(compare(json!({ "database": "main" }), file.clone()).await, 0);
    assert_eq!(compare(json!({ "release": 1 }), json!({ "url": database.url })).await, 0);
    database.execute("ALTER TABLE users ADD more int").await;
    assert_eq!(compare(file, json!({ "database": "main" })).await, 1);
    let missing = hub
        .prod(
            Method::POST,
            "/schema/diff",
            Some(diff(json!({ "release": 9 }), json!({ "database": "main" }))),
        )
        .await;
    missing.problem("not_found");
    let wrong = hub
        .prod(
            Method::POST,
            "/schema/diff",
            Some(diff(json!({ "url": "postgres://a:geheim@127.0.0.1:1/x" }), json!({ "database": "main" }))),
        )
        .await;
    assert!(!wrong.text.contains("geheim"), "{}", wrong.text);
}
