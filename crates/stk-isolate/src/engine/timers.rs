//! The timers of one run: when and which; what they call is kept in JavaScript.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// More at once are refused: their number is not part of the run's memory.
const TIMERS_MAX: usize = 50_000;

#[derive(Default)]
pub(super) struct Timers {
    last: u32,
    /// By time, then in the order they were set.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
    /// Those of the queue that count.
    live: HashSet<u32>,
}

impl Timers {
    /// None if there are too many.
    pub(super) fn set(&mut self, due_ns: u64) -> Option<u32> {
        if self.live.len() >= TIMERS_MAX {
            return None;
        }
        // Cleared timers stay in the queue until their time comes: not without end.
        if self.queue.len() >= 2 * TIMERS_MAX {
            let live = &self.live;
            self.queue.retain(|Reverse((_, timer))| live.contains(timer));
        }
        self.last += 1;
        self.queue.push(Reverse((due_ns, self.last)));
        self.live.insert(self.last);
        Some(self.last)
    }

    pub(super) fn clear(&mut self, timer: u32) {
        self.live.remove(&timer);
        self.drop_cleared();
    }

    /// The next timer that is due, which then no longer is.
    pub(super) fn take_due(&mut self, now_ns: u64) -> Option<u32> {
        let Reverse((due_ns, timer)) = *self.queue.peek()?;
        if due_ns > now_ns {
            return None;
        }
        self.queue.pop();
        self.live.remove(&timer);
        self.drop_cleared();
        Some(timer)
    }

    pub(super) fn next_ns(&self) -> Option<u64> {
        self.queue.peek().map(|Reverse((due_ns, _))| *due_ns)
    }

    /// Keeps a live timer in front.
    fn drop_cleared(&mut self) {
        while self.queue.peek().is_some_and(|Reverse((_, timer))| !self.live.contains(timer)) {
            self.queue.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_by_time_then_by_order_and_not_once_cleared() {
        let mut timers = Timers::default();
        let [late, first, second, gone] = [30, 10, 10, 5].map(|due| timers.set(due).unwrap());
        timers.clear(gone);
        assert_eq!(timers.next_ns(), Some(10));
        assert_eq!(timers.take_due(9), None);
        assert_eq!(
            [timers.take_due(10), timers.take_due(10), timers.take_due(10)],
            [Some(first), Some(second), None]
        );
        assert_eq!(timers.take_due(40), Some(late));
        assert_eq!(timers.next_ns(), None);
    }

    #[test]
    fn there_is_an_end_to_them() {
        let mut timers = Timers::default();
        assert!((0..TIMERS_MAX).all(|_| timers.set(1).is_some()));
        assert_eq!(timers.set(1), None);
    }
}
