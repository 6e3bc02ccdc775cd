//! The memory of one realm: an allocator for QuickJS that can be put back to an earlier state.
//!
//! Making a fresh runtime for every run costs more than most runs do. So a realm is made once, its memory is copied
//! ([`Arena::keep`]), and after each run the copy is written back ([`Arena::put_back`]): bit for bit what it was before
//! anyone's code ran, at the price of one `memcpy`. What a run left behind, on purpose or not, is gone by construction.
//!
//! Deliberately absent: threads, coalescing of free blocks (a run is short, its memory is dropped whole), returning
//! memory to the system while a run is under way (big blocks excepted).

use std::cell::RefCell;
use std::ptr;
use std::rc::Rc;

use rquickjs::allocator::Allocator;

use crate::arena::mapping::Mapping;

mod classes;
mod mapping;

/// Blocks from here on are mapped on their own: they grow in place and go back to the system when freed.
const BIG: usize = 128 << 10;
/// The first chunk holds the realm as it was kept; it must be large enough for it.
const FIRST_CHUNK: usize = 4 << 20;
const CHUNK: usize = 4 << 20;
/// Of the first chunk, how much beyond the realm itself stays mapped between runs.
const SURPLUS: usize = 512 << 10;
/// Before each block: for a big one its place in `bigs`, then the usable size.
const HEADER: usize = 16;

/// Where the next block comes from. Kept and put back together with the memory.
#[derive(Clone)]
struct State {
    free: [*mut u8; classes::COUNT],
    /// Next unused byte of the current chunk, and its end.
    next: usize,
    end: usize,
    used: usize,
}

pub(crate) struct Arena {
    state: State,
    chunks: Vec<Mapping>,
    bigs: Vec<Mapping>,
    /// Bytes that may be in use at once.
    limit: usize,
    /// Whether an allocation was refused since the last [`Arena::put_back`].
    refused: bool,
    kept: Option<(Box<[u8]>, State)>,
}

impl Arena {
    fn new() -> std::io::Result<Arena> {
        let first = Mapping::new(FIRST_CHUNK)?;
        let state = State {
            free: [ptr::null_mut(); classes::COUNT],
            next: first.address(),
            end: first.address() + first.len(),
            used: 0,
        };
        Ok(Arena {
            state,
            chunks: vec![first],
            bigs: Vec::new(),
            limit: FIRST_CHUNK / 2,
            refused: false,
            kept: None,
        })
    }

    /// Copies what is in use now. Fails if it does not fit the first chunk.
    fn keep(&mut self) -> Result<(), ImageTooLarge> {
        if self.chunks.len() != 1 || !self.bigs.is_empty() {
            return Err(ImageTooLarge);
        }
        let len = self.state.next - self.chunks[0].address();
        let mut image = vec![0_u8; len].into_boxed_slice();
        // SAFETY: the first `len` bytes of the chunk are mapped, and nothing writes to them meanwhile.
        #[allow(unsafe_code)]
        unsafe {
            ptr::copy_nonoverlapping(self.chunks[0].start(), image.as_mut_ptr(), len);
        }
        self.kept = Some((image, self.state.clone()));
        Ok(())
    }

    fn put_back(&mut self) {
        self.give_back_surplus();
        self.bigs.clear();
        self.chunks.truncate(1);
        self.refused = false;
        if let Some((image, state)) = &self.kept {
            // SAFETY: the image was taken from this very chunk, so it fits; QuickJS is not running.
            #[allow(unsafe_code)]
            unsafe {
                ptr::copy_nonoverlapping(image.as_ptr(), self.chunks[0].start(), image.len());
            }
            self.state.clone_from(state);
        }
    }

    /// Of the first chunk, what only an unusually large run has touched.
    fn give_back_surplus(&mut self) {
        let first = &self.chunks[0];
        let kept = self.kept.as_ref().map_or(0, |(image, _)| image.len()) + SURPLUS;
        let touched = if self.chunks.len() > 1 { first.len() } else { self.state.next - first.address() };
        if touched > kept {
            first.discard(kept, touched);
        }
    }

    fn admits(&mut self, bytes: usize) -> bool {
        let fits = self.state.used.checked_add(bytes).is_some_and(|sum| sum <= self.limit);
        self.refused |= !fits;
        fits
    }

    fn allocate(&mut self, size: usize) -> *mut u8 {
        let Some(total) = size.checked_add(HEADER) else {
            self.refused = true;
            return ptr::null_mut();
        };
        if total > BIG {
            return self.allocate_big(total);
        }
        let (class, total) = classes::of(total);
        if !self.admits(total) {
            return ptr::null_mut();
        }
        let block = self.state.free[class];
        let block = if block.is_null() {
            let Some(block) = self.bump(total) else {
                self.refused = true;
                return ptr::null_mut();
            };
            block
        } else {
            // SAFETY: a free block's first word holds the next free one of its class.
            #[allow(unsafe_code)]
            unsafe {
                self.state.free[class] = block.cast::<*mut u8>().read();
            }
            block
        };
        self.state.used += total;
        write_header(block, 0, total - HEADER)
    }

    /// `total` unused bytes.
    fn bump(&mut self, total: usize) -> Option<*mut u8> {
        if self.state.end - self.state.next < total {
            // Blocks of one size do not serve another: what is free counts as well, or a script that goes through the
            // sizes would take many times its limit.
            if self.chunks.len() * CHUNK > self.limit.saturating_add(CHUNK) {
                return None;
            }
            let chunk = Mapping::new(CHUNK).ok()?;
            self.state.next = chunk.address();
            self.state.end = chunk.address() + chunk.len();
            self.chunks.push(chunk);
        }
        let block = self.state.next;
        self.state.next += total;
        Some(block as *mut u8)
    }

    fn allocate_big(&mut self, total: usize) -> *mut u8 {
        if !self.admits(total) {
            return ptr::null_mut();
        }
        let Ok(mapping) = Mapping::new(total) else {
            self.refused = true;
            return ptr::null_mut();
        };
        self.state.used += mapping.len();
        let payload = write_header(mapping.start(), self.bigs.len(), mapping.len() - HEADER);
        self.bigs.push(mapping);
        payload
    }

    fn free(&mut self, payload: *mut u8) {
        let (place, usable, block) = read_header(payload);
        let total = usable + HEADER;
        self.state.used -= total;
        if total > BIG {
            self.bigs.swap_remove(place);
            if let Some(moved) = self.bigs.get(place) {
                write_header(moved.start(), place, moved.len() - HEADER);
            }
            return;
        }
        let (class, _) = classes::of(total);
        // SAFETY: the block is ours and no longer in use; each has room for a pointer.
        #[allow(unsafe_code)]
        unsafe {
            block.cast::<*mut u8>().write(self.state.free[class]);
        }
        self.state.free[class] = block;
    }

    fn resize(&mut self, payload: *mut u8, size: usize) -> *mut u8 {
        let (place, usable, _) = read_header(payload);
        let Some(total) = size.checked_add(HEADER) else {
            self.refused = true;
            return ptr::null_mut();
        };
        let is_big = usable + HEADER > BIG;
        if is_big && total > BIG {
            return self.resize_big(place, total);
        }
        if size <= usable && !is_big {
            return payload;
        }
        let fresh = self.allocate(size);
        if !fresh.is_null() {
            // SAFETY: both blocks are live, distinct, and at least this long.
            #[allow(unsafe_code)]
            unsafe {
                ptr::copy_nonoverlapping(payload, fresh, usable.min(size));
            }
            self.free(payload);
        }
        fresh
    }

    fn resize_big(&mut self, place: usize, total: usize) -> *mut u8 {
        let before = self.bigs[place].len();
        if total > before && !self.admits(total - before) {
            return ptr::null_mut();
        }
        if self.bigs[place].resize(total).is_err() {
            self.refused = true;
            return ptr::null_mut();
        }
        let mapping = &self.bigs[place];
        self.state.used = self.state.used - before + mapping.len();
        write_header(mapping.start(), place, mapping.len() - HEADER)
    }
}

/// Writes a block's header and gives where its payload begins.
fn write_header(block: *mut u8, place: usize, usable: usize) -> *mut u8 {
    // SAFETY: every block has room for its header, aligned to 16 bytes.
    #[allow(unsafe_code)]
    unsafe {
        block.cast::<[usize; 2]>().write([place, usable]);
        block.add(HEADER)
    }
}

/// Place, usable size and start of a payload's block.
fn read_header(payload: *mut u8) -> (usize, usize, *mut u8) {
    // SAFETY: every payload that this allocator gave out follows a header.
    #[allow(unsafe_code)]
    unsafe {
        let block = payload.sub(HEADER);
        let [place, usable] = block.cast::<[usize; 2]>().read();
        (place, usable, block)
    }
}

/// What a realm needs grew past the part of its memory that can be kept.
#[derive(Debug, thiserror::Error)]
#[error("the realm is too large to be kept")]
pub(crate) struct ImageTooLarge;

/// One arena, shared by the runtime that allocates from it and the realm that looks after it.
#[derive(Clone)]
pub(crate) struct SharedArena(Rc<RefCell<Arena>>);

impl SharedArena {
    pub(crate) fn new() -> std::io::Result<SharedArena> {
        Ok(SharedArena(Rc::new(RefCell::new(Arena::new()?))))
    }

    pub(crate) fn keep(&self) -> Result<(), ImageTooLarge> {
        self.0.borrow_mut().keep()
    }

    pub(crate) fn put_back(&self) {
        self.0.borrow_mut().put_back();
    }

    /// Bytes that may be in use, what the realm itself needs not counted.
    pub(crate) fn set_limit(&self, bytes: u64) {
        let mut arena = self.0.borrow_mut();
        let own = arena.kept.as_ref().map_or(0, |(_, state)| state.used);
        arena.limit = own.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
    }

    pub(crate) fn used(&self) -> usize {
        self.0.borrow().state.used
    }

    /// Whether an allocation was refused during this run.
    pub(crate) fn refused(&self) -> bool {
        self.0.borrow().refused
    }
}

// SAFETY: blocks are aligned to 16 bytes, as long as asked for, and not handed out twice; the usable size stands before
// each. The RefCell is never borrowed across a call into QuickJS.
#[allow(unsafe_code)]
unsafe impl Allocator for SharedArena {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        self.0.borrow_mut().allocate(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(bytes) = count.checked_mul(size) else { return ptr::null_mut() };
        let payload = self.0.borrow_mut().allocate(bytes);
        // A block mapped on its own comes zeroed.
        if !payload.is_null() && bytes + HEADER <= BIG {
            // SAFETY: the payload has at least `bytes` bytes.
            unsafe { ptr::write_bytes(payload, 0, bytes) };
        }
        payload
    }

    unsafe fn dealloc(&mut self, payload: *mut u8) {
        self.0.borrow_mut().free(payload);
    }

    unsafe fn realloc(&mut self, payload: *mut u8, size: usize) -> *mut u8 {
        if payload.is_null() {
            return self.alloc(size);
        }
        self.0.borrow_mut().resize(payload, size)
    }

    unsafe fn usable_size(payload: *mut u8) -> usize {
        read_header(payload).1
    }
}

#[cfg(test)]
mod tests;
