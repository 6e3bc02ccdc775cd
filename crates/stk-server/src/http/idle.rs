//! Closing connections whose clients take too long to send the head of a request, or to take an answer.
//!
//! One clock for all connections: a timer for each request would cost more than looking up its answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

/// How often connections are looked at, at the least.
const TICK_MAX: Duration = Duration::from_secs(1);

/// A connection is closed at the latest this share of its time too late.
const TICKS: u64 = 4;

/// The tick since which a connection waits for its client; 0 while a request is under way.
#[derive(Debug)]
pub(super) struct Waiting(AtomicU64);

impl Waiting {
    pub(super) fn request_begins(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(super) fn request_ends(&self, idle: &Idle) {
        self.0.store(idle.now.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The connections, and the clock that they are measured by.
#[derive(Debug)]
pub(crate) struct Idle {
    /// Ticks since the start, from 1.
    now: AtomicU64,
    tick: Duration,
    /// Ticks that a client may take.
    ticks_max: u64,
    connections: Mutex<Vec<(Weak<Waiting>, AbortHandle)>>,
}

impl Idle {
    pub(crate) fn new(timeout: Duration) -> Idle {
        let tick = (timeout / TICKS as u32).clamp(Duration::from_millis(1), TICK_MAX);
        let ticks_max = timeout.as_nanos().div_ceil(tick.as_nanos()) as u64;
        Idle { now: AtomicU64::new(1), tick, ticks_max, connections: Mutex::default() }
    }

    pub(super) fn waiting(&self) -> Arc<Waiting> {
        Arc::new(Waiting(AtomicU64::new(self.now.load(Ordering::Relaxed))))
    }

    pub(super) fn watch(&self, waiting: &Arc<Waiting>, connection: AbortHandle) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.push((Arc::downgrade(waiting), connection));
    }

    /// Looks at every connection once a tick, for ever.
    pub(super) async fn run(&self) {
        let mut ticks = tokio::time::interval(self.tick);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.retain(|(waiting, connection)| {
                let Some(waiting) = waiting.upgrade() else { return false };
                let since = waiting.0.load(Ordering::Relaxed);
                let is_late = since != 0 && now - since > self.ticks_max;
                if is_late {
                    connection.abort();
                }
                !is_late
            });
        }
    }
}
