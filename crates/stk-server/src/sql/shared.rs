//! Shared connections: a few, on which the statements of many callers are pipelined.
//!
//! Postgres answers a connection's statements in order, so one slow statement holds up those behind it. The watchdog
//! notices within 20 ms; everybody but the one at the head then leaves and is run again elsewhere, which is safe
//! because only statements without side effects are here. A connection is cancelled and closed only once nobody
//! waits on it any more.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use stk_runtime::{SqlFault, SqlWork, Writer};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::connect::Connector;
use super::fault::Failure;
use super::link::Link;
use super::rows::{Outcome, execute};
use super::slow::Slow;
use super::watchdog::{self, Beat};

/// Connections that callers share.
pub(super) const LINKS: usize = 4;

/// After so many moves a caller has waited long enough for a shared place.
const MOVES_MAX: usize = LINKS + 2;

/// Set in [`SharedLink::waiting`] when the connection takes nobody any more.
const RETIRED: usize = 1 << (usize::BITS - 1);

pub(super) struct Shared {
    connector: Arc<Connector>,
    slots: [ArcSwapOption<SharedLink>; LINKS],
    next: AtomicUsize,
    /// One connects while nothing is connected; the others wait for it.
    opening: tokio::sync::Mutex<()>,
    /// One connects in the background.
    filling: AtomicBool,
    pub(super) watching: AtomicBool,
    pub(super) slow: Slow,
}

/// What became of a ride on a shared connection.
enum Ride {
    Done(Result<Bytes, SqlFault>),
    /// It was held up by somebody else's statement, or the connection broke: try elsewhere.
    Elsewhere,
    Lost(Failure),
    Unprepared,
}

impl Shared {
    pub(super) fn new(connector: Arc<Connector>) -> Shared {
        Shared {
            connector,
            slots: Default::default(),
            next: AtomicUsize::new(0),
            opening: tokio::sync::Mutex::new(()),
            filling: AtomicBool::new(false),
            watching: AtomicBool::new(false),
            slow: Slow::default(),
        }
    }

    /// Runs the one statement of `work`; none where every shared connection is held up.
    pub(super) async fn run(
        self: &Arc<Shared>,
        work: &Arc<SqlWork>,
        deadline: Instant,
    ) -> Result<Option<Bytes>, SqlFault> {
        let text = &work.statements[0].statement.text;
        if self.slow.contains(text) {
            return Ok(None);
        }
        let (mut lost, mut unprepared) = (0, false);
        for _ in 0..MOVES_MAX {
            let Some(seat) = self.seat(deadline).await? else { return Ok(None) };
            if !self.watching.load(Ordering::Relaxed) {
                watchdog::start(self);
            }
            match ride(&seat.link, work, deadline, &self.slow).await {
                Ride::Done(result) => return result.map(Some),
                Ride::Elsewhere => {}
                // All of them may have been lost at once, and not all noticed; the next one is opened afresh.
                Ride::Lost(_) if lost < LINKS => lost += 1,
                Ride::Unprepared if !unprepared => unprepared = true,
                Ride::Lost(failure) => return Err(failure.into_fault(false)),
                Ride::Unprepared => return Err(Failure::Unprepared.into_fault(false)),
            }
        }
        Ok(None)
    }

    pub(super) fn links(&self) -> impl Iterator<Item = (usize, Arc<SharedLink>)> {
        self.slots.iter().enumerate().filter_map(|(slot, link)| Some((slot, link.load_full()?)))
    }

    /// Takes a connection out of its slot, unless another one stands there by now.
    pub(super) fn vacate(&self, slot: usize, link: &Arc<SharedLink>) {
        let current = self.slots[slot].load();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, link)) {
            self.slots[slot].compare_and_swap(&current, None);
        }
    }

    /// A seat on a connection that is not held up; none where all are.
    async fn seat(self: &Arc<Shared>, deadline: Instant) -> Result<Option<Seat>, SqlFault> {
        match self.free_seat() {
            (Some(seat), None) => return Ok(Some(seat)),
            (Some(seat), Some(empty)) => {
                self.fill(empty);
                return Ok(Some(seat));
            }
            (None, None) => return Ok(None),
            (None, Some(_)) => {}
        }
        let late = || SqlFault::Unavailable("the database was not connected in time".to_owned());
        let _one = timeout_at(deadline, self.opening.lock()).await.map_err(|_| late())?;
        match self.free_seat() {
            (Some(seat), _) => Ok(Some(seat)),
            (None, None) => Ok(None),
            (None, Some(empty)) => {
                let opened = timeout_at(deadline, self.connector.connect()).await.map_err(|_| late())?;
                let link = Arc::new(SharedLink::new(opened?));
                let seat = link.join();
                self.slots[empty].store(Some(link));
                Ok(seat)
            }
        }
    }

    /// A seat, going around the connections, and a slot that is empty.
    fn free_seat(&self) -> (Option<Seat>, Option<usize>) {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let mut empty = None;
        for offset in 0..LINKS {
            let slot = start.wrapping_add(offset) % LINKS;
            let guard = self.slots[slot].load();
            match &*guard {
                None => empty = Some(slot),
                Some(link) if link.link.is_closed() => {
                    self.vacate(slot, link);
                    empty = Some(slot);
                }
                Some(link) => {
                    if let Some(seat) = link.join() {
                        return (Some(seat), empty);
                    }
                }
            }
        }
        (None, empty)
    }

    /// Connects an empty slot in the background.
    fn fill(self: &Arc<Shared>, slot: usize) {
        if self.filling.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = self.clone();
        tokio::spawn(async move {
            // A failure is told to the callers who need the connection; this one nobody waits for.
            if let Ok(link) = shared.connector.connect().await
                && shared.slots[slot].load().is_none()
            {
                shared.slots[slot].store(Some(Arc::new(SharedLink::new(link))));
            }
            shared.filling.store(false, Ordering::Release);
        });
    }
}

pub(super) struct SharedLink {
    pub(super) link: Link,
    /// Held while a statement is sent, so that places are given in the order of sending.
    sending: Mutex<()>,
    /// Statements sent and answered so far; the difference is under way, the one numbered `answered` at the head.
    pub(super) sent: AtomicU64,
    pub(super) answered: AtomicU64,
    /// Callers who wait on it, and [`RETIRED`].
    waiting: AtomicUsize,
    /// The head holds up the others.
    pub(super) stalled: AtomicBool,
    /// What is still to come on it is of no use to anybody and too much to read: everybody leaves.
    pub(super) doomed: AtomicBool,
    /// Wakes those who wait, to look whether they should leave.
    pub(super) look_up: Notify,
    pub(super) beat: Mutex<Beat>,
}

impl SharedLink {
    fn new(link: Link) -> SharedLink {
        SharedLink {
            link,
            sending: Mutex::new(()),
            sent: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            stalled: AtomicBool::new(false),
            doomed: AtomicBool::new(false),
            look_up: Notify::new(),
            beat: Mutex::new(Beat::new()),
        }
    }

    /// A seat, unless the connection is held up or retired.
    fn join(self: &Arc<SharedLink>) -> Option<Seat> {
        if self.stalled.load(Ordering::Acquire) || self.doomed.load(Ordering::Acquire) {
            return None;
        }
        if self.waiting.fetch_add(1, Ordering::AcqRel) & RETIRED != 0 {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Seat { link: self.clone() })
    }

    /// Retires the connection if nobody waits on it. From then on nobody can join, so a cancel hits no caller's
    /// statement.
    pub(super) fn retire_if_alone(&self) -> bool {
        self.waiting.compare_exchange(0, RETIRED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn is_head(&self, place: u64) -> bool {
        self.answered.load(Ordering::Acquire) >= place
    }

    fn should_leave(&self, place: u64) -> bool {
        self.doomed.load(Ordering::Acquire) || (self.stalled.load(Ordering::Acquire) && !self.is_head(place))
    }
}

/// One caller's right to wait on a connection.
struct Seat {
    link: Arc<SharedLink>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.link.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Why a caller left before its answer.
enum Left {
    HeldUp,
    Timeout,
}

type Travel<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One statement under way. Left before its answer, it is read to its end in the background, so that the count of
/// what is under way stays right.
struct Ticket<T: Send + 'static> {
    link: Arc<SharedLink>,
    travel: Option<Travel<T>>,
}

impl<T: Send + 'static> Drop for Ticket<T> {
    fn drop(&mut self) {
        let Some(travel) = self.travel.take() else { return };
        let link = self.link.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                travel.await;
                link.answered.fetch_add(1, Ordering::AcqRel);
            });
        }
    }
}

/// Sends what `travel` sends at its first poll, and waits for its end, the deadline, or until somebody else's
/// statement holds it up.
async fn travel<T: Send + 'static>(
    link: &Arc<SharedLink>,
    travel: Travel<T>,
    deadline: Instant,
) -> Result<T, Left> {
    let mut ticket = Ticket { link: link.clone(), travel: Some(travel) };
    let mut place = None;
    loop {
        let mut look_up = std::pin::pin!(link.look_up.notified());
        let done = std::future::poll_fn(|cx| {
            let Some(travel) = ticket.travel.as_mut() else { return Poll::Ready(None) };
            let polled = if place.is_none() {
                let _sending = link.sending.lock().unwrap_or_else(PoisonError::into_inner);
                place = Some(link.sent.fetch_add(1, Ordering::AcqRel));
                travel.as_mut().poll(cx)
            } else {
                travel.as_mut().poll(cx)
            };
            if let Poll::Ready(output) = polled {
                return Poll::Ready(Some(output));
            }
            if look_up.as_mut().poll(cx).is_ready() || place.is_some_and(|place| link.should_leave(place)) {
                return Poll::Ready(None);
            }
            Poll::Pending
        });
        if let Some(output) = done.await {
            ticket.travel = None;
            link.answered.fetch_add(1, Ordering::AcqRel);
            return Ok(output);
        }
        if place.is_some_and(|place| link.should_leave(place)) {
            return Err(Left::HeldUp);
        }
        if Instant::now() >= deadline {
            return Err(Left::Timeout);
        }
    }
}

async fn ride(link: &Arc<SharedLink>, work: &Arc<SqlWork>, deadline: Instant, slow: &Slow) -> Ride {
    let statement = &work.statements[0].statement;
    let prepared = match link.link.prepared(statement) {
        Some(prepared) => prepared,
        None => {
            let (on, statement) = (link.clone(), statement.clone());
            let prepare = Box::pin(async move { on.link.prepare(&statement).await });
            match travel(link, prepare, deadline).await {
                Ok(Ok(prepared)) => prepared,
                Ok(Err(failure)) => return fallen(failure),
                Err(Left::HeldUp) => return Ride::Elsewhere,
                Err(Left::Timeout) => return Ride::Done(Err(SqlFault::Timeout)),
            }
        }
    };
    let (on, owned) = (link.clone(), work.clone());
    let run: Travel<Result<(Outcome, Writer), Failure>> = Box::pin(async move {
        let mut writer = owned.writer();
        let outcome = execute(&on.link, &prepared, &owned.statements[0].params, Some(&mut writer)).await?;
        Ok((outcome, writer))
    });
    let outcome = travel(link, run, deadline).await;
    if link.stalled.load(Ordering::Relaxed) {
        if !matches!(outcome, Err(Left::HeldUp)) {
            slow.strike(&statement.text);
        }
    } else {
        slow.acquit(&statement.text);
    }
    match outcome {
        Ok(Ok((Outcome::Whole, writer))) => Ride::Done(writer.finish().map_err(SqlFault::Row)),
        Ok(Ok((Outcome::Refused(failure), _))) => Ride::Done(Err(failure.into_fault(false))),
        Ok(Ok((Outcome::Flooded(failure), _))) => {
            // What is still to come holds up everybody behind it; the watchdog closes it once they have left.
            link.doomed.store(true, Ordering::Release);
            link.look_up.notify_waiters();
            Ride::Done(Err(failure.into_fault(false)))
        }
        Ok(Err(failure)) => {
            if matches!(failure, Failure::Unprepared) {
                link.link.forget(statement);
            }
            fallen(failure)
        }
        Err(Left::HeldUp) => Ride::Elsewhere,
        Err(Left::Timeout) => Ride::Done(Err(SqlFault::Timeout)),
    }
}

fn fallen(failure: Failure) -> Ride {
    match failure {
        Failure::Lost(_) | Failure::Ended(_) => Ride::Lost(failure),
        Failure::Unprepared => Ride::Unprepared,
        other => Ride::Done(Err(other.into_fault(false))),
    }
}
