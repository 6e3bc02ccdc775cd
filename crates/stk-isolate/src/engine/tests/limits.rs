//! Time, memory, stack and floods.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::*;

/// Of this thread: what others do meanwhile on the machine is not counted.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

#[test]
fn no_script_outlives_its_deadline() {
    for body in [
        "for (;;) {}",
        "for (;;) { try { for (;;) {} } catch {} finally { for (;;) {} } }",
        "for (;;) await null",
        "const spin = () => { Promise.resolve().then(spin) }; spin(); await new Promise(() => {})",
        "const f = () => { try { return f() } finally { f() } }; return f()",
        "/^(a+)+$/.test('a'.repeat(40) + '!')",
        "const g = function* () { for (;;) yield }; for (const _ of g()) {}",
        "await context.db.query('main', 'select 1')",
        "return { get a() { for (;;) {} } }",
        "class A { static { for (;;) {} } }",
        "[3, 1].sort(() => { for (;;) {} })",
        "new Proxy({}, { get() { for (;;) {} } }).a",
    ] {
        let mut bench = Bench::new(&format!("export default async (params, context) => {{ {body} }}"));
        bench.limit = SHORT;
        let started = processor_time();
        bench.start(false);
        let mut said = bench.next();
        if matches!(said, FromIsolate::Operation { .. }) {
            said = bench.next();
        }
        assert_eq!(said, FromIsolate::Finished { run: 1, outcome: Outcome::Timeout }, "{body}");
        let took = processor_time() - started;
        assert!(took < SHORT + Duration::from_millis(100), "{body} took {took:?}");
    }
    let mut bench = Bench::new("for (;;) {} export default 1");
    bench.limit = SHORT;
    assert_eq!(bench.run(), Outcome::Timeout);
}

#[test]
fn memory_has_an_end() {
    for body in [
        "const a = []; for (;;) a.push(new Array(1000).fill(a.length))",
        "return new Uint8Array(1e9).length",
        "return 'x'.repeat(1e9)",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, 'x'.repeat(1e4) + i)",
        "return JSON.parse('[' + '1,'.repeat(2e6) + '1]').length",
    ] {
        check(body, &Outcome::Memory);
    }
    // One that is caught is none.
    check("try { new Uint8Array(1e9) } catch { return 'caught' }", &result("\"caught\""));
}

#[test]
fn deep_recursion_is_an_error() {
    check_fails("const f = () => f() + 1; return f()", "stack");
    check("const f = () => f() + 1; try { f() } catch (e) { return e.name }", &result("\"RangeError\""));
    check_fails("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a", "stack");
}

#[test]
fn a_promise_that_nothing_can_settle_ends_the_run_at_once() {
    check_fails("await new Promise(() => {})", "never settle");
    check_fails("return new Promise(() => {})", "never settle");
}

#[test]
fn a_flood_of_log_lines_or_operations_is_cut() {
    let mut bench = Bench::new(
        "export default async (params, { log }) => { for (let i = 0; i < 1e4; i++) log('x'.repeat(1000)) }",
    );
    bench.start(false);
    let mut bytes = 0;
    let outcome = loop {
        match bench.next() {
            FromIsolate::Log { message, .. } => bytes += message.len(),
            FromIsolate::Finished { outcome, .. } => break outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(outcome, result("null"));
    assert!(bytes < 2 << 20, "{bytes}");
    let mut bench = Bench::new("export default async (params, { db }) => { for (;;) db.query('main', 'x') }");
    bench.limit = SHORT;
    bench.start(false);
    let outcome = loop {
        if let FromIsolate::Finished { outcome, .. } = bench.next() {
            break outcome;
        }
    };
    assert_eq!(outcome, Outcome::Timeout, "promises that nobody looks at fail in silence");
}
