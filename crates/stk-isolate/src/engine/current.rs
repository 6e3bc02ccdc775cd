//! What a realm's native functions know of the run that it is at. Emptied between runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::modules::Release;
use super::outbox::Outbox;
use super::rejections::Rejections;
use super::timers::Timers;
use crate::clock;
use crate::protocol::{Fault, FromIsolate, Level, Outcome, Start};

/// Operations of one run that may be under way at once.
const OPERATIONS_MAX: u32 = 1000;
/// Bytes of inputs of operations that are under way, which are no part of the run's memory.
const OPERATION_BYTES_MAX: usize = 64 << 20;
/// Bytes of log lines a run may write.
const LOG_BYTES_MAX: usize = 1 << 20;

/// Of the text of a failure.
const TEXT_BYTES_MAX: usize = 16 << 10;
const OVER: &str = "the run is over";

pub(super) struct Current {
    run: Cell<u32>,
    release: RefCell<Option<Rc<Release>>>,
    secrets: RefCell<Vec<(String, String)>>,
    deadline_ns: Cell<u64>,
    result_bytes_max: Cell<u64>,
    under_way: Cell<u32>,
    operation: Cell<u32>,
    /// Bytes of inputs since no operation was under way.
    operation_bytes: Cell<usize>,
    log_bytes: Cell<usize>,
    pub(super) timers: RefCell<Timers>,
    pub(super) rejections: RefCell<Rejections>,
    outcome: RefCell<Option<Outcome>>,
    /// Whether the run is over but for jobs that it left behind.
    closed: Cell<bool>,
    /// Whether the engine was told to stop because the time was up.
    interrupted: Cell<bool>,
    random: Cell<u64>,
    outbox: Rc<Outbox>,
}

impl Current {
    pub(super) fn new(outbox: &Rc<Outbox>) -> Current {
        let mut seed = [0; 8];
        // Without entropy `Math.random` is predictable, which it may be; `crypto` has its own source.
        let _ = getrandom::fill(&mut seed);
        Current {
            run: Cell::new(0),
            release: RefCell::default(),
            secrets: RefCell::default(),
            deadline_ns: Cell::new(u64::MAX),
            result_bytes_max: Cell::new(0),
            under_way: Cell::new(0),
            operation: Cell::new(0),
            operation_bytes: Cell::new(0),
            log_bytes: Cell::new(0),
            timers: RefCell::default(),
            rejections: RefCell::default(),
            outcome: RefCell::default(),
            closed: Cell::new(false),
            interrupted: Cell::new(false),
            random: Cell::new(u64::from_ne_bytes(seed) | 1),
            outbox: outbox.clone(),
        }
    }

    pub(super) fn begin(&self, release: Rc<Release>, start: &mut Start) {
        self.run.set(start.run);
        self.release.replace(Some(release));
        self.secrets.replace(std::mem::take(&mut start.secrets));
        self.deadline_ns.set(start.deadline_ns);
        self.result_bytes_max.set(start.result_bytes_max);
    }

    /// Forgets the run.
    pub(super) fn end(&self) {
        self.release.take();
        self.secrets.take();
        self.under_way.set(0);
        self.operation_bytes.set(0);
        self.log_bytes.set(0);
        self.timers.take();
        self.rejections.take();
        self.outcome.take();
        self.closed.set(false);
        self.interrupted.set(false);
        self.deadline_ns.set(u64::MAX);
    }

    /// From now on no operation and no timer, and no time after `until_ns`.
    pub(super) fn close(&self, until_ns: u64) {
        self.closed.set(true);
        self.deadline_ns.set(until_ns);
    }

    /// Sets a timer; its number, or why not.
    pub(super) fn set_timer(&self, due_ns: u64) -> Result<u32, &'static str> {
        if self.closed.get() {
            return Err(OVER);
        }
        self.timers.borrow_mut().set(due_ns).ok_or("too many timers are set")
    }

    pub(super) fn release(&self) -> Option<Rc<Release>> {
        self.release.borrow().clone()
    }

    pub(super) fn secret(&self, name: &str) -> Option<String> {
        self.secrets.borrow().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    pub(super) fn deadline_ns(&self) -> u64 {
        self.deadline_ns.get()
    }

    /// Asks the Server for an operation; its number, or why not.
    pub(super) fn operation(&self, name: &str, input: &[u8]) -> Result<u32, &'static str> {
        if self.closed.get() {
            return Err(OVER);
        }
        let under_way = self.under_way.get();
        let bytes = if under_way == 0 { 0 } else { self.operation_bytes.get() } + input.len();
        if under_way >= OPERATIONS_MAX {
            return Err("too many operations are under way at once");
        }
        if bytes > OPERATION_BYTES_MAX {
            return Err("the operations under way have too much input");
        }
        self.under_way.set(under_way + 1);
        self.operation_bytes.set(bytes);
        // Never 0, and never that of an operation of an earlier run of this realm, whose end may still come.
        let operation = self.operation.get().wrapping_add(1).max(1);
        self.operation.set(operation);
        let run = self.run.get();
        self.outbox.append(|out| FromIsolate::write_operation(out, run, operation, name, input));
        Ok(operation)
    }

    pub(super) fn operation_done(&self) {
        self.under_way.set(self.under_way.get().saturating_sub(1));
    }

    pub(super) fn log(&self, level: Level, message: &str, fields: Option<&str>) {
        let before = self.log_bytes.get();
        let after = before.saturating_add(message.len() + fields.map_or(0, str::len) + 16);
        self.log_bytes.set(after);
        let run = self.run.get();
        if after <= LOG_BYTES_MAX {
            self.outbox.append(|out| FromIsolate::write_log(out, run, level, message, fields));
        } else if before <= LOG_BYTES_MAX {
            let message = "the run has logged too much; the rest is left out";
            self.outbox.append(|out| FromIsolate::write_log(out, run, Level::Warn, message, None));
        }
    }

    /// Tells of promises whose failure the handler has not seen.
    pub(super) fn report_rejections(&self) {
        for text in self.rejections.borrow_mut().take() {
            self.log(Level::Warn, &format!("a promise was rejected and not awaited: {text}"), None);
        }
    }

    /// The first end counts.
    pub(super) fn finish(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Result(json) if json.len() as u64 > self.result_bytes_max.get() => {
                Outcome::ResultTooLarge
            }
            Outcome::Failed(text) => Outcome::Failed(shorten(text)),
            Outcome::BadResult(text) => Outcome::BadResult(shorten(text)),
            Outcome::Refused(fault) => Outcome::Refused(Fault {
                code: shorten(fault.code),
                message: shorten(fault.message),
                ..fault
            }),
            other => other,
        };
        self.outcome.borrow_mut().get_or_insert(outcome);
    }

    pub(super) fn take_outcome(&self) -> Option<Outcome> {
        self.outcome.take()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.outcome.borrow().is_some()
    }

    /// Whether anything outside the engine could still make the run go on.
    pub(super) fn is_waiting(&self) -> bool {
        self.under_way.get() > 0 || self.timers.borrow().next_ns().is_some()
    }

    /// Called by the engine every now and then: whether to stop.
    pub(super) fn interrupt(&self) -> bool {
        // What others had to say should not wait for a script that keeps the engine.
        self.outbox.flush_or_break();
        let stop = self.interrupted.get() || clock::now_ns() >= self.deadline_ns.get();
        self.interrupted.set(stop);
        stop
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.get()
    }

    /// For `Math.random`: 53 random bits as a number from 0 to below 1 (xorshift64*).
    pub(super) fn random(&self) -> f64 {
        let mut state = self.random.get();
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.random.set(state);
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What was thrown may be of any length; what is told of it is not.
fn shorten(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.push('…');
    }
    text
}
