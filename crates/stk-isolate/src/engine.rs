//! The engine of one isolate process: runs by number, each in a realm of its own, fed by messages.
//!
//! It knows neither sockets nor processes: messages come in by [`Engine::handle`], time by [`Engine::tick`], and what it
//! has to say gathers in its [`Outbox`].

mod current;
mod modules;
mod natives;
mod outbox;
mod realm;
mod rejections;
mod run;
mod timers;
mod used;

use std::collections::HashMap;
use std::rc::Rc;

use crate::protocol::{FromIsolate, Outcome, Start, ToIsolate};
use crate::{clock, compile, globals};
use modules::Release;
pub use outbox::Outbox;
use realm::Realm;
use run::Run;
use used::UsedRealms;

/// Unused realms kept for runs to come. Each costs about a megabyte.
const SPARES_MAX: usize = 64;
/// Of these, how many survive a time without calls.
const SPARES_IDLE: usize = 2;

pub struct Engine {
    releases: HashMap<u32, Rc<Release>>,
    runs: HashMap<u32, Run>,
    /// As they were made.
    spares: Vec<Realm>,
    used: UsedRealms,
    outbox: Rc<Outbox>,
}

impl Engine {
    /// `outbox` takes what the engine has to say.
    pub fn new(outbox: Rc<Outbox>) -> Engine {
        Engine {
            releases: HashMap::new(),
            runs: HashMap::new(),
            spares: Vec::new(),
            used: UsedRealms::default(),
            outbox,
        }
    }

    /// Makes a realm ready, so that the next run finds one.
    pub fn warm_up(&mut self) {
        if self.spares.is_empty() {
            self.spares.extend(Realm::new(&self.outbox).ok());
        }
    }

    /// Does in a quiet moment what a run would have to wait for otherwise.
    pub fn work_ahead(&mut self) {
        // An error is found again by the run that needs the module.
        let _ = globals::compile_all();
        compile::rest();
    }

    /// Gives up what a time of many calls left behind.
    pub fn cool_down(&mut self) {
        compile::rest();
        self.spares.truncate(SPARES_IDLE);
        self.spares.shrink_to_fit();
        self.used.cool_down();
    }

    /// Whether any run is under way.
    pub fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    /// Takes one message and runs what it makes possible to run.
    pub fn handle(&mut self, message: ToIsolate) {
        match message {
            ToIsolate::Load { release, modules } => {
                self.releases.insert(release, Rc::new(Release::new(&modules)));
            }
            ToIsolate::Unload { release } => {
                self.releases.remove(&release);
                self.used.forget(release);
            }
            ToIsolate::Start(start) => self.start(start),
            ToIsolate::Done { run, operation, result } => {
                self.advance(run, |run| run.operation_done(operation, result));
            }
            ToIsolate::Abort { run } => self.advance(run, |_| Some(Outcome::Aborted)),
        }
    }

    /// Runs timers that are due and ends runs that are out of time.
    pub fn tick(&mut self) {
        let now = clock::now_ns();
        let due: Vec<u32> =
            self.runs.iter().filter(|(_, run)| run.next_ns() <= now).map(|(number, _)| *number).collect();
        for number in due {
            self.advance(number, |run| run.tick(now));
        }
    }

    /// When [`Engine::tick`] is needed next, on the clock of [`clock::now_ns`].
    pub fn next_ns(&self) -> Option<u64> {
        self.runs.values().map(Run::next_ns).min()
    }

    fn start(&mut self, start: Start) {
        let number = start.run;
        let Some(release) = self.releases.get(&start.release).cloned() else {
            return self.refuse(number, "the release is not loaded");
        };
        let used = if start.reuse { self.used.take(start.release, &start.entry) } else { None };
        let realm = match used.or_else(|| self.spares.pop()).map_or_else(|| Realm::new(&self.outbox), Ok) {
            Ok(realm) => realm,
            Err(error) => return self.refuse(number, &format!("no realm could be made: {error}")),
        };
        self.runs.insert(number, Run::new(realm, release, start));
        self.advance(number, Run::begin);
    }

    fn refuse(&self, run: u32, why: &str) {
        self.outbox.send(&FromIsolate::Finished { run, outcome: Outcome::Failed(why.to_owned()) });
    }

    /// Lets a run go on; if that ends it, says so.
    fn advance(&mut self, number: u32, go_on: impl FnOnce(&mut Run) -> Option<Outcome>) {
        let Some(run) = self.runs.get_mut(&number) else { return };
        self.outbox.enter(number);
        let outcome = go_on(run);
        self.outbox.leave();
        if let Some(outcome) = outcome {
            // A realm in which a run failed in any way may be in any state.
            let is_sound = matches!(outcome, Outcome::Result(_) | Outcome::Refused(_));
            self.outbox.send(&FromIsolate::Finished { run: number, outcome });
            if let Some(run) = self.runs.remove(&number) {
                self.recycle(run, is_sound);
            }
        }
    }

    /// `is_sound`: the run ended in good order.
    fn recycle(&mut self, run: Run, is_sound: bool) {
        let realm = if is_sound && run.is_reusing() && self.releases.contains_key(&run.release()) {
            match run.end_for_reuse() {
                (realm, Some(entry)) => return self.used.put(entry, realm),
                (realm, None) => realm,
            }
        } else {
            run.end()
        };
        if self.spares.len() < SPARES_MAX {
            realm.put_back();
            self.spares.push(realm);
        }
    }
}

#[cfg(test)]
mod tests;
