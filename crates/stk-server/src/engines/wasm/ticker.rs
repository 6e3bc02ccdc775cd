//! The clock of the guests: a thread that raises the engine's epoch while runs are under way.
//!
//! Guests compare the epoch at loops and calls, and come back to the Server when their slice is over.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

const TICK: Duration = Duration::from_millis(1);

/// Ticks without a run before the thread sleeps: waking it costs a run more than it costs to tick on.
const IDLE_TICKS: u32 = 200;

pub(super) struct Ticker {
    state: Arc<State>,
    thread: Thread,
}

#[derive(Default)]
struct State {
    under_way: AtomicUsize,
    asleep: AtomicBool,
    stopped: AtomicBool,
}

impl Ticker {
    pub(super) fn start(engine: Engine) -> io::Result<Ticker> {
        let state = Arc::new(State::default());
        let ticking = state.clone();
        let thread =
            thread::Builder::new().name("wasm-ticker".to_owned()).spawn(move || ticking.tick(&engine))?;
        Ok(Ticker { state, thread: thread.thread().clone() })
    }

    /// The epoch rises at least while the guard lives.
    pub(super) fn hold(&self) -> Ticking<'_> {
        self.state.under_way.fetch_add(1, SeqCst);
        if self.state.asleep.load(SeqCst) {
            self.thread.unpark();
        }
        Ticking(&self.state)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.stopped.store(true, SeqCst);
        self.thread.unpark();
    }
}

pub(super) struct Ticking<'a>(&'a State);

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, SeqCst);
    }
}

impl State {
    fn tick(&self, engine: &Engine) {
        let mut idle = 0;
        while !self.stopped.load(SeqCst) {
            idle = if self.under_way.load(SeqCst) == 0 { idle + 1 } else { 0 };
            if idle > IDLE_TICKS {
                // A run that begins sees `asleep`, or this thread sees the run: both are in one total order.
                self.asleep.store(true, SeqCst);
                if self.under_way.load(SeqCst) == 0 && !self.stopped.load(SeqCst) {
                    thread::park();
                }
                self.asleep.store(false, SeqCst);
                idle = 0;
            }
            thread::sleep(TICK);
            engine.increment_epoch();
        }
    }
}
