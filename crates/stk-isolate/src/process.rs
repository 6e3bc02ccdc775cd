//! The isolate process itself: one thread, one socket to the Server, one engine.
//!
//! It ends when the Server closes the socket, and it is killed with the Server.

mod lockdown;

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::rc::Rc;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::clock;
use crate::engine::{Engine, Outbox};
use crate::protocol::{Frames, ToIsolate};
use crate::status::Status;

/// The argument that makes a binary an isolate process.
pub const ARGUMENT: &str = "__isolate";

/// What is read from the socket at once.
const READ_BYTES: usize = 64 << 10;
/// After so long without a run there is time for what later runs will need.
const QUIET_NS: u64 = 20_000_000;
/// After so long again, memory of busier times is given back.
const COOL_DOWN_NS: u64 = 2_000_000_000;

/// Runs the isolate process. Standard input is the socket to the Server, standard output the page of
/// [`Status`]; the arguments are [`ARGUMENT`] and the bytes of address space that the process may use.
pub fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The only reader is a person who looks at the Server's own output.
            let _ = writeln!(io::stderr(), "isolate: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether this process was started to be one.
pub fn is_requested() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT)
}

fn serve() -> io::Result<()> {
    lockdown::detach()?;
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let page = io::stdout().as_fd().try_clone_to_owned()?;
    let status = Status::shared(&page)?;
    drop(page);
    let to_server = Socket(socket.try_clone()?);
    let address_space = std::env::args().nth(2).and_then(|bytes| bytes.parse().ok());
    lockdown::enter(address_space.ok_or(io::ErrorKind::InvalidInput)?)?;
    let outbox = Rc::new(Outbox::new(Box::new(to_server), status));
    let mut engine = Engine::new(outbox.clone());
    let mut frames = Frames::default();
    loop {
        engine.warm_up();
        outbox.flush()?;
        if !wait(&socket, &mut engine)? {
            engine.tick();
            continue;
        }
        if !read(&socket, &mut frames)? {
            return Ok(());
        }
        while let Some(body) = frames.take().map_err(io::Error::other)? {
            engine.handle(ToIsolate::read(body).map_err(io::Error::other)?);
        }
        if engine.next_ns().is_some_and(|next| next <= clock::now_ns()) {
            engine.tick();
        }
    }
}

/// Whether there is something to read; else the engine's next time has come.
fn wait(socket: &OwnedFd, engine: &mut Engine) -> io::Result<bool> {
    let mut polled = [PollFd::new(socket, PollFlags::IN)];
    let mut quiet = [QUIET_NS, COOL_DOWN_NS].into_iter();
    loop {
        let (timeout, is_idle) = match engine.next_ns() {
            Some(next) => (Some(next.saturating_sub(clock::now_ns())), false),
            None => (quiet.next(), true),
        };
        match poll(&mut polled, timeout.map(timespec).as_ref()) {
            Ok(0) if is_idle && timeout == Some(QUIET_NS) => engine.work_ahead(),
            Ok(0) if is_idle => engine.cool_down(),
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn timespec(ns: u64) -> Timespec {
    let seconds = i64::try_from(ns / 1_000_000_000).unwrap_or(i64::MAX);
    Timespec { tv_sec: seconds, tv_nsec: (ns % 1_000_000_000) as _ }
}

/// Reads what there is; false at the end.
fn read(socket: &OwnedFd, frames: &mut Frames) -> io::Result<bool> {
    let buffer = frames.buffer();
    // A large frame is read in larger pieces.
    buffer.reserve(READ_BYTES.max(buffer.len()));
    loop {
        match recv(socket, spare_capacity(buffer), RecvFlags::empty()) {
            Ok((_, received)) => return Ok(received > 0),
            Err(Errno::INTR) => {}
            Err(Errno::CONNRESET) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes to the Server, and waits until it has room.
struct Socket(OwnedFd);

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(&self.0, bytes, SendFlags::empty())?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
