//! Code that means harm, or is just wrong: each call ends within its limit with a stable code, and neither the other
//! calls nor the other project on the same Server are harmed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::conformance::platform::Platform;
use crate::engines::{BASE, Caller, public};

/// The `timeout` of every logic here.
const TIMEOUT: Duration = Duration::from_millis(500);

/// How long past its limit a call may end.
const LATE_MAX: Duration = Duration::from_millis(100);

/// Name, code, and the codes that its call may end with.
const HOSTILE: [(&str, &str, &[&str]); 21] = [
    ("loops", "export default () => { for (;;) {} }", &["timeout"]),
    ("microtasks", "export default async () => { for (;;) await null; }", &["timeout"]),
    ("regex", "export default () => /^(a+)+$/.test(\"a\".repeat(40) + \"!\")", &["timeout"]),
    ("joins", "export default () => (new Array(2e8) + \"\").length", &["timeout", "memory_exceeded"]),
    (
        "fills",
        "export default () => Array.prototype.fill.call({ length: 2 ** 40 }, 0)",
        &["timeout", "memory_exceeded"],
    ),
    (
        "hoards",
        "export default () => { const all = []; for (;;) all.push(\"x\".repeat(1e6) + all.length); }",
        &["memory_exceeded"],
    ),
    (
        "buffers",
        "export default () => { const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1)); }",
        &["memory_exceeded", "logic_failed"],
    ),
    ("recurses", "export default function f(n) { return f(n) + 1 }", &["logic_failed"]),
    ("waits", "export default () => new Promise(() => {})", &["logic_failed"]),
    (
        "floods",
        "export default () => \"x\".repeat(2 ** 30 - 1)",
        &["result_too_large", "memory_exceeded", "logic_failed"],
    ),
    ("large", "export default () => \"x\".repeat(2e6)", &["result_too_large"]),
    ("throws", "export default () => { throw 42 }", &["logic_failed"]),
    ("throws_null", "export default async () => { throw null }", &["logic_failed"]),
    ("getter", "export default () => ({ get a() { throw new Error(\"no\") } })", &["bad_result"]),
    ("circle", "export default () => { const a = {}; a.a = a; return a }", &["bad_result"]),
    ("bigint", "export default () => 1n", &["bad_result"]),
    ("files", "export default () => Function(\"return import('fs')\")()", &["logic_failed"]),
    ("remote", "export default () => (0, eval)(\"import('https://example.com/x.js')\")", &["logic_failed"]),
    ("own_file", "export default () => Function(\"return import('/etc/passwd')\")()", &["logic_failed"]),
    (
        "leaves_open",
        "export default (_, { db }) => db.transaction(\"main\", async (tx) => {\n  await tx.query(\"insert into items values (1, 'left')\", []);\n  await new Promise(() => {});\n})",
        &["logic_failed"],
    ),
    ("sleeps", "export default (_, { db }) => db.query(\"main\", \"select pg_sleep(60)\", [])", &["timeout"]),
];

/// Code that ends well, with what it gives: what it tried was in vain.
const HARMLESS: [(&str, &str, &str); 6] = [
    (
        "environment",
        "export default () => [typeof process, typeof require, typeof Deno, typeof std, typeof os]",
        r#"["undefined","undefined","undefined","undefined","undefined"]"#,
    ),
    (
        "timers",
        "export default () => { for (let i = 0; i < 10000; i++) setTimeout(() => {}, 3600000); return 1 }",
        "1",
    ),
    (
        "pollutes",
        "export default () => { Object.prototype.polluted = 1; Array.prototype.map = () => \"mine\"; globalThis.left = 1; JSON.stringify = () => \"evil\"; return ({}).polluted }",
        "1",
    ),
    (
        "reads_left",
        "export default () => [({}).polluted ?? null, [1].map((x) => x + 1), globalThis.left ?? null]",
        "[null,[2],null]",
    ),
    ("proxy", "export default () => new Proxy({ a: 1 }, {})", r#"{"a":1}"#),
    ("quick", "export default () => \"quick\"", "\"quick\""),
];

fn project() -> Vec<(String, String)> {
    let header = format!("timeout: {}ms\n", TIMEOUT.as_millis());
    let mut files: Vec<(String, String)> =
        BASE.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files
        .push(("config/limits.yaml".to_owned(), "memory: 32MB\nresponse: 1MB\nconcurrency: 20\n".to_owned()));
    for (name, code, _) in HOSTILE {
        files.push((format!("logic/{name}.js"), public(&header, code)));
    }
    for (name, code, _) in HARMLESS {
        files.push((format!("logic/{name}.js"), public("", code)));
    }
    files.push(("logic/count.sql".to_owned(), public("returns: value\n", "select count(*) as n from items")));
    files
}

async fn deploy(platform: &Platform, name: &str) -> Caller {
    let files = project();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    platform.deploy_files(name, &files).await;
    Caller::new(platform, name)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_call_ends_in_time_with_its_code() {
    let platform = Platform::start().await;
    let caller = deploy(&platform, "hostile").await;
    let mut wrong = Vec::new();
    for (name, _, codes) in HOSTILE {
        let called = caller.call(name, &json!({})).await;
        if !codes.contains(&called.code()) {
            wrong.push(format!("{name}: {called:?}, not {codes:?}"));
        }
        if called.took > TIMEOUT + LATE_MAX {
            wrong.push(format!("{name} took {:?} of its {TIMEOUT:?}", called.took));
        }
    }
    for (name, _, expected) in HARMLESS {
        let called = caller.call(name, &json!({})).await;
        let answer = called.body.to_string();
        if answer != expected {
            wrong.push(format!("{name}: {called:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(caller.call("count", &json!({})).await.body, 0, "what was left open is undone");
    assert_eq!(platform.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_harms_neither_other_calls_nor_the_other_project() {
    let platform = Platform::start().await;
    let (attacker, other) = (deploy(&platform, "attacker").await, deploy(&platform, "other").await);
    let (attacker, over) = (Arc::new(attacker), AtomicBool::new(false));
    let attack = async {
        let calls = (0..3).flat_map(|_| HOSTILE.iter()).map(|(name, _, codes)| {
            let attacker = attacker.clone();
            tokio::spawn(async move {
                let called = attacker.call(name, &json!({})).await;
                // Its own calls are in each other's way: waiting for a turn in vain is an end as well.
                let known =
                    codes.iter().chain(&["timeout", "unavailable"]).any(|code| *code == called.code());
                assert!(known, "{name}: {called:?}");
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        over.store(true, Ordering::Release);
    };
    let peace = async {
        let mut slowest = Duration::ZERO;
        while !over.load(Ordering::Acquire) {
            let called = other.call("quick", &json!({})).await;
            assert_eq!((called.status, &called.body), (200, &json!("quick")));
            slowest = slowest.max(called.took);
            assert_eq!(other.call("count", &json!({})).await.body, 0);
        }
        slowest
    };
    let ((), slowest) = tokio::join!(attack, peace);
    assert!(slowest < Duration::from_secs(2), "a call of the other project took {slowest:?}");
    assert_eq!(attacker.call("reads_left", &json!({})).await.body, json!([null, [2], null]));
    assert_eq!(other.call("reads_left", &json!({})).await.body, json!([null, [2], null]));
    assert_eq!(platform.stop(), Some(0));
}
