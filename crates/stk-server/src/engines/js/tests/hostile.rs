//! Scripts that mean no good: each ends within its limit and what is promised beyond, with its own fault.

use std::time::{Duration, Instant};

use stk_runtime::RunFault;

use super::support::*;

const LIMIT: Duration = Duration::from_millis(300);

/// The body of a handler, how its run ends, and that it does so in time.
async fn check(body: &str, expected: RunFault) {
    let engine = engine();
    let release = handler(body);
    // Starting a process is no part of a run's limit here.
    engine.prepare(&release).await;
    // What ends for another reason than its time is given plenty of that.
    let limit = if expected == RunFault::Timeout { LIMIT } else { Duration::from_secs(20) };
    let lateness = Lateness::watch();
    let result = run(&engine, &release, limit).await;
    lateness.check(limit, body);
    assert_eq!(result, Err(expected), "{body}");
    let after = handler("return 1");
    assert_eq!(run(&engine, &after, Duration::from_secs(10)).await, json("1"), "after {body}");
}

/// As [`check`], of a run that fails by itself with a text that contains `part`.
async fn check_fails(body: &str, part: &str) {
    let engine = engine();
    let started = Instant::now();
    let text = failure(run(&engine, &handler(body), Duration::from_secs(10)).await);
    assert!(text.contains(part), "{body}: {text}");
    assert!(started.elapsed() < Duration::from_secs(5), "{body}: it did not wait for its limit");
}

#[tokio::test]
async fn endless_loops_end() {
    check("for (;;) {}", RunFault::Timeout).await;
    check("for (;;) { try { for (;;) {} } finally { continue } }", RunFault::Timeout).await;
    check("for (;;) await 0", RunFault::Timeout).await;
}

#[tokio::test]
async fn endless_microtasks_end() {
    let body = "const spin = () => { Promise.resolve().then(spin) }; spin(); await new Promise(() => {})";
    check(body, RunFault::Timeout).await;
}

#[tokio::test]
async fn catastrophic_expressions_end() {
    check("/^(a+)+$/.test('a'.repeat(50) + '!')", RunFault::Timeout).await;
}

#[tokio::test]
async fn builtins_that_do_not_look_at_the_clock_end() {
    check("return (new Array(2e8) + '').length", RunFault::Timeout).await;
    check("return Array.prototype.lastIndexOf.call({ length: 2 ** 50 }, 0)", RunFault::Timeout).await;
    check("return Array.prototype.indexOf.call({ length: 2 ** 50 }, 0)", RunFault::Timeout).await;
}

#[tokio::test]
async fn memory_bombs_end() {
    let memory = || RunFault::Memory { bytes_max: 32 << 20 };
    check("const a = []; for (;;) a.push('x'.repeat(1e5) + a.length)", memory()).await;
    check("return new ArrayBuffer(2e9)", memory()).await;
    check("return 'x'.repeat(2 ** 29).split('')", memory()).await;
    check("const m = new Map(); for (let i = 0; ; i++) m.set(i, new Uint8Array(1e5))", memory()).await;
}

#[tokio::test]
async fn a_response_of_a_gigabyte_ends() {
    let memory = RunFault::Memory { bytes_max: 32 << 20 };
    check("const s = 'x'.repeat(1e6); return Array.from({ length: 1000 }, () => s)", memory).await;
}

#[tokio::test]
async fn deep_recursion_ends() {
    check_fails("const f = () => f() + 1; return f()", "RangeError").await;
    check_fails("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a", "stack").await;
}

#[tokio::test]
async fn a_promise_that_never_settles_ends() {
    check_fails("await new Promise(() => {})", "never settle").await;
    check("await context.invoke('never')", RunFault::Timeout).await;
}

#[tokio::test]
async fn a_transaction_left_open_is_left_to_the_operations() {
    // They are dropped with the run, which rolls back.
    check_fails(
        "context.db.transaction('main', async () => {}); await new Promise(() => {})",
        "never settle",
    )
    .await;
}

#[tokio::test]
async fn ten_thousand_timers_are_no_burden() {
    let engine = engine();
    let body = "let n = 0; await new Promise((done) => { for (let i = 0; i < 1e4; i++) setTimeout(() => { if (++n === 1e4) done() }, i % 50) }); return n";
    assert_eq!(run(&engine, &handler(body), Duration::from_secs(10)).await, json("10000"));
    check("for (let i = 0; i < 1e4; i++) setTimeout(function again() { setTimeout(again, 0) }, 0); await context.invoke('never')", RunFault::Timeout).await;
}

#[tokio::test]
async fn thrown_values_and_bad_results_are_told() {
    check_fails("throw 'no error'", "thrown: no error").await;
    check_fails("throw null", "thrown: null").await;
    check_fails("return { get a() { throw new Error('getter') } }", "getter").await;
    check_fails("const a = {}; a.a = a; return a", "circular").await;
    check_fails("return 1n", "BigInt").await;
}

#[tokio::test]
async fn nothing_of_the_machine_can_be_reached() {
    check_fails("await import('fs')", "resolving").await;
    check_fails("await import('https://example.com/a.js')", "resolving").await;
    check_fails("await import('data:text/javascript,1')", "resolving").await;
    check_fails("eval('1')", "eval is not supported").await;
    let engine = engine();
    let release = handler("return [typeof process, typeof require, typeof Deno, typeof std, typeof os]");
    let nothing = r#"["undefined","undefined","undefined","undefined","undefined"]"#;
    assert_eq!(run(&engine, &release, Duration::from_secs(10)).await, json(nothing));
}

#[tokio::test]
async fn no_run_sees_what_another_changed() {
    let engine = engine();
    let limit = Duration::from_secs(10);
    let pollute = handler(
        "Object.prototype.admin = true; globalThis.left = 1; Array.prototype.map = null; JSON.stringify = () => '1'",
    );
    let look = handler(
        "return [{}.admin, globalThis.left, typeof [].map, JSON.stringify('x')].map((x) => x ?? null)",
    );
    for _ in 0..3 {
        let _ = run(&engine, &pollute, limit).await;
        assert_eq!(run(&engine, &look, limit).await, json(r#"[null,null,"function","\"x\""]"#));
    }
}
