//! `stk schema`: plans for people and for CI, approved plans, hazards by name.

use serde_json::json;

use crate::dev::small_project;
use crate::stk::{Dev, run, run_with_input, stk, write};

/// A platform that deploys once, so that the files may change without it.
async fn quiet(root: &std::path::Path) -> (Dev, stk_testkit::Database) {
    let database = stk_testkit::Database::create().await;
    let mut command = Dev::command(root, &database.url);
    command.arg("--no-watch");
    (Dev::spawn(root, command), database)
}

fn change(root: &std::path::Path, from: &str, to: &str) {
    let schema = std::fs::read_to_string(root.join("schema/main.hcl")).unwrap();
    assert!(schema.contains(from), "{schema}");
    write(root, "schema/main.hcl", &schema.replace(from, to));
}

const COLUMN: &str =
    "column \"id\" { type = int }\n  column \"more\" {\n    type = text\n    null = true\n  }";

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_goes_to_a_reviewer_and_exactly_it_is_applied() {
    let folder = small_project();
    let root = folder.path();
    let (dev, _database) = quiet(root).await;
    assert_eq!(dev.stk(&["schema", "plan"]).json()["databases"], json!([]), "nothing to do");
    change(root, "column \"id\" { type = int }", COLUMN);
    let planned = dev.stk(&["schema", "plan", "--out", "plan.json"]);
    assert_eq!(planned.exit, 0, "{planned:?}");
    assert_eq!(planned.json()["databases"][0]["rehearsed"], true);
    let shown = run(stk(root).args(["schema", "plan"]));
    assert!(shown.stdout.contains("add column public.t.more"), "{}", shown.stdout);

    let text = std::fs::read_to_string(root.join("plan.json")).unwrap();
    write(root, "tampered.json", &text.replace("ADD COLUMN", "DROP COLUMN"));
    let tampered = dev.stk(&["schema", "apply", "--plan", "tampered.json"]);
    assert_eq!(tampered.exit, 3, "{tampered:?}");
    assert!(tampered.stdout.contains("changed after it was made"), "{tampered:?}");
    write(root, "elsewhere.json", &text.replace("\"env\": \"dev\"", "\"env\": \"prod\""));
    let elsewhere = dev.stk(&["schema", "apply", "--plan", "elsewhere.json"]);
    assert_eq!(elsewhere.exit, 3, "{elsewhere:?}");

    let applied = dev.stk(&["schema", "apply", "--plan", "plan.json", "--yes"]);
    assert_eq!((applied.exit, &applied.json()["number"]), (0, &json!(2)), "{applied:?}");
    let again = dev.stk(&["schema", "apply", "--plan", "plan.json"]);
    assert_eq!(again.exit, 3, "the database is no longer the one that was planned for: {again:?}");
    assert!(again.stdout.contains("public.t has changed"), "{again:?}");
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_hazard_exits_with_3_until_it_is_allowed_by_name() {
    let folder = small_project();
    let root = folder.path();
    let (dev, database) = quiet(root).await;
    database.execute("SELECT 1").await;
    change(root, "  column \"name\" {\n    type = text\n    null = true\n  }\n", "");
    let planned = dev.stk(&["schema", "plan"]);
    assert_eq!(planned.exit, 3, "{planned:?}");
    let plan = planned.json();
    assert_eq!(plan["openHazards"], json!(["STK-D103"]));
    let hazards = &plan["databases"][0]["steps"][0]["hazards"];
    assert!(hazards[0]["rows"].is_u64(), "the rows that lose a value are counted: {hazards}");
    let shown = run(stk(root).args(["schema", "plan"]));
    assert_eq!(shown.exit, 3);
    assert!(shown.stdout.contains("STK-D103") && shown.stderr.contains("--allow STK-D103"), "{shown:?}");
    let refused = dev.stk(&["schema", "apply", "--allow", "STK-L101"]);
    assert_eq!(refused.exit, 3, "{refused:?}");
    assert_eq!(refused.json()["error"]["diagnostics"][0]["code"], "STK-D103");
    let deploy = dev.stk(&["deploy"]);
    assert_eq!(deploy.exit, 3, "a deploy has the same plan: {deploy:?}");
    let applied = dev.stk(&["schema", "apply", "--allow", "STK-D103"]);
    assert_eq!(applied.exit, 0, "{applied:?}");
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_inspected_and_compared() {
    let folder = small_project();
    let root = folder.path();
    let (dev, _database) = quiet(root).await;
    let inspected = run(stk(root).args(["schema", "inspect"]));
    assert!(inspected.exit == 0 && inspected.stdout.contains("table \"t\""), "{inspected:?}");
    write(root, "live.hcl", &inspected.stdout);
    assert_eq!(dev.stk(&["schema", "diff", "main", "live.hcl"]).json()["steps"], json!([]));
    assert_eq!(dev.stk(&["schema", "diff", "release:1", "main"]).json()["steps"], json!([]));
    change(root, "column \"id\" { type = int }", COLUMN);
    let steps = dev.stk(&["schema", "diff", "release:1", "schema"]).json();
    assert_eq!(steps["steps"].as_array().unwrap().len(), 1, "{steps:#}");
    let url = dev.stk(&["schema", "diff", "postgres://a:b@c/d", "main"]);
    assert_eq!(url.exit, 2, "{url:?}");
    let unreachable = run_with_input(
        stk(root).args(["--json", "schema", "diff", "-", "main"]),
        "postgres://a:geheim@127.0.0.1:1/d\n",
    );
    assert!(unreachable.exit == 3 && !unreachable.stdout.contains("geheim"), "{unreachable:?}");
    assert_eq!(dev.stop(), Some(0));
}
