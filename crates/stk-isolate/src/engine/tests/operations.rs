//! What a run asks for, and what it is told.

use super::*;

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
fn an_aborted_run_says_that_it_is_over_and_no_more() {
    let mut bench = Bench::new("export default (params, { db }) => db.query('main', 'x')");
    let run = bench.start(false);
    let FromIsolate::Operation { operation, .. } = bench.next() else { panic!("an operation") };
    bench.engine.handle(ToIsolate::Abort { run });
    bench.engine.handle(ToIsolate::Done { run, operation, result: Ok(b"1".to_vec()) });
    assert_eq!(bench.outcome(), Outcome::Aborted);
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
