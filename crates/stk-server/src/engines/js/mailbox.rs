//! What a process has for one run, in order, until the run's own task takes it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use stk_isolate::protocol::{Level, Outcome};

pub(super) enum Mail {
    Operation {
        operation: u32,
        name: String,
        input: Bytes,
    },
    Log {
        level: Level,
        message: String,
        fields: Option<String>,
    },
    Finished(Outcome),
    /// A script of another run holds the process.
    Held,
    /// The run is past its deadline, and the process has not said so.
    Overdue,
    /// The process is gone. `blamed`: while it executed this run.
    Lost {
        blamed: bool,
    },
}

#[derive(Default)]
pub(super) struct Mailbox {
    queue: Mutex<VecDeque<Mail>>,
    waker: AtomicWaker,
}

impl Mailbox {
    pub(super) fn put(&self, mail: Mail) {
        self.queue().push_back(mail);
        self.waker.wake();
    }

    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Mail> {
        if let Some(mail) = self.queue().pop_front() {
            return Poll::Ready(mail);
        }
        self.waker.register(cx.waker());
        // What came between the look and the registration.
        self.queue().pop_front().map_or(Poll::Pending, Poll::Ready)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Mail>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
