//! The guest's stderr: lines for the log, and the end of it for the message of a failure.

use crate::engines::{LogLevel, Operations};

const LINE_BYTES_MAX: usize = 8 * 1024;

/// Of one run; what comes after is not logged.
const LOG_BYTES_MAX: usize = 64 * 1024;

const TAIL_BYTES_MAX: usize = 2 * 1024;

#[derive(Default)]
pub(super) struct Stderr {
    line: Vec<u8>,
    logged_bytes: usize,
    tail: String,
}

impl Stderr {
    pub(super) fn write(&mut self, mut bytes: &[u8], log: &dyn Operations) {
        while !bytes.is_empty() {
            let room = LINE_BYTES_MAX - self.line.len();
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(room.min(bytes.len()));
            self.line.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken + usize::from(end.is_some())..];
            if end.is_some() || self.line.len() == LINE_BYTES_MAX {
                self.end_line(log);
            }
        }
    }

    /// Logs what has no end of line yet, and gives the last of what was written.
    pub(super) fn finish(mut self, log: &dyn Operations) -> String {
        if !self.line.is_empty() {
            self.end_line(log);
        }
        self.tail
    }

    fn end_line(&mut self, log: &dyn Operations) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        self.keep(&line);
        if self.logged_bytes > LOG_BYTES_MAX {
            return;
        }
        // An empty line counts as well: there could be millions.
        self.logged_bytes += line.len() + 1;
        if self.logged_bytes > LOG_BYTES_MAX {
            log.log(LogLevel::Warn, "the log of this call is too long; the rest of it is left out", None);
        } else if !line.is_empty() {
            log.log(LogLevel::Info, &line, None);
        }
    }

    fn keep(&mut self, line: &str) {
        self.tail.push_str(line);
        self.tail.push('\n');
        if self.tail.len() > 2 * TAIL_BYTES_MAX {
            let from = self.tail.ceil_char_boundary(self.tail.len() - TAIL_BYTES_MAX);
            self.tail.drain(..from);
        }
    }
}
