//! CPU of one run within the engine, without sockets and without the Server: a handler with one query and a mapping.
//!
//! `cargo run --release -p stk-isolate --example timing`

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use stk_isolate::protocol::{Frames, FromIsolate, Module, Start, ToIsolate};
use stk_isolate::status::Status;
use stk_isolate::{Engine, Outbox, clock};

const HANDLER: &str = "
    export default async function handler(params, context) {
        const rows = await context.db.query('main', 'select id, name, price from items where id = $1', [params.id]);
        return rows.map((row) => ({ id: row.id, label: row.name.toUpperCase(), total: row.price * 2 }));
    }";
const ROWS: &[u8] = br#"[{"id":1,"name":"one","price":10},{"id":2,"name":"two","price":20}]"#;
const RUNS: u32 = 20_000;

#[derive(Clone, Default)]
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

struct Bench {
    engine: Engine,
    outbox: Rc<Outbox>,
    said: Sink,
}

impl Bench {
    fn new() -> Bench {
        let said = Sink::default();
        let outbox = Rc::new(Outbox::new(Box::new(said.clone()), Status::unshared()));
        let mut engine = Engine::new(outbox.clone());
        let module = Module { key: "logic/a.js".to_owned(), source: HANDLER.to_owned(), imports: Vec::new() };
        engine.handle(ToIsolate::Load { release: 1, modules: vec![module].into() });
        Bench { engine, outbox, said }
    }

    fn start(&mut self, run: u32, reuse: bool) -> u32 {
        self.engine.handle(ToIsolate::Start(Start {
            run,
            release: 1,
            entry: "logic/a.js".to_owned(),
            params: b"{\"id\":7}".to_vec(),
            request: br#"{"id":"0123456789","path":"items","headers":{"host":"localhost"},"user":null}"#
                .to_vec(),
            secrets: Vec::new(),
            deadline_ns: clock::ns_of(Instant::now() + Duration::from_secs(5)),
            memory_bytes: 64 << 20,
            result_bytes_max: 8 << 20,
            reuse,
        }));
        match self.next() {
            FromIsolate::Operation { operation, .. } => operation,
            other => panic!("{other:?}"),
        }
    }

    fn finish(&mut self, run: u32, operation: u32) {
        self.engine.handle(ToIsolate::Done { run, operation, result: Ok(ROWS.to_vec()) });
        match self.next() {
            FromIsolate::Finished { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    fn next(&mut self) -> FromIsolate {
        self.outbox.flush().expect("memory");
        let mut said = self.said.0.borrow_mut();
        FromIsolate::read(said.take().expect("a frame").expect("a frame")).expect("a message")
    }
}

fn report(what: &str, runs: u32, work: impl FnOnce()) {
    let started = Instant::now();
    work();
    println!("{what:40} {:8.1} µs", started.elapsed().as_secs_f64() * 1e6 / f64::from(runs));
}

fn main() {
    let mut bench = Bench::new();
    report("the first run, with all that it needs", 1, || {
        let operation = bench.start(1, false);
        bench.finish(1, operation);
    });
    for (reuse, what) in [(false, "fresh"), (true, "reuse")] {
        report(&format!("{what}, one at a time"), RUNS, || {
            for run in 0..RUNS {
                let operation = bench.start(run, reuse);
                bench.finish(run, operation);
            }
        });
        report(&format!("{what}, 50 at once"), RUNS, || {
            for first in (0..RUNS).step_by(50) {
                let operations: Vec<u32> = (first..first + 50).map(|run| bench.start(run, reuse)).collect();
                for (run, operation) in (first..).zip(operations) {
                    bench.finish(run, operation);
                }
            }
        });
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmRSS")).for_each(|line| println!("{line}"));
}
