//! The isolate process from outside: what it can do, what it can not, and when it ends.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod differential;
mod globals;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stk_isolate::clock;
use stk_isolate::protocol::{Frames, FromIsolate, Module, Outcome, Start, ToIsolate};
use stk_isolate::status::StatusPage;

struct Isolate {
    child: Child,
    socket: UnixStream,
    frames: Frames,
    status: StatusPage,
}

impl Isolate {
    fn spawn() -> Isolate {
        let (socket, theirs) = UnixStream::pair().unwrap();
        let status = StatusPage::new().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_stk-isolate"))
            .args([stk_isolate::ARGUMENT, "4000000000"])
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(status.file().unwrap())
            .spawn()
            .unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Isolate { child, socket, frames: Frames::default(), status }
    }

    fn send(&mut self, message: &ToIsolate) {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        self.socket.write_all(&bytes).unwrap();
    }

    fn next(&mut self) -> FromIsolate {
        loop {
            if let Some(body) = self.frames.take().unwrap() {
                return FromIsolate::read(body).unwrap();
            }
            let mut bytes = [0; 4096];
            let read = self.socket.read(&mut bytes).unwrap();
            assert!(read > 0, "the process is gone");
            self.frames.buffer().extend_from_slice(&bytes[..read]);
        }
    }

    fn start(&mut self, source: &str, limit: Duration) {
        let module = Module { key: "a.js".to_owned(), source: source.to_owned(), imports: Vec::new() };
        self.send(&ToIsolate::Load { release: 1, modules: vec![module].into() });
        self.send(&ToIsolate::Start(Start {
            run: 1,
            release: 1,
            entry: "a.js".to_owned(),
            params: b"{}".to_vec(),
            request: b"{}".to_vec(),
            secrets: Vec::new(),
            deadline_ns: clock::ns_of(Instant::now() + limit),
            memory_bytes: 64 << 20,
            result_bytes_max: 1000,
            reuse: false,
        }));
    }

    fn run(&mut self, source: &str) -> Outcome {
        self.start(source, Duration::from_secs(10));
        match self.next() {
            FromIsolate::Finished { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }

    fn field(&self, name: &str) -> String {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_locked_down_process_still_runs_every_part_of_the_language() {
    let mut isolate = Isolate::spawn();
    let outcome = isolate.run(
        "export default async () => [
            new Date(0).getHours(), new Date(2026, 5, 1).toISOString(), typeof Date.now(), Math.random() < 1,
            'x'.repeat(3e6).length, new Uint8Array(2e7).length, /a+/u.exec('baab')[0], [3, 1].sort(), 0.1 + 0.2,
            'ß'.normalize('NFD'), 'e'.localeCompare('f') < 0, (12345.6).toLocaleString().length > 0,
        ]",
    );
    let expected = r#"[0,"2026-06-01T00:00:00.000Z","number",true,3000000,20000000,"aa",[1,3],0.30000000000000004,"ß",true,true]"#;
    assert_eq!(outcome, Outcome::Result(expected.as_bytes().to_vec()));
}

#[test]
fn the_process_has_given_up_its_rights() {
    let mut isolate = Isolate::spawn();
    isolate.run("export default () => 1");
    assert_eq!(isolate.field("Seccomp:"), "2");
    assert_eq!(isolate.field("NoNewPrivs:"), "1");
    assert_eq!(isolate.proc("environ"), "");
    let limits = isolate.proc("limits");
    for (name, value) in
        [("Max core file size", "0"), ("Max open files", "8"), ("Max address space", "4000000000")]
    {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line[name.len()..].split_whitespace().take(2).all(|limit| limit == value), "{line}");
    }
    let files: Vec<_> = fs::read_dir(format!("/proc/{}/fd", isolate.child.id()))
        .unwrap()
        .map(|entry| fs::read_link(entry.unwrap().path()).unwrap().to_string_lossy().into_owned())
        .collect();
    let inherited = |link: &&String| !link.starts_with("socket:") && !link.starts_with("/memfd:stk-isolate");
    assert!(files.iter().filter(inherited).count() <= 1, "standard error alone is left: {files:?}");
}

#[test]
fn an_idle_process_is_small() {
    let mut isolate = Isolate::spawn();
    isolate.run("export default () => 1");
    let resident: u64 = isolate.field("VmRSS:").parse().unwrap();
    assert!(resident <= 12 << 10, "{resident} KiB");
}

#[test]
fn the_status_page_names_the_run_that_holds_the_engine() {
    let mut isolate = Isolate::spawn();
    isolate.start("export default () => { for (;;) {} }", Duration::from_millis(300));
    let seen = loop {
        if let Some(executing) = isolate.status.read() {
            break executing;
        }
        std::thread::yield_now();
    };
    assert_eq!(seen.run, 1);
    assert_eq!(isolate.next(), FromIsolate::Finished { run: 1, outcome: Outcome::Timeout });
}

#[test]
fn the_process_ends_with_its_socket() {
    let mut isolate = Isolate::spawn();
    isolate.run("export default () => 1");
    isolate.socket.shutdown(std::net::Shutdown::Both).unwrap();
    assert!(isolate.child.wait().unwrap().success());
}

#[test]
fn the_process_ends_with_its_parent_even_within_a_builtin() {
    // The kernel tells the child when the thread that started it ends.
    let mut isolate = std::thread::spawn(|| {
        let mut isolate = Isolate::spawn();
        isolate.start("export default () => new Array(2e8) + ''", Duration::from_secs(60));
        while isolate.status.read().is_none() {
            std::thread::yield_now();
        }
        isolate
    })
    .join()
    .unwrap();
    assert!(!isolate.child.wait().unwrap().success());
}

#[test]
fn a_broken_frame_ends_the_process() {
    let mut isolate = Isolate::spawn();
    isolate.socket.write_all(&[1, 0, 0, 0, 99]).unwrap();
    assert!(!isolate.child.wait().unwrap().success());
}
