//! What no run can reach, and what none leaves behind.

use super::*;

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
