//! Tags as generations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::AHashMap;

/// The generations of some tags at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    floor: u64,
    generations: Box<[u64]>,
}

#[derive(Default)]
pub(super) struct Tags {
    /// Raised by every purge, after the generations: equal epochs mean that nothing was purged between.
    epoch: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Raised when everything is purged.
    floor: u64,
    /// A tag never purged is of generation 0.
    generations: AHashMap<Box<str>, u64>,
}

impl Tags {
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(super) fn stamp(&self, tags: &[Box<str>]) -> Stamp {
        let state = self.state();
        let generation = |tag: &str| state.generations.get(tag).copied().unwrap_or(0);
        Stamp { floor: state.floor, generations: tags.iter().map(|tag| generation(tag)).collect() }
    }

    pub(super) fn purge(&self, tags: &[Box<str>]) {
        let mut state = self.state();
        for tag in tags {
            *state.generations.entry(tag.clone()).or_insert(0) += 1;
        }
        self.epoch.fetch_add(1, Ordering::Release);
    }

    pub(super) fn purge_all(&self) {
        self.state().floor += 1;
        self.epoch.fetch_add(1, Ordering::Release);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_changes_with_its_own_tags_and_with_a_purge_of_all() {
        let tags = Tags::default();
        let (users, orders): ([Box<str>; 1], [Box<str>; 1]) = (["users".into()], ["orders".into()]);
        let (of_users, of_orders) = (tags.stamp(&users), tags.stamp(&orders));
        tags.purge(&users);
        assert_ne!(tags.stamp(&users), of_users);
        assert_eq!(tags.stamp(&orders), of_orders);
        tags.purge_all();
        assert_ne!(tags.stamp(&orders), of_orders);
    }
}
