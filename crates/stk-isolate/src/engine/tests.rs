use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::*;
use crate::protocol::{Fault, Frames, Module};
use crate::status::Status;

/// An engine and what it said.
struct Bench {
    engine: Engine,
    outbox: Rc<Outbox>,
    said: Rc<RefCell<Frames>>,
    runs: u32,
    limit: Duration,
}

#[derive(Clone)]
struct Sink(Rc<RefCell<Frames>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().buffer().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Of runs that are to end by themselves.
const LIMIT: Duration = Duration::from_secs(20);
/// Of those that do not.
const SHORT: Duration = Duration::from_millis(200);

impl Bench {
    fn new(handler: &str) -> Bench {
        Bench::with(&[("logic/a.js", handler)])
    }

    fn with(modules: &[(&str, &str)]) -> Bench {
        let said = Rc::new(RefCell::new(Frames::default()));
        let outbox = Rc::new(Outbox::new(Box::new(Sink(said.clone())), Status::unshared()));
        let mut engine = Engine::new(outbox.clone());
        let keys: Vec<&str> = modules.iter().map(|(key, _)| *key).collect();
        let module = |(key, source): &(&str, &str)| Module {
            key: (*key).to_owned(),
            source: (*source).to_owned(),
            imports: keys.iter().map(|key| (key.replace("logic/", "./"), (*key).to_owned())).collect(),
        };
        let modules = modules.iter().map(module).collect();
        engine.handle(ToIsolate::Load { release: 1, modules });
        Bench { engine, outbox, said, runs: 0, limit: LIMIT }
    }

    fn start(&mut self, reuse: bool) -> u32 {
        self.runs += 1;
        self.engine.handle(ToIsolate::Start(Start {
            run: self.runs,
            release: 1,
            entry: "logic/a.js".to_owned(),
            params: b"{\"id\":7}".to_vec(),
            request: br#"{"id":"r","path":"a","headers":{"x":"y"},"user":{"id":"u","roles":["admin"]}}"#
                .to_vec(),
            secrets: vec![("KEY".to_owned(), "s3cret".to_owned())],
            deadline_ns: clock::ns_of(Instant::now() + self.limit),
            memory_bytes: 16 << 20,
            result_bytes_max: 1000,
            reuse,
        }));
        self.runs
    }

    /// The next thing said, timers being run meanwhile.
    fn next(&mut self) -> FromIsolate {
        loop {
            self.outbox.flush().unwrap();
            if let Some(body) = self.said.borrow_mut().take().unwrap() {
                return FromIsolate::read(body).unwrap();
            }
            let next = self.engine.next_ns().expect("a run is under way");
            std::thread::sleep(Duration::from_nanos(next.saturating_sub(clock::now_ns())));
            self.engine.tick();
        }
    }

    fn outcome(&mut self) -> Outcome {
        match self.next() {
            FromIsolate::Finished { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    }

    fn run(&mut self) -> Outcome {
        self.start(false);
        self.outcome()
    }

    fn answer(&mut self, result: Result<&str, Fault>) -> (String, String) {
        let FromIsolate::Operation { run, operation, name, input } = self.next() else {
            panic!("an operation")
        };
        let result = result.map(|json| json.as_bytes().to_vec());
        self.engine.handle(ToIsolate::Done { run, operation, result });
        (name, String::from_utf8(input).unwrap())
    }
}

fn result(json: &str) -> Outcome {
    Outcome::Result(json.as_bytes().to_vec())
}

/// The body of a handler, and how its run ends.
fn check(body: &str, expected: &Outcome) {
    let mut bench =
        Bench::new(&format!("export default async function handler(params, context) {{ {body} }}"));
    for _ in 0..2 {
        assert_eq!(&bench.run(), expected, "{body}");
    }
}

/// The body of a handler that fails, and what its text contains.
#[track_caller]
fn check_fails(body: &str, part: &str) {
    let mut bench =
        Bench::new(&format!("export default async function handler(params, context) {{ {body} }}"));
    match bench.run() {
        Outcome::Failed(text) | Outcome::BadResult(text) => assert!(text.contains(part), "{body}: {text}"),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_handler_gets_params_and_context() {
    check("return { id: params.id + 1 }", &result(r#"{"id":8}"#));
    check("return context.request.user.roles", &result(r#"["admin"]"#));
    check(
        "return [context.request.id, context.request.path, context.request.headers.x]",
        &result(r#"["r","a","y"]"#),
    );
    check("return context.getSecret('KEY')", &result("\"s3cret\""));
    check_fails("return context.getSecret('OTHER')", "`OTHER` is not declared");
    check_fails("'use strict'; context.request.user.roles.push('root')", "TypeError");
    check_fails("'use strict'; context.request.user = null", "TypeError");
    check("return [await 1, (() => 2)(), [...'ab'].map((x) => x + x)]", &result(r#"[1,2,["aa","bb"]]"#));
}

#[test]
fn results_are_json_or_a_fault() {
    check("", &result("null"));
    check("return undefined", &result("null"));
    check("return () => 1", &result("null"));
    check("return { a: undefined, b: NaN, c: 'é\\u0000' }", &result("{\"b\":null,\"c\":\"é\\u0000\"}"));
    check_fails("return 1n", "BigInt");
    check_fails("const a = {}; a.a = a; return a", "circular");
    check_fails("return { get a() { throw new Error('no') } }", "no");
    check_fails("return { toJSON() { throw 3 } }", "thrown: 3");
    check("return 'x'.repeat(2000)", &Outcome::ResultTooLarge);
    check("const s = 'x'.repeat(1e6); return Array.from({ length: 1000 }, () => s)", &Outcome::Memory);
}

#[test]
fn whatever_is_thrown_has_a_text() {
    check_fails("throw new Error('oh')", "Error: oh\n    at handler (logic/a.js:1:");
    check_fails("throw 'text'", "thrown: text");
    check_fails("throw undefined", "thrown: undefined");
    check_fails("throw { a: 1 }", "thrown: {\"a\":1}");
    check_fails("throw Object.create(null, { toJSON: { get() { throw 1 } } })", "can not be shown");
    check_fails("throw new Error('outer', { cause: new TypeError('inner') })", "caused by: TypeError: inner");
    check_fails("setTimeout_; ", "ReferenceError");
    let refused = |status, code: &str, message: &str| {
        Outcome::Refused(Fault { status, code: code.to_owned(), message: message.to_owned() })
    };
    check("throw new StkError(402, 'pay', 'first')", &refused(402, "pay", "first"));
    check("throw new StkError(402, 'pay')", &refused(402, "pay", "pay"));
    check_fails("throw new StkError(200, 'fine', 'x')", "StkError: x");
    check_fails("throw new StkError('404', 1)", "StkError");
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
        let started = Instant::now();
        bench.start(false);
        let mut said = bench.next();
        if matches!(said, FromIsolate::Operation { .. }) {
            said = bench.next();
        }
        assert_eq!(said, FromIsolate::Finished { run: 1, outcome: Outcome::Timeout }, "{body}");
        let took = started.elapsed();
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
fn nothing_outside_the_release_can_be_reached() {
    for specifier in
        ["fs", "node:fs", "std", "os", "https://example.com/a.js", "santokit:core", "../a.js", "/etc/passwd"]
    {
        check_fails(&format!("await import({specifier:?})"), "resolving");
    }
    for body in ["eval('1')", "new Function('return 1')()", "(async () => {}).constructor('return 1')()"] {
        check_fails(body, "eval is not supported");
    }
    for name in ["process", "require", "Deno", "Bun", "std", "os", "module", "__filename", "native"] {
        check(&format!("return typeof {name}"), &result("\"undefined\""));
    }
}

#[test]
fn modules_of_the_release_import_each_other() {
    let mut bench = Bench::with(&[
        (
            "logic/a.js",
            "import { b } from './b.js'; export const a = 1; export default async () => [b(), (await import('./c.js')).c]",
        ),
        ("logic/b.js", "import { a } from './a.js'; export const b = () => a + 1"),
        ("logic/c.js", "export const c = 3"),
    ]);
    assert_eq!(bench.run(), result("[2,3]"));
    let mut broken = Bench::with(&[
        ("logic/a.js", "import './b.js'; export default () => 1"),
        ("logic/b.js", "let = = 1"),
    ]);
    let Outcome::Failed(text) = broken.run() else { panic!("a syntax error") };
    assert!(text.contains("SyntaxError") && text.contains("logic/b.js"), "{text}");
    let mut missing = Bench::with(&[("logic/a.js", "import { x } from './a.js'; export default () => x")]);
    assert!(matches!(missing.run(), Outcome::Failed(_)));
    assert!(
        matches!(Bench::new("export default 1").run(), Outcome::Failed(text) if text.contains("not a function"))
    );
}

#[test]
fn nothing_survives_a_run() {
    let mut bench = Bench::new(
        "let calls = 0; export default async () => {
            const seen = [++calls, globalThis.left, Object.prototype.left, [].left, Math.max(1, 2), typeof JSON, typeof Promise];
            globalThis.left = Object.prototype.left = Array.prototype.left = 1;
            Math.max = () => 'x'; delete globalThis.JSON; Promise.prototype.then = null; Map.prototype.set = null;
            delete globalThis.StkError; Math.random = null;
            return seen.map((x) => x ?? 'none').join();
        }",
    );
    for _ in 0..3 {
        assert_eq!(bench.run(), result("\"1,none,none,none,2,object,function\""));
    }
}

#[test]
fn a_run_that_failed_leaves_the_next_one_a_whole_realm() {
    for bad in ["for (;;) {}", "return new Uint8Array(1e9)", "const f = () => f(); f()"] {
        let mut bench = Bench::new(&format!(
            "export default async (params, context) => {{ if (context.log.name !== 'x' && !globalThis.StkError.seen) {{ {bad} }} }}"
        ));
        bench.limit = SHORT;
        let first = bench.run();
        assert_eq!(bench.run(), first, "{bad}");
    }
    let mut bench = Bench::new(
        "export default async () => { const random = Math.random(); return typeof random + random }",
    );
    let (one, two) = (bench.run(), bench.run());
    assert_ne!(one, two, "random numbers do not repeat");
}

#[test]
fn a_reused_realm_keeps_what_it_did_until_a_run_fails() {
    let mut bench = Bench::new(
        "let calls = 0; export default async () => { if (++calls === 3) throw new Error('third'); return calls }",
    );
    let mut outcomes = (0..4).map(|_| {
        bench.start(true);
        bench.outcome()
    });
    assert_eq!(outcomes.next(), Some(result("1")));
    assert_eq!(outcomes.next(), Some(result("2")));
    assert!(matches!(outcomes.next(), Some(Outcome::Failed(_))));
    assert_eq!(outcomes.next(), Some(result("1")));
}

#[test]
fn a_reused_realm_starts_without_what_the_last_run_left_waiting() {
    let mut bench = Bench::new(
        "export default async (params, context) => { context.db.query('main', 'select 1'); return 1 }",
    );
    for _ in 0..3 {
        let run = bench.start(true);
        let FromIsolate::Operation { operation, .. } = bench.next() else { panic!("an operation") };
        assert_eq!(bench.outcome(), result("1"));
        bench.engine.handle(ToIsolate::Done { run, operation, result: Ok(b"[]".to_vec()) });
    }
}

#[test]
fn what_a_run_left_to_do_is_not_done_in_the_name_of_the_next() {
    let mut bench = Bench::new(
        "let runs = 0, late = 'none'; export default async (params, { db }) => {
            if (++runs > 1) return late;
            Promise.resolve().then(() => 1).then(() => 1).then(() => 1).then(() => 1)
                .then(() => db.query('main', 'delete from users')).catch((e) => { late = e.message });
            setTimeout_?.();
        }; function setTimeout_() {}",
    );
    bench.start(true);
    assert_eq!(bench.outcome(), result("null"));
    bench.start(true);
    assert_eq!(bench.outcome(), result("\"the run is over\""));
    let mut endless = Bench::new(
        "let runs = 0; export default () => { const spin = () => { Promise.resolve().then(spin) }; spin(); return ++runs }",
    );
    for _ in 0..2 {
        endless.start(true);
        assert_eq!(endless.outcome(), result("1"), "a realm that does not come to rest is not used again");
    }
}

#[test]
fn operations_go_out_and_their_ends_come_in() {
    let mut bench = Bench::new(
        "export default async (params, { db, invoke }) => {
            const rows = await db.query('main', 'select $1', [params.id, 1n, undefined]);
            return [rows[0].a, await invoke('b/c')];
        }",
    );
    bench.start(false);
    assert_eq!(
        bench.answer(Ok(r#"[{"a":1}]"#)),
        ("db.query".to_owned(), r#"{"alias":"main","sql":"select $1","values":[7,"1",null]}"#.to_owned())
    );
    assert_eq!(bench.answer(Ok("{}")), ("invoke".to_owned(), r#"{"path":"b/c","params":{}}"#.to_owned()));
    assert_eq!(bench.outcome(), result("[1,{}]"));
}

#[test]
fn a_fault_is_a_stk_error_that_may_be_caught() {
    let fault = || Fault { status: 409, code: "unique_violation".to_owned(), message: "taken".to_owned() };
    let mut bench = Bench::new("export default (params, { db }) => db.query('main', 'x')");
    bench.start(false);
    bench.answer(Err(fault()));
    assert_eq!(bench.outcome(), Outcome::Refused(fault()));
    let mut bench = Bench::new(
        "export default (params, { db }) => db.query('main', 'x').catch((e) => [e instanceof StkError, e.status, e.code, e.message])",
    );
    bench.start(false);
    bench.answer(Err(fault()));
    assert_eq!(bench.outcome(), result(r#"[true,409,"unique_violation","taken"]"#));
}

#[test]
fn a_transaction_is_committed_on_return_and_rolled_back_on_throw() {
    let run = |body: &str, answers: &[&str]| {
        let mut bench =
            Bench::new(&format!("export default (params, {{ db }}) => db.transaction('main', {body})"));
        bench.start(false);
        let asked: Vec<String> = answers.iter().map(|answer| bench.answer(Ok(answer)).0).collect();
        (asked, bench.outcome())
    };
    let (asked, outcome) =
        run("async (tx) => (await tx.query('select 1')).length", &[r#"{"tx":4}"#, "[1,2]", "null"]);
    assert_eq!((asked.join(), outcome), ("db.begin db.query db.commit".to_owned(), result("2")));
    let (asked, outcome) =
        run("async () => { throw new StkError(422, 'no', 'n') }", &[r#"{"tx":4}"#, "null"]);
    assert_eq!(asked.join(), "db.begin db.rollback");
    assert!(matches!(outcome, Outcome::Refused(_)));
    let mut bench = Bench::new(
        "export default async (params, { db }) => { let kept; await db.transaction('main', async (tx) => { kept = tx }); return kept.query('x') }",
    );
    bench.start(false);
    bench.answer(Ok(r#"{"tx":4}"#));
    bench.answer(Ok("null"));
    assert!(matches!(bench.outcome(), Outcome::Failed(text) if text.contains("the transaction is over")));
}

trait Joined {
    fn join(&self) -> String;
}

impl Joined for Vec<String> {
    fn join(&self) -> String {
        self.as_slice().join(" ")
    }
}

#[test]
fn log_lines_come_in_order_with_level_and_fields() {
    let mut bench = Bench::new(
        "export default async (params, { log }) => { log('one', { a: 1 }); log.warn({ b: 2 }); log.error(new Error('e').message) }",
    );
    bench.start(false);
    let line = |level, message: &str, fields: Option<&str>| FromIsolate::Log {
        run: 1,
        level,
        message: message.to_owned(),
        fields: fields.map(str::to_owned),
    };
    use crate::protocol::Level;
    assert_eq!(bench.next(), line(Level::Info, "one", Some("{\"a\":1}")));
    assert_eq!(bench.next(), line(Level::Warn, "{\"b\":2}", None));
    assert_eq!(bench.next(), line(Level::Error, "e", None));
    assert_eq!(bench.outcome(), result("null"));
}

#[test]
fn a_rejection_that_nobody_awaits_is_told() {
    let mut bench = Bench::new(
        "export default async (params, { invoke }) => {
            const fails = async (what) => { throw new Error(what) };
            await fails('seen').catch(() => {}); try { await fails('seen too') } catch {}
            fails('lost'); Promise.reject('text');
            return 1;
        }",
    );
    bench.start(false);
    let mut lines = Vec::new();
    let outcome = loop {
        match bench.next() {
            FromIsolate::Log { message, .. } => lines.push(message),
            FromIsolate::Finished { outcome, .. } => break outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(outcome, result("1"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("not awaited: Error: lost") && lines[0].contains("logic/a.js:2"), "{lines:?}");
    assert!(lines[1].ends_with("not awaited: text"), "{lines:?}");
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

#[test]
fn an_aborted_run_says_no_more() {
    let mut bench = Bench::new("export default (params, { db }) => db.query('main', 'x')");
    let run = bench.start(false);
    let FromIsolate::Operation { operation, .. } = bench.next() else { panic!("an operation") };
    bench.engine.handle(ToIsolate::Abort { run });
    bench.engine.handle(ToIsolate::Done { run, operation, result: Ok(b"1".to_vec()) });
    bench.outbox.flush().unwrap();
    assert_eq!(bench.said.borrow_mut().take(), Ok(None));
    assert!(bench.engine.is_idle());
}

#[test]
fn runs_of_one_process_interleave() {
    let mut bench = Bench::new("export default async (params, { db }) => (await db.query('main', 'x'))[0]");
    let runs: Vec<u32> = (0..50).map(|_| bench.start(false)).collect();
    let mut waiting: Vec<u32> = runs
        .iter()
        .map(|_| match bench.next() {
            FromIsolate::Operation { operation, .. } => operation,
            other => panic!("{other:?}"),
        })
        .collect();
    for run in runs.into_iter().rev() {
        let answer = format!("[{run}]").into_bytes();
        let operation = waiting.pop().unwrap();
        bench.engine.handle(ToIsolate::Done { run, operation, result: Ok(answer) });
        assert_eq!(bench.outcome(), result(&run.to_string()));
    }
}

#[test]
fn an_unknown_release_is_a_failure() {
    let mut bench = Bench::new("export default () => 1");
    bench.engine.handle(ToIsolate::Unload { release: 1 });
    assert!(matches!(bench.run(), Outcome::Failed(text) if text.contains("not loaded")));
}
