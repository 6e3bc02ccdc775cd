//! One page of memory that the process shares with the Server: which run is being executed, and since when.
//!
//! The Server reads it when it has not heard from the process for a while. It is right also where a native builtin holds
//! the engine and nothing could be sent: that is how a runaway run is told from those that wait behind it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt as _;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm;

use crate::clock;

const PAGE: usize = 4096;

/// The words of the page. `since_ns` is 0 while nothing is executed.
#[repr(C)]
struct Words {
    run: AtomicU64,
    since_ns: AtomicU64,
}

/// The process's end: it writes.
pub struct Status {
    words: &'static Words,
}

impl Status {
    /// Of the file that the Server handed over.
    pub fn shared(file: impl AsFd) -> io::Result<Status> {
        // SAFETY: a new mapping of one page, never unmapped, zeroed by the file's creation; only atomics are in it.
        #[allow(unsafe_code)]
        let words = unsafe {
            let protection = mm::ProtFlags::READ | mm::ProtFlags::WRITE;
            let page = mm::mmap(ptr::null_mut(), PAGE, protection, mm::MapFlags::SHARED, file, 0)?;
            &*page.cast::<Words>()
        };
        Ok(Status { words })
    }

    /// Of nobody: for an engine within its own tests.
    pub fn unshared() -> Status {
        let words = Words { run: AtomicU64::new(0), since_ns: AtomicU64::new(0) };
        Status { words: Box::leak(Box::new(words)) }
    }

    pub(crate) fn enter(&self, run: u32) {
        self.words.run.store(u64::from(run), Ordering::Release);
        self.words.since_ns.store(clock::now_ns(), Ordering::Release);
    }

    pub(crate) fn leave(&self) {
        self.words.since_ns.store(0, Ordering::Release);
    }
}

/// The Server's end: it reads.
pub struct StatusPage {
    file: File,
}

/// What a process is executing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Executing {
    pub run: u32,
    /// On the clock of [`clock::now_ns`].
    pub since_ns: u64,
}

impl StatusPage {
    /// A fresh page.
    pub fn new() -> io::Result<StatusPage> {
        let file = anonymous_file()?;
        file.set_len(PAGE as u64)?;
        Ok(StatusPage { file })
    }

    /// The file to hand to the process.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    pub fn read(&self) -> Option<Executing> {
        let mut bytes = [0; 16];
        self.file.read_exact_at(&mut bytes, 0).ok()?;
        let word = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        let (run, since_ns) = (word(0), word(8));
        (since_ns != 0).then_some(Executing { run: u32::try_from(run).unwrap_or_default(), since_ns })
    }
}

#[cfg(target_os = "linux")]
fn anonymous_file() -> io::Result<File> {
    Ok(rustix::fs::memfd_create("stk-isolate", rustix::fs::MemfdFlags::CLOEXEC)?.into())
}

/// A file that no longer has a name.
#[cfg(not(target_os = "linux"))]
fn anonymous_file() -> io::Result<File> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| io::ErrorKind::Unsupported)?;
    let path = std::env::temp_dir().join(format!("stk-isolate-{:x}", u64::from_ne_bytes(random)));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_sees_what_is_executed() {
        let page = StatusPage::new().unwrap();
        assert_eq!(page.read(), None);
        let status = Status::shared(page.file().unwrap()).unwrap();
        let before = clock::now_ns();
        status.enter(7);
        let seen = page.read().unwrap();
        assert_eq!(seen.run, 7);
        assert!((before..=clock::now_ns()).contains(&seen.since_ns));
        status.leave();
        assert_eq!(page.read(), None);
    }
}
