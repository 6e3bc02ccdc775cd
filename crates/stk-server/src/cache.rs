//! Answers in memory: bounded by bytes, with time to live, stale-while-revalidate, single flight and tags.
//!
//! A tag is a generation. An answer remembers the generations of its tags from before its query ran and is good only
//! while they are unchanged, so a purge beats a fill that is under way. Deliberately absent: errors are never stored,
//! and what a key means is the runtime's business.

mod flight;
mod tags;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ahash::AHashMap;
use bytes::Bytes;
use quick_cache::sync::{Cache as Store, DefaultLifecycle};
use stk_runtime::{CacheEntry, CacheKey, LookUp, Lookup};

use flight::{Flight, Outcome};
use tags::{Stamp, Tags};

/// Bytes that an answer costs beyond its body and key.
const ENTRY_BYTES: u64 = 200;

/// Answers to expect; the store grows past it.
const ENTRIES_EXPECTED: usize = 512;

pub(crate) struct Cache {
    answers: Store<CacheKey, Arc<Answer>, ByBytes, ahash::RandomState>,
    flights: Mutex<AHashMap<CacheKey, Arc<Flight>>>,
    tags: Tags,
}

/// A stored answer.
pub(crate) struct Answer {
    body: Bytes,
    stored: Instant,
    fresh_until: Instant,
    stale_until: Instant,
    tags: Arc<[Box<str>]>,
    stamp: Stamp,
    /// The purge epoch in which the stamp was last found good: almost always the present one.
    good_in: AtomicU64,
    refreshing: AtomicBool,
}

#[derive(Clone)]
struct ByBytes;

impl quick_cache::Weighter<CacheKey, Arc<Answer>> for ByBytes {
    fn weight(&self, key: &CacheKey, answer: &Arc<Answer>) -> u64 {
        (key.as_bytes().len() + answer.body.len()) as u64 + ENTRY_BYTES
    }
}

impl Cache {
    pub(crate) fn new(bytes_max: u64) -> Cache {
        Cache {
            answers: Store::with(
                ENTRIES_EXPECTED,
                bytes_max,
                ByBytes,
                ahash::RandomState::new(),
                DefaultLifecycle::default(),
            ),
            flights: Mutex::default(),
            tags: Tags::default(),
        }
    }

    /// What is stored, without waiting; none is a miss.
    pub(crate) fn get(self: &Arc<Cache>, look_up: &LookUp, now: Instant) -> Option<(Lookup, Option<Lead>)> {
        let answer = self.answers.get(&look_up.key)?;
        if now >= answer.stale_until || !self.is_good(&answer) {
            return None;
        }
        let body = answer.body.clone();
        if now < answer.fresh_until {
            let age_ms = now.saturating_duration_since(answer.stored).as_millis() as u64;
            return Some((Lookup::Fresh { body, age_ms }, None));
        }
        let refresh = !answer.refreshing.swap(true, Ordering::AcqRel);
        let lead = refresh.then(|| Lead {
            cache: self.clone(),
            key: look_up.key.clone(),
            stamp: self.tags.stamp(&look_up.tags),
            role: Some(Role::Refresh(answer)),
        });
        Some((Lookup::Stale { body, refresh }, lead))
    }

    /// Looks up; of all who miss one key at once, one is the leader and the others wait for its answer.
    pub(crate) async fn look_up(self: &Arc<Cache>, look_up: &LookUp, now: Instant) -> (Lookup, Option<Lead>) {
        loop {
            if let Some(found) = self.get(look_up, now) {
                return found;
            }
            let flight = match self.join_flight(look_up) {
                // Another flight may have landed since the first look.
                Ok(lead) => match self.get(look_up, now) {
                    Some(found) => {
                        drop(lead);
                        return found;
                    }
                    None => return (Lookup::Miss, Some(lead)),
                },
                Err(flight) => flight,
            };
            match flight.landed().await {
                Outcome::Stored(body) => return (Lookup::Fresh { body, age_ms: 0 }, None),
                Outcome::Nothing => return (Lookup::Miss, None),
                // The leader's caller is gone, or a purge overtook it: the next one leads.
                Outcome::Abandoned => {}
            }
        }
    }

    /// Drops every answer that carries one of the tags, those under way too.
    pub(crate) fn purge(&self, tags: &[Box<str>]) {
        self.tags.purge(tags);
    }

    /// Drops everything: purges were missed.
    pub(crate) fn purge_all(&self) {
        self.tags.purge_all();
        self.answers.clear();
    }

    /// (answers, bytes)
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.answers.len(), self.answers.weight())
    }

    fn is_good(&self, answer: &Answer) -> bool {
        let epoch = self.tags.epoch();
        if answer.good_in.load(Ordering::Relaxed) == epoch {
            return true;
        }
        let good = self.tags.stamp(&answer.tags) == answer.stamp;
        if good {
            answer.good_in.store(epoch, Ordering::Relaxed);
        }
        good
    }

    /// Leads a new flight, or joins the one there is.
    fn join_flight(self: &Arc<Cache>, look_up: &LookUp) -> Result<Lead, Arc<Flight>> {
        let mut flights = self.flights();
        if let Some(flight) = flights.get(&look_up.key) {
            return Err(flight.clone());
        }
        let flight = Arc::new(Flight::default());
        flights.insert(look_up.key.clone(), flight.clone());
        drop(flights);
        Ok(Lead {
            cache: self.clone(),
            key: look_up.key.clone(),
            stamp: self.tags.stamp(&look_up.tags),
            role: Some(Role::Flight(flight)),
        })
    }

    fn flights(&self) -> MutexGuard<'_, AHashMap<CacheKey, Arc<Flight>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one caller that fills a key. Dropped without a word, those who wait elect another.
pub(crate) struct Lead {
    cache: Arc<Cache>,
    key: CacheKey,
    /// From before the query.
    stamp: Stamp,
    role: Option<Role>,
}

enum Role {
    Flight(Arc<Flight>),
    /// Of a stale answer, which goes on to be given.
    Refresh(Arc<Answer>),
}

impl Lead {
    /// Stores the answer, unless one of its tags was purged since the look-up.
    pub(crate) fn store(mut self, entry: CacheEntry) {
        if entry.key != self.key || self.cache.tags.stamp(&entry.tags) != self.stamp {
            return self.land(Outcome::Abandoned);
        }
        let now = Instant::now();
        let fresh_until = now + Duration::from_millis(entry.ttl_ms);
        let answer = Answer {
            body: entry.body.clone(),
            stored: now,
            fresh_until,
            stale_until: fresh_until + Duration::from_millis(entry.swr_ms),
            tags: entry.tags,
            // Unknown, so the first look compares the stamps: a purge may come between here and the insert.
            good_in: AtomicU64::new(u64::MAX),
            stamp: std::mem::take(&mut self.stamp),
            refreshing: AtomicBool::new(false),
        };
        self.cache.answers.insert(entry.key, Arc::new(answer));
        self.land(Outcome::Stored(entry.body));
    }

    /// There is no answer to store: it was an error.
    pub(crate) fn give_up(mut self) {
        self.land(Outcome::Nothing);
    }

    fn land(&mut self, outcome: Outcome) {
        match self.role.take() {
            Some(Role::Flight(flight)) => {
                self.cache.flights().remove(&self.key);
                flight.land(outcome);
            }
            Some(Role::Refresh(answer)) => answer.refreshing.store(false, Ordering::Release),
            None => {}
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.land(Outcome::Abandoned);
    }
}
