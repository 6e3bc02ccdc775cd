//! What the process has to say to the Server, gathered so that many messages cost one system call.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};

use crate::protocol::FromIsolate;
use crate::status::Status;

/// Bytes after which waiting for more would only cost memory.
const FLUSH_BYTES: usize = 64 << 10;

/// Frames to be sent, and where to.
pub struct Outbox {
    buffer: RefCell<Vec<u8>>,
    sink: RefCell<Box<dyn Write>>,
    status: Status,
    /// The first error of the sink: the Server is gone, and nothing matters any more.
    broken: Cell<bool>,
}

impl Outbox {
    /// `sink` blocks until what it is given is written; `status` shows which run is being executed.
    pub fn new(sink: Box<dyn Write>, status: Status) -> Outbox {
        Outbox { buffer: RefCell::default(), sink: RefCell::new(sink), status, broken: Cell::new(false) }
    }

    pub(super) fn send(&self, message: &FromIsolate) {
        self.append(|buffer| message.write(buffer));
    }

    pub(super) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut buffer = self.buffer.borrow_mut();
        write(&mut buffer);
        let is_full = buffer.len() >= FLUSH_BYTES;
        drop(buffer);
        if is_full {
            self.flush_or_break();
        }
    }

    /// Sends what has gathered.
    pub fn flush(&self) -> io::Result<()> {
        if self.broken.get() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut buffer = self.buffer.borrow_mut();
        if buffer.is_empty() {
            return Ok(());
        }
        let written = self.sink.borrow_mut().write_all(&buffer);
        buffer.clear();
        buffer.shrink_to(FLUSH_BYTES);
        written
    }

    /// As [`Outbox::flush`], from within a script: an error is found at the next flush.
    pub(super) fn flush_or_break(&self) {
        if self.flush().is_err() {
            self.broken.set(true);
        }
    }

    /// Shows that `run` is being executed, until [`Outbox::leave`].
    pub(super) fn enter(&self, run: u32) {
        self.status.enter(run);
    }

    pub(super) fn leave(&self) {
        self.status.leave();
    }
}
