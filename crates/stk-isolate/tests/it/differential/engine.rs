//! All scripts in one engine, with fetch operations answered by threads of this test.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use stk_isolate::protocol::{Fault, Frames, FromIsolate, Module, Outcome, Start, ToIsolate};
use stk_isolate::status::Status;
use stk_isolate::{Engine, Outbox, clock};

use super::Script;
use super::http::Fetches;

const TIME_MAX: Duration = Duration::from_secs(20);

/// What each script printed.
pub(super) fn run(scripts: &[Script], base: &str) -> Vec<String> {
    let said = Said::default();
    let outbox = Rc::new(Outbox::new(Box::new(said.clone()), Status::unshared()));
    let mut engine = Engine::new(outbox.clone());
    let modules = scripts.iter().map(module).collect::<Vec<_>>();
    engine.handle(ToIsolate::Load { release: 1, modules: modules.into() });
    let mut bench = Bench { engine, outbox, said };
    scripts.iter().enumerate().map(|(at, script)| bench.run(at as u32, script, base)).collect()
}

fn module(script: &Script) -> Module {
    let source = format!("export default async function ({{ BASE }}) {{ {}\n}}", script.source);
    Module { key: script.name.clone(), source, imports: Vec::new() }
}

struct Bench {
    engine: Engine,
    outbox: Rc<Outbox>,
    said: Said,
}

impl Bench {
    fn run(&mut self, run: u32, script: &Script, base: &str) -> String {
        self.engine.handle(ToIsolate::Start(Start {
            run,
            release: 1,
            entry: script.name.clone(),
            params: serde_json::json!({ "BASE": base }).to_string().into_bytes(),
            request: br#"{"id":"r","path":"a","headers":{},"user":null}"#.to_vec(),
            secrets: Vec::new(),
            deadline_ns: clock::ns_of(Instant::now() + TIME_MAX),
            memory_bytes: 64 << 20,
            result_bytes_max: 1 << 20,
            reuse: false,
        }));
        let (send, answers) = channel();
        let fetches = Fetches::default();
        let mut printed = String::new();
        loop {
            match self.next(&answers) {
                FromIsolate::Log { message, .. } => {
                    printed.push_str(&message);
                    printed.push('\n');
                }
                FromIsolate::Operation { operation, name, input, .. } => {
                    let input = serde_json::from_slice(&input).unwrap();
                    let send: Sender<Answer> = send.clone();
                    fetches.start(name, input, move |result| {
                        // A run that is over waits for nothing.
                        let _ = send.send(Answer { run, operation, result });
                    });
                }
                FromIsolate::Finished { outcome, .. } => {
                    if !matches!(outcome, Outcome::Result(_)) {
                        printed.push_str(&format!("uncaught: {outcome:?}\n"));
                    }
                    return printed;
                }
            }
        }
    }

    /// The next thing said, timers being run and answers handed over meanwhile.
    fn next(&mut self, answers: &Receiver<Answer>) -> FromIsolate {
        loop {
            self.outbox.flush().unwrap();
            if let Some(body) = self.said.0.borrow_mut().take().unwrap() {
                return FromIsolate::read(body).unwrap();
            }
            let next = self.engine.next_ns().expect("a run is under way");
            match answers.recv_timeout(Duration::from_nanos(next.saturating_sub(clock::now_ns()))) {
                Ok(Answer { run, operation, result }) => {
                    self.engine.handle(ToIsolate::Done { run, operation, result });
                }
                Err(RecvTimeoutError::Timeout) => self.engine.tick(),
                Err(RecvTimeoutError::Disconnected) => unreachable!("the run's own sender is alive"),
            }
        }
    }
}

struct Answer {
    run: u32,
    operation: u32,
    result: Result<Vec<u8>, Fault>,
}

#[derive(Clone, Default)]
struct Said(Rc<RefCell<Frames>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().buffer().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
