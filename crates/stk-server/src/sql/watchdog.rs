//! Watches shared connections while they are in use: notices a statement that holds up others, tells those to leave,
//! and closes a connection whose slow statement nobody waits for any more.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::shared::{Shared, SharedLink};

const TICK: Duration = Duration::from_millis(5);
/// A head that has not been answered for this long holds up the others; with a tick it is noticed within 20 ms.
const STALL: Duration = Duration::from_millis(15);
/// How often those who wait look at their own deadline.
const LOOK_UP: Duration = Duration::from_millis(50);
/// How long the connections are idle before the watch ends.
const IDLE: Duration = Duration::from_secs(1);

/// What the watchdog saw last of one connection.
pub(super) struct Beat {
    answered: u64,
    since: Instant,
    looked_up: Instant,
}

impl Beat {
    pub(super) fn new() -> Beat {
        let now = Instant::now();
        Beat { answered: 0, since: now, looked_up: now }
    }
}

/// Starts the watch, unless it runs.
pub(super) fn start(shared: &Arc<Shared>) {
    if !shared.watching.swap(true, Ordering::AcqRel) {
        tokio::spawn(watch(Arc::downgrade(shared)));
    }
}

async fn watch(shared: Weak<Shared>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut last_tick, mut busy_at) = (Instant::now(), Instant::now());
    loop {
        interval.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        let now = Instant::now();
        // We ourselves were held up, so answers may be waiting that nobody has read yet.
        let late = now.duration_since(last_tick) > TICK * 2;
        last_tick = now;
        if look(&shared, now, late) {
            busy_at = now;
        } else if now.duration_since(busy_at) > IDLE {
            shared.watching.store(false, Ordering::Release);
            // Somebody may have come just before; whoever comes after starts a new watch.
            if !is_busy(&shared) || shared.watching.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }
}

/// Looks at every connection; says whether any is in use.
fn look(shared: &Arc<Shared>, now: Instant, late: bool) -> bool {
    let mut busy = false;
    for (slot, link) in shared.links() {
        let answered = link.answered.load(Ordering::Acquire);
        let under_way = link.sent.load(Ordering::Acquire) > answered;
        busy |= under_way;
        let mut beat = link.beat.lock().unwrap_or_else(PoisonError::into_inner);
        if !under_way || late || answered != beat.answered {
            beat.since = now;
            if !under_way || answered != beat.answered {
                link.stalled.store(false, Ordering::Release);
            }
            beat.answered = answered;
        } else if now.duration_since(beat.since) >= STALL && !link.stalled.swap(true, Ordering::AcqRel) {
            beat.looked_up = now;
            link.look_up.notify_waiters();
        }
        let hopeless = link.stalled.load(Ordering::Acquire) || link.doomed.load(Ordering::Acquire);
        if hopeless && link.retire_if_alone() {
            shared.vacate(slot, &link);
            link.link.kill(());
        } else if now.duration_since(beat.looked_up) >= LOOK_UP {
            beat.looked_up = now;
            link.look_up.notify_waiters();
        }
    }
    busy
}

fn is_busy(shared: &Shared) -> bool {
    shared.links().any(|(_, link)| is_under_way(&link))
}

fn is_under_way(link: &SharedLink) -> bool {
    link.sent.load(Ordering::Acquire) > link.answered.load(Ordering::Acquire)
}
