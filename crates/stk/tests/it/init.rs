//! `stk init`: what it writes deploys as it stands.

use serde_json::json;

use crate::stk::{Dev, repository, run, stk, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_deploys_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(stk(folder.path()).args(["init", "my-notes"]));
    assert_eq!(ran.exit, 0, "{ran:?}");
    let root = folder.path().join("my-notes");
    let validated = run(stk(&root).args(["logic", "validate"]));
    assert_eq!(validated.exit, 0, "{validated:?}");
    assert_eq!(validated.stderr, "", "a new project has no warnings");

    let dev = Dev::start(&root).await;
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);
    let rows = dev.call("notes/list", &json!({}), None).await;
    assert_eq!(rows.body.as_array().map(Vec::len), Some(3), "{rows:?}");
    let token = dev.token("ann", &["user"]);
    let made = dev.call("notes/create", &json!({ "body": "hello" }), Some(&token)).await;
    assert_eq!((made.status, &made.body["author"]), (200, &json!("ann")), "{made:?}");
    let listed = dev.call("notes/list", &json!({}), None).await;
    assert_eq!(listed.body.as_array().map(Vec::len), Some(4), "creating purges the cached list: {listed:?}");
    let digest = dev.call("notes/digest", &json!({ "limit": 2 }), None).await;
    assert_eq!((digest.status, &digest.body["count"]), (200, &json!(2)), "{digest:?}");
    let hidden = dev.call("notes/_count", &json!({}), Some(&token)).await;
    assert_eq!((hidden.status, &hidden.body["code"]), (404, &json!("not_found")));
    assert_eq!(dev.stop(), Some(0));
}

/// What the editor says of the handlers.
#[test]
fn handlers_of_a_new_project_are_typed_in_editors() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(stk(folder.path()).args(["init", "--id", "notes"]));
    assert_eq!(ran.exit, 0, "{ran:?}");
    let tsc = || {
        let tsc = repository().join("packages/client/node_modules/typescript/bin/tsc");
        assert!(tsc.exists(), "{} is missing: run `npm ci` in packages/client", tsc.display());
        run(std::process::Command::new("node").arg(tsc).args(["-p", "logic"]).current_dir(folder.path()))
    };
    assert_eq!(tsc().stdout, "");
    write(
        folder.path(),
        "logic/wrong.js",
        "/** @type {Santokit.Handler<SantokitParams[\"notes/digest\"]>} */\nexport default async (params, context) => {\n  \
         params.limt;\n  context.db.qery('main', 'select 1');\n  throw new StkError('no');\n};\n",
    );
    let wrong = tsc().stdout;
    for line in 3..=5 {
        assert!(wrong.contains(&format!("wrong.js({line},")), "{wrong}");
    }
}

#[test]
fn an_app_that_is_there_keeps_its_files_and_gets_a_prepare_script() {
    let folder = tempfile::tempdir().unwrap();
    let package = "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"scripts\": { \"build\": \"vite\", \"prepare\": \"husky\" },\n  \"dependencies\": {}\n}\n";
    write(folder.path(), "package.json", package);
    let ran = run(stk(folder.path()).args(["init", "--id", "app"]));
    assert_eq!(ran.exit, 0, "{ran:?}");
    let text = std::fs::read_to_string(folder.path().join("package.json")).unwrap();
    assert!(text.contains("\"prepare\": \"stk sync --offline && husky\""), "{text}");
    let places: Vec<_> =
        ["name", "version", "scripts", "dependencies"].iter().map(|key| text.find(key)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "the order of the keys is kept: {text}");

    let again = run(stk(folder.path()).args(["init", "--id", "app"]));
    assert_eq!(again.exit, 1);
    assert!(again.stderr.contains("already a Santokit project"), "{}", again.stderr);
}

#[test]
fn files_in_the_way_are_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "schema/main.hcl", "mine");
    let ran = run(stk(folder.path()).args(["init", "--id", "app"]));
    assert_eq!(ran.exit, 1);
    assert!(ran.stderr.contains("schema/main.hcl"), "{}", ran.stderr);
    assert!(!folder.path().join("stk.config.json").exists());
}
