//! Statements that were slow on shared connections, again and again: for a while they run on connections of their
//! own, so that nobody has to be moved away from behind them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ahash::AHashMap;

/// Strikes until a statement counts as slow. A pause of the whole database strikes once.
const STRIKES_MAX: u32 = 2;
/// Strikes closer together count as one.
const STRIKE_GAP: Duration = Duration::from_millis(100);
/// How long a slow statement is kept apart, and how long a strike is remembered.
const APART: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(super) struct Slow {
    /// False most of the time: then nobody looks further.
    any: AtomicBool,
    strikes: Mutex<AHashMap<Arc<str>, Strikes>>,
}

struct Strikes {
    count: u32,
    last: Instant,
}

impl Slow {
    /// Whether the statement should have a connection of its own now.
    pub(super) fn contains(&self, text: &Arc<str>) -> bool {
        if !self.any.load(Ordering::Relaxed) {
            return false;
        }
        let mut strikes = self.strikes();
        let Some(found) = strikes.get(text) else { return false };
        if found.last.elapsed() > APART {
            strikes.remove(text);
            self.any.store(!strikes.is_empty(), Ordering::Relaxed);
            return false;
        }
        found.count >= STRIKES_MAX
    }

    /// The statement held up others.
    pub(super) fn strike(&self, text: &Arc<str>) {
        let mut strikes = self.strikes();
        let now = Instant::now();
        let found = strikes.entry(text.clone()).or_insert(Strikes { count: 0, last: now });
        if found.count == 0 || now.duration_since(found.last) > STRIKE_GAP {
            found.count += 1;
        }
        found.last = now;
        self.any.store(true, Ordering::Relaxed);
    }

    /// The statement was quick again.
    pub(super) fn acquit(&self, text: &Arc<str>) {
        if self.any.load(Ordering::Relaxed) {
            let mut strikes = self.strikes();
            strikes.remove(text);
            self.any.store(!strikes.is_empty(), Ordering::Relaxed);
        }
    }

    fn strikes(&self) -> MutexGuard<'_, AHashMap<Arc<str>, Strikes>> {
        self.strikes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
