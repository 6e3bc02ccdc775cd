//! Memory straight from the system: zeroed, private, returned when dropped.

use std::io;
use std::ptr;

use rustix::mm;

const PAGE: usize = 4096;

pub(super) struct Mapping {
    start: *mut u8,
    len: usize,
}

impl Mapping {
    /// At least `len` bytes, whole pages.
    pub(super) fn new(len: usize) -> io::Result<Mapping> {
        let len = len.checked_next_multiple_of(PAGE).ok_or(io::ErrorKind::OutOfMemory)?;
        let protection = mm::ProtFlags::READ | mm::ProtFlags::WRITE;
        // SAFETY: a new anonymous mapping touches no memory of anyone's.
        #[allow(unsafe_code)]
        let start = unsafe { mm::mmap_anonymous(ptr::null_mut(), len, protection, mm::MapFlags::PRIVATE) }?;
        Ok(Mapping { start: start.cast(), len })
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start
    }

    pub(super) fn address(&self) -> usize {
        self.start as usize
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Gives pages wholly between two offsets back to the system, where it takes them. Nobody may count on what was in
    /// them.
    #[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
    pub(super) fn discard(&self, from: usize, to: usize) {
        let (from, to) = (from.next_multiple_of(PAGE), to.min(self.len).next_multiple_of(PAGE).min(self.len));
        #[cfg(target_os = "linux")]
        if from < to {
            // SAFETY: the range is within the mapping, and holds nothing that is still in use.
            #[allow(unsafe_code)]
            let _ = unsafe { mm::madvise(self.start.add(from).cast(), to - from, mm::Advice::LinuxDontNeed) };
        }
    }

    /// Grows or shrinks; it may move, its bytes with it.
    #[cfg(target_os = "linux")]
    pub(super) fn resize(&mut self, len: usize) -> io::Result<()> {
        let len = len.checked_next_multiple_of(PAGE).ok_or(io::ErrorKind::OutOfMemory)?;
        if len != self.len {
            // SAFETY: the mapping is ours whole; its user is given the new address.
            #[allow(unsafe_code)]
            let start = unsafe { mm::mremap(self.start.cast(), self.len, len, mm::MremapFlags::MAYMOVE) }?;
            self.start = start.cast();
            self.len = len;
        }
        Ok(())
    }

    /// Grows or shrinks by way of a copy.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn resize(&mut self, len: usize) -> io::Result<()> {
        let fresh = Mapping::new(len)?;
        // SAFETY: both mappings are live, distinct, and at least this long.
        #[allow(unsafe_code)]
        unsafe {
            ptr::copy_nonoverlapping(self.start, fresh.start, self.len.min(fresh.len));
        }
        *self = fresh;
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` or `resize` with this length; whoever drops it holds no pointer into it any more.
        #[allow(unsafe_code)]
        let unmapped = unsafe { mm::munmap(self.start.cast(), self.len) };
        debug_assert!(unmapped.is_ok(), "the mapping is ours");
    }
}
