//! The one clock of Server and isolate: monotonic, the same in every process of the machine.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds since some moment in the past.
pub fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    // The monotonic clock begins at 0 with the machine and never goes back.
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// An instant of the near future (or past) on that clock.
pub fn ns_of(instant: Instant) -> u64 {
    let left = instant.saturating_duration_since(Instant::now());
    now_ns().saturating_add(u64::try_from(left.as_nanos()).unwrap_or(u64::MAX))
}
