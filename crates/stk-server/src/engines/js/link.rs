//! The socket to one process: frames out, frames in, and which run they belong to.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use stk_isolate::protocol::{Fault, Frames, FromIsolate, Start, ToIsolate};
use tokio::net::UnixStream;

use super::mailbox::{Mail, Mailbox};
use super::modules::LoadedModules;
use super::watch::Bell;

/// What is read at once, at least.
const READ_BYTES: usize = 32 << 10;

pub(super) struct Link {
    socket: UnixStream,
    outgoing: Mutex<Outgoing>,
    runs: Mutex<HashMap<u32, Running, ahash::RandomState>>,
    last_run: AtomicU32,
    releases: Mutex<Releases>,
    lost: AtomicBool,
    bell: Arc<Bell>,
}

/// Frames that the socket had no room for.
#[derive(Default)]
struct Outgoing {
    buffer: Vec<u8>,
    /// Bytes of it that the socket has taken.
    taken: usize,
    /// Whether a task is at writing them.
    is_draining: bool,
}

struct Running {
    /// None: nobody waits for it any more, but the process has not said that it is over.
    mailbox: Option<Arc<Mailbox>>,
    deadline: Instant,
}

/// What the process has loaded, and under which number.
#[derive(Default)]
struct Releases {
    last: u32,
    loaded: Vec<(u32, u64, Weak<LoadedModules>)>,
}

impl Link {
    pub(super) fn new(socket: UnixStream, bell: Arc<Bell>) -> Arc<Link> {
        Arc::new(Link {
            socket,
            outgoing: Mutex::default(),
            runs: Mutex::default(),
            last_run: AtomicU32::new(0),
            releases: Mutex::default(),
            lost: AtomicBool::new(false),
            bell,
        })
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    pub(super) fn runs_count(&self) -> usize {
        lock(&self.runs).len()
    }

    /// Starts a run, whose release is loaded first if need be.
    pub(super) fn start(
        self: &Arc<Link>,
        release: &Arc<LoadedModules>,
        deadline: Instant,
        start: impl FnOnce(u32, u32) -> Start,
    ) -> RunHandle {
        let run = self.last_run.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mailbox = Arc::new(Mailbox::default());
        lock(&self.runs).insert(run, Running { mailbox: Some(mailbox.clone()), deadline });
        self.bell.ring();
        let number = self.load(release);
        self.send(|out| ToIsolate::Start(start(run, number)).write(out));
        if self.is_lost() {
            // It was lost before this run was among those that are told so.
            mailbox.put(Mail::Lost { blamed: false });
        }
        RunHandle { link: self.clone(), run, mailbox }
    }

    /// The number of a release in this process, which has it from now on.
    pub(super) fn load(self: &Arc<Link>, release: &Arc<LoadedModules>) -> u32 {
        // Held while sending: nobody may start a run of the release before it is sent.
        let mut releases = lock(&self.releases);
        if let Some((number, ..)) = releases.loaded.iter().find(|(_, id, _)| *id == release.id) {
            return *number;
        }
        releases.last += 1;
        let number = releases.last;
        releases.loaded.push((number, release.id, Arc::downgrade(release)));
        self.send(|out| ToIsolate::Load { release: number, modules: release.modules.clone() }.write(out));
        number
    }

    /// Tells the process to forget releases that nobody holds any more.
    pub(super) fn unload_dropped(self: &Arc<Link>) {
        let mut releases = lock(&self.releases);
        releases.loaded.retain(|(release, _, held)| {
            let is_held = held.strong_count() > 0;
            if !is_held {
                self.send(|out| ToIsolate::Unload { release: *release }.write(out));
            }
            is_held
        });
    }

    /// Runs that have been past their deadline for a while at `late`.
    pub(super) fn overdue(&self, late: Instant) -> Vec<u32> {
        let runs = lock(&self.runs);
        runs.iter().filter(|(_, running)| running.deadline <= late).map(|(run, _)| *run).collect()
    }

    pub(super) fn put(&self, run: u32, mail: Mail) {
        let mailbox = lock(&self.runs).get(&run).and_then(|running| running.mailbox.clone());
        if let Some(mailbox) = mailbox {
            mailbox.put(mail);
        }
    }

    /// To all runs but one.
    pub(super) fn put_all(&self, but: Option<u32>, mail: impl Fn() -> Mail) {
        let others = lock(&self.runs);
        for (_, running) in others.iter().filter(|(run, _)| Some(**run) != but) {
            running.mailbox.iter().for_each(|mailbox| mailbox.put(mail()));
        }
    }

    /// Reads until the process is gone.
    pub(super) async fn read(self: Arc<Link>) {
        let mut frames = Frames::default();
        loop {
            if self.socket.readable().await.is_err() {
                return;
            }
            let buffer = frames.buffer();
            buffer.reserve(READ_BYTES);
            match self.socket.try_read_buf(buffer) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return,
            }
            loop {
                match frames.take().and_then(|body| body.map(FromIsolate::read).transpose()) {
                    Ok(Some(message)) => self.deliver(message),
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "an isolate process sent what is no message");
                        return;
                    }
                }
            }
        }
    }

    fn deliver(&self, message: FromIsolate) {
        match message {
            FromIsolate::Operation { run, operation, name, input } => {
                self.put(run, Mail::Operation { operation, name, input: input.into() });
            }
            FromIsolate::Log { run, level, message, fields } => {
                self.put(run, Mail::Log { level, message, fields });
            }
            FromIsolate::Finished { run, outcome } => {
                if let Some(mailbox) = lock(&self.runs).remove(&run).and_then(|running| running.mailbox) {
                    mailbox.put(Mail::Finished(outcome));
                }
            }
        }
    }

    /// From now on no message comes; `blamed` is the run that the process was executing.
    pub(super) fn lose(&self, blamed: Option<u32>) {
        if !self.lost.swap(true, Ordering::AcqRel) {
            for (run, running) in lock(&self.runs).drain() {
                let blamed = Some(run) == blamed;
                running.mailbox.iter().for_each(|mailbox| mailbox.put(Mail::Lost { blamed }));
            }
        }
    }

    /// Sends a frame, at once if there is room.
    fn send(self: &Arc<Link>, write: impl FnOnce(&mut Vec<u8>)) {
        let mut outgoing = lock(&self.outgoing);
        if self.is_lost() {
            return;
        }
        write(&mut outgoing.buffer);
        if !outgoing.is_draining && !outgoing.flush(&self.socket) {
            outgoing.is_draining = true;
            drop(outgoing);
            tokio::spawn(self.clone().drain());
        }
    }

    async fn drain(self: Arc<Link>) {
        loop {
            let is_writable = self.socket.writable().await.is_ok();
            let mut outgoing = lock(&self.outgoing);
            if !is_writable || self.is_lost() || outgoing.flush(&self.socket) {
                outgoing.is_draining = false;
                return;
            }
        }
    }
}

impl Outgoing {
    /// Writes what the socket takes: whether nothing is left. Of a broken socket the reader will know.
    fn flush(&mut self, socket: &UnixStream) -> bool {
        while self.taken < self.buffer.len() {
            match socket.try_write(&self.buffer[self.taken..]) {
                Ok(bytes) => self.taken += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Moving what is left costs as much as what was taken at most.
                    if self.taken > self.buffer.len() / 2 {
                        self.buffer.drain(..self.taken);
                        self.taken = 0;
                    }
                    return false;
                }
                Err(_) => break,
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(READ_BYTES);
        self.taken = 0;
        true
    }
}

/// One run in a process. Dropped, the process is told that nobody waits for it.
pub(super) struct RunHandle {
    link: Arc<Link>,
    run: u32,
    pub(super) mailbox: Arc<Mailbox>,
}

impl RunHandle {
    pub(super) fn done(&self, operation: u32, result: Result<&[u8], &Fault>) {
        self.link.send(|out| ToIsolate::write_done(out, self.run, operation, result));
    }
}

impl Drop for RunHandle {
    fn drop(&mut self) {
        let waiting = lock(&self.link.runs).get_mut(&self.run).and_then(|running| running.mailbox.take());
        if waiting.is_some() {
            self.link.send(|out| ToIsolate::Abort { run: self.run }.write(out));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
