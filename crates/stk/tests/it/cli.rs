//! Conventions of the command line: exit codes, `--json`, hints.

use serde_json::json;

use crate::dev::{answer, small_project};
use crate::stk::{Dev, run, run_with_input, stk, write};

#[test]
fn exit_codes_tell_usage_login_reach_and_refusal_apart() {
    let folder = small_project();
    let root = folder.path();
    assert_eq!(run(stk(root).arg("deplyo")).exit, 2);
    let logged_out = run(stk(root).args(["--json", "deploy"]));
    assert_eq!(logged_out.exit, 4, "{logged_out:?}");
    assert_eq!(logged_out.json()["error"]["exit"], 4);
    assert!(logged_out.json()["error"]["hint"].as_str().unwrap().contains("stk login"));
    let unreachable = run(stk(root).args(["--hub-url", "http://127.0.0.1:9", "whoami"]));
    assert_eq!(unreachable.exit, 5, "{unreachable:?}");
    write(root, "logic/answer.sql", "/* ---\nacess: public\n--- */\nselect 1 as x");
    let refused = run(stk(root).args(["logic", "validate"]));
    assert_eq!(refused.exit, 3, "{refused:?}");
    assert!(refused.stderr.contains("logic/answer.sql:2:1"), "{}", refused.stderr);
    assert!(refused.stderr.contains("`access`"), "the nearest known key is named: {}", refused.stderr);
    let outside = tempfile::tempdir().unwrap();
    let nowhere = run(stk(outside.path()).arg("deploy"));
    assert_eq!(nowhere.exit, 2, "{nowhere:?}");
    assert!(nowhere.stderr.contains("stk init"), "{}", nowhere.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_secrets_and_rollback_from_the_command_line() {
    let folder = small_project();
    let root = folder.path();
    let mut dev = Dev::start(root).await;
    write(root, "logic/answer.sql", &answer(2));
    assert_eq!(dev.event()["event"], "deployed");

    let unchanged = dev.stk(&["deploy"]).json();
    assert_eq!((&unchanged["changed"], &unchanged["number"]), (&json!(false), &json!(2)));
    let conflict = dev.stk(&["deploy", "--expect", "1"]);
    assert_eq!(conflict.exit, 3, "{conflict:?}");
    assert_eq!(dev.call("answer", &json!({}), None).await.body, 2);

    let rolled = dev.stk(&["release", "rollback"]).json();
    assert_eq!(rolled["number"], 3, "a rollback is a new number: {rolled}");
    let releases = dev.stk(&["release", "list"]).json();
    let numbers: Vec<_> = releases.as_array().unwrap().iter().map(|release| &release["number"]).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!((&releases[0]["live"], &releases[1]["live"]), (&json!(true), &json!(false)));

    let set = run_with_input(stk(root).args(["--json", "secret", "set", "STRIPE_KEY"]), "sk_of_the_test\n");
    assert_eq!(set.exit, 0, "{set:?}");
    let listed = dev.stk(&["secret", "list"]);
    assert!(listed.stdout.contains("STRIPE_KEY") && !listed.stdout.contains("sk_of_the_test"), "{listed:?}");
    assert_eq!(dev.stk(&["secret", "delete", "STRIPE_KEY"]).exit, 0);
    let needed = dev.stk(&["secret", "delete", "JWT_SECRET"]);
    assert_ne!(needed.exit, 0, "the live release needs it");
    assert!(needed.stdout.contains("JWT_SECRET"), "{needed:?}");

    let role = dev.stk(&["auth", "token", "--user", "u", "--role", "nobody"]);
    assert_ne!(role.exit, 0);
    assert!(role.stdout.contains("nobody"), "{role:?}");
    assert_eq!(dev.stop(), Some(0));
}

#[test]
fn completions_name_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(stk(folder.path()).args(["completions", shell]));
        assert_eq!(ran.exit, 0);
        for command in ["deploy", "rollback", "platform", "sync"] {
            assert!(ran.stdout.contains(command), "{shell}: {command}");
        }
    }
}
