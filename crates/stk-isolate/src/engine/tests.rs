//! The engine fed by hand, without a process around it.

mod handler;
mod isolation;
mod limits;
mod operations;

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
        Outcome::Failed(text) | Outcome::BadResult(text) => {
            assert!(text.contains(part) && text.len() < 20_000, "{body}: {text}")
        }
        other => panic!("{body}: {other:?}"),
    }
}
