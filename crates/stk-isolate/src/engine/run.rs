//! One run: from its start to its outcome, a step at a time.

use std::rc::Rc;

use super::modules::Release;
use super::realm::Realm;
use super::used::Entry;
use crate::clock;
use crate::protocol::{Fault, Outcome, Start};

/// A reused realm is given up once it holds this part of what a run may use, so that no run starts short of memory.
const REUSE_USED_PART: u64 = 2;

/// How long jobs that a run left behind may go on. They hold up everybody else.
const REST_NS_MAX: u64 = 2_000_000;

pub(super) struct Run {
    realm: Realm,
    start: Start,
}

impl Run {
    pub(super) fn new(realm: Realm, release: Rc<Release>, mut start: Start) -> Run {
        realm.set_memory(start.memory_bytes);
        realm.current.begin(release, &mut start);
        Run { realm, start }
    }

    /// Calls the handler.
    pub(super) fn begin(&mut self) -> Option<Outcome> {
        let params = std::mem::take(&mut self.start.params);
        let request = std::mem::take(&mut self.start.request);
        let called = self.realm.start(&self.start.entry, params, request);
        self.go_on(called)
    }

    pub(super) fn operation_done(
        &mut self,
        operation: u32,
        result: Result<Vec<u8>, Fault>,
    ) -> Option<Outcome> {
        self.realm.current.operation_done();
        let called = match result {
            Ok(output) => self.realm.settle(operation, output),
            Err(fault) => self.realm.reject(operation, fault),
        };
        self.go_on(called)
    }

    /// Fires the timers that are due, or ends the run if its time is up.
    pub(super) fn tick(&mut self, now_ns: u64) -> Option<Outcome> {
        if now_ns >= self.start.deadline_ns {
            return Some(Outcome::Timeout);
        }
        loop {
            let due = self.realm.current.timers.borrow_mut().take_due(now_ns);
            let called = self.realm.fire(due?);
            if let Some(outcome) = self.go_on(called) {
                return Some(outcome);
            }
        }
    }

    /// When the run needs [`Run::tick`].
    pub(super) fn next_ns(&self) -> u64 {
        let timer = self.realm.current.timers.borrow().next_ns();
        timer.map_or(self.start.deadline_ns, |timer| timer.min(self.start.deadline_ns))
    }

    /// Executes what became possible, and finds out whether the run is over.
    fn go_on(&self, called: Result<(), String>) -> Option<Outcome> {
        let current = &self.realm.current;
        if let Err(message) = called {
            return Some(self.failure(Outcome::Failed(message)));
        }
        loop {
            if current.is_finished() {
                let outcome = current.take_outcome().map(|outcome| self.failure(outcome));
                if matches!(outcome, Some(Outcome::Result(_) | Outcome::Refused(_))) {
                    current.report_rejections();
                }
                return outcome;
            }
            if current.is_interrupted() {
                return Some(Outcome::Timeout);
            }
            if !self.realm.execute_job() {
                break;
            }
            // The engine does not poll between short jobs, of which there may be no end.
            if clock::now_ns() >= current.deadline_ns() {
                return Some(Outcome::Timeout);
            }
        }
        if current.is_waiting() {
            return None;
        }
        let message = "the handler's promise can never settle: nothing that it could wait for is under way";
        Some(self.failure(Outcome::Failed(message.to_owned())))
    }

    /// What lies behind a failure: the limits come before what a script made of them.
    fn failure(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Result(_) | Outcome::Refused(_) | Outcome::ResultTooLarge => outcome,
            _ if self.realm.current.is_interrupted() => Outcome::Timeout,
            _ if self.realm.ran_out_of_memory() => Outcome::Memory,
            other => other,
        }
    }

    /// Takes the run apart; its realm is to be put back.
    pub(super) fn end(self) -> Realm {
        self.realm.current.end();
        self.realm
    }

    /// Takes the run apart; its realm is to be used again as it is by runs of the entry that comes with it, or put back
    /// if none does: it could not be brought to rest, or has no memory left.
    /// Jobs that the run left behind are done now, without operations: they must not act in a later caller's name.
    pub(super) fn end_for_reuse(self) -> (Realm, Option<Entry>) {
        let current = &self.realm.current;
        let until = clock::now_ns() + REST_NS_MAX;
        current.close(until);
        while clock::now_ns() < until && self.realm.execute_job() {}
        let is_at_rest =
            !current.is_interrupted() && !self.realm.execute_job() && self.realm.forget().is_ok();
        current.end();
        let has_room = self.realm.used_bytes() < self.start.memory_bytes / REUSE_USED_PART;
        let entry = (is_at_rest && has_room).then_some((self.start.release, self.start.entry));
        (self.realm, entry)
    }

    pub(super) fn is_reusing(&self) -> bool {
        self.start.reuse
    }

    pub(super) fn release(&self) -> u32 {
        self.start.release
    }
}
