//! `examples/shop`, deployed and called as its calls.json says.

use serde_json::Value;

use crate::stk::{Answer, Dev, copy_of, repository};

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_deploys_and_every_call_answers_as_it_says() {
    let folder = copy_of(&repository().join("examples/shop"));
    let dev = Dev::start(folder.path()).await;
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);
    assert_eq!(dev.ready["release"]["seeded"], true, "{:#}", dev.ready);
    assert_the_printed_call_gives_rows(&dev);

    let calls: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("calls.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for call in &calls {
        let answer = answer(&dev, call).await;
        if let Err(why) = check(&answer, &call["expect"]) {
            wrong.push(format!("{}: {why}\n  {answer:?}", call["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} calls:\n{}", wrong.len(), calls.len(), wrong.join("\n"));
    assert_every_public_logic_was_called(&dev, &calls);
    assert_eq!(dev.stop(), Some(0));
}

pub async fn answer(dev: &Dev, call: &Value) -> Answer {
    let token = call["as"]["user"].as_str().map(|user| {
        let roles: Vec<&str> =
            call["as"]["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        dev.token(user, &roles)
    });
    dev.call(call["path"].as_str().unwrap(), &call["params"], token.as_deref()).await
}

pub fn check(answer: &Answer, expect: &Value) -> Result<(), String> {
    if expect["status"] != answer.status {
        return Err(format!("status {} instead of {}", answer.status, expect["status"]));
    }
    if let Some(json) = expect.get("json") {
        matches(&answer.body, json, "")?;
    }
    if let Some(length) = expect.get("length") {
        let found = answer.body.as_array().map(Vec::len);
        if found != length.as_u64().map(|length| length as usize) {
            return Err(format!("{found:?} elements instead of {length}"));
        }
    }
    for (name, value) in expect["headers"].as_object().into_iter().flatten() {
        if answer.header(name) != value.as_str() {
            return Err(format!("{name}: {:?} instead of {value}", answer.header(name)));
        }
    }
    Ok(())
}

/// Of an object only the keys that are expected; anything else exactly.
fn matches(found: &Value, expected: &Value, at: &str) -> Result<(), String> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected.iter().try_for_each(|(key, value)| {
            matches(
                found.get(key).ok_or_else(|| format!("{at}/{key} is missing"))?,
                value,
                &format!("{at}/{key}"),
            )
        }),
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => found
            .iter()
            .zip(expected)
            .enumerate()
            .try_for_each(|(i, (f, e))| matches(f, e, &format!("{at}/{i}"))),
        // As JavaScript compares them: 47 and 47.0 are one number.
        (Value::Number(found), Value::Number(expected)) if found.as_f64() == expected.as_f64() => Ok(()),
        _ if found == expected => Ok(()),
        _ => Err(format!("{at}: {found} instead of {expected}")),
    }
}

/// The screen's `curl` is run as a developer would: pasted into a shell.
fn assert_the_printed_call_gives_rows(dev: &Dev) {
    let call = dev.ready["release"]["call"].as_str().expect("a ready call");
    let output = std::process::Command::new("sh").args(["-c", call]).output().expect("run the shell");
    let rows: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {call}: {}", String::from_utf8_lossy(&output.stdout)));
    assert!(rows.as_array().is_some_and(|rows| !rows.is_empty()), "{call}: {rows}");
}

fn assert_every_public_logic_was_called(dev: &Dev, calls: &[Value]) {
    let manifest = dev.stk(&["logic", "list"]).json();
    let paths: Vec<&String> = manifest["logic"].as_object().unwrap().keys().collect();
    assert!(paths.len() >= 14, "{paths:?}");
    for path in paths {
        assert!(calls.iter().any(|call| call["path"] == path.as_str()), "calls.json never calls {path}");
    }
}
