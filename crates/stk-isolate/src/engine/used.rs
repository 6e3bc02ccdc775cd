//! Realms that runs with `isolate: reuse` have used, kept for later runs of the same entry.

use super::realm::Realm;

/// So many at most, whatever the entries.
const USED_MAX: usize = 64;
/// Of these, how many survive a time without calls.
const USED_IDLE: usize = 8;

/// A release and an entry of it.
pub(super) type Entry = (u32, String);

/// The longest unused first.
#[derive(Default)]
pub(super) struct UsedRealms(Vec<(Entry, Realm)>);

impl UsedRealms {
    /// The one that was used last.
    pub(super) fn take(&mut self, release: u32, entry: &str) -> Option<Realm> {
        let place = self.0.iter().rposition(|((of, name), _)| *of == release && name == entry)?;
        Some(self.0.remove(place).1)
    }

    pub(super) fn put(&mut self, entry: Entry, realm: Realm) {
        if self.0.len() >= USED_MAX {
            self.0.remove(0);
        }
        self.0.push((entry, realm));
    }

    pub(super) fn forget(&mut self, release: u32) {
        self.0.retain(|((of, _), _)| *of != release);
    }

    pub(super) fn cool_down(&mut self) {
        let surplus = self.0.len().saturating_sub(USED_IDLE);
        self.0.drain(..surplus);
    }
}
