//! CPU of one run in an isolate process, over the socket: both sides, without what the Server does beside it.
//!
//! `cargo build --release -p stk-isolate && cargo run --release -p stk-isolate --example process`

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stk_isolate::clock;
use stk_isolate::protocol::{Frames, FromIsolate, Module, Start, ToIsolate};
use stk_isolate::status::StatusPage;

const HANDLER: &str = "
    export default async function handler(params, context) {
        const rows = await context.db.query('main', 'select id, name, price from items where id = $1', [params.id]);
        return rows.map((row) => ({ id: row.id, label: row.name.toUpperCase(), total: row.price * 2 }));
    }";
const ROWS: &[u8] = br#"[{"id":1,"name":"one","price":10},{"id":2,"name":"two","price":20}]"#;
const RUNS: u32 = 30_000;

struct Isolate {
    child: Child,
    socket: UnixStream,
    frames: Frames,
    out: Vec<u8>,
    _status: StatusPage,
}

impl Isolate {
    fn spawn() -> Isolate {
        let (socket, theirs) = UnixStream::pair().expect("a socket");
        let status = StatusPage::new().expect("a page");
        let own = std::env::current_exe().expect("this binary");
        let folder = own.parent().and_then(|folder| folder.parent()).expect("target/release");
        let child = Command::new(folder.join("stk-isolate"))
            .args([stk_isolate::ARGUMENT, "8000000000"])
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(status.file().expect("a page"))
            .spawn()
            .expect("the isolate's binary, built before");
        Isolate { child, socket, frames: Frames::default(), out: Vec::new(), _status: status }
    }

    fn start(&mut self, run: u32, reuse: bool) {
        ToIsolate::Start(Start {
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
        })
        .write(&mut self.out);
    }

    fn flush(&mut self) {
        self.socket.write_all(&self.out).expect("the isolate reads");
        self.out.clear();
    }

    /// Keeps `at_once` runs under way until all are done.
    fn run(&mut self, at_once: u32, reuse: bool) {
        (0..at_once).for_each(|run| self.start(run, reuse));
        let (mut started, mut finished) = (at_once, 0);
        while finished < RUNS {
            self.flush();
            let buffer = self.frames.buffer();
            let len = buffer.len();
            buffer.resize(len + (64 << 10), 0);
            let read = self.socket.read(&mut buffer[len..]).expect("the isolate answers");
            buffer.truncate(len + read);
            let mut messages = Vec::new();
            while let Some(body) = self.frames.take().expect("a frame") {
                messages.push(FromIsolate::read(body).expect("a message"));
            }
            for message in messages {
                match message {
                    FromIsolate::Operation { run, operation, .. } => {
                        ToIsolate::write_done(&mut self.out, run, operation, Ok(ROWS));
                    }
                    FromIsolate::Finished { .. } => {
                        finished += 1;
                        if started < RUNS {
                            self.start(started, reuse);
                            started += 1;
                        }
                    }
                    FromIsolate::Log { .. } => {}
                }
            }
        }
    }

    /// Of the process: its CPU so far in milliseconds, and KiB of resident memory.
    fn used(&self) -> (f64, String) {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id())).unwrap_or_default();
        let ns: f64 = stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default();
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let resident = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
        (ns / 1e6, resident.to_owned())
    }
}

fn main() {
    let began = Instant::now();
    let mut isolate = Isolate::spawn();
    let module = Module { key: "logic/a.js".to_owned(), source: HANDLER.to_owned(), imports: Vec::new() };
    ToIsolate::Load { release: 1, modules: vec![module].into() }.write(&mut isolate.out);
    isolate.start(0, false);
    isolate.flush();
    let mut first = [0; 4];
    isolate.socket.read_exact(&mut first).expect("the isolate answers");
    println!("start to first operation: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    drop(isolate);
    for (at_once, reuse) in [(1, false), (8, false), (50, false), (1, true), (8, true), (50, true)] {
        let mut isolate = Isolate::spawn();
        let module = Module { key: "logic/a.js".to_owned(), source: HANDLER.to_owned(), imports: Vec::new() };
        ToIsolate::Load { release: 1, modules: vec![module].into() }.write(&mut isolate.out);
        isolate.run(1, reuse);
        let (before, _) = isolate.used();
        let started = Instant::now();
        isolate.run(at_once, reuse);
        let (after, resident) = isolate.used();
        println!(
            "reuse {reuse:5}, {at_once:2} at once: {:6.1} µs CPU of the isolate, {:6.1} µs in all; {resident}",
            (after - before) * 1e3 / f64::from(RUNS),
            started.elapsed().as_secs_f64() * 1e6 / f64::from(RUNS),
        );
        std::thread::sleep(Duration::from_millis(2500));
        println!("    at rest: {}", isolate.used().1);
        let _ = isolate.child.kill();
        let _ = isolate.child.wait();
    }
}
