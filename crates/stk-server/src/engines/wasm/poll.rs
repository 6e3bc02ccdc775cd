//! `poll_oneoff`: how guests sleep. Descriptors are always ready; clocks are when their time has come.

use std::time::Duration;

use stk_contract::wasm::WASI;
use wasmtime::{AsContextMut as _, Caller, Linker};

use super::run::{Run, begin_slice};
use super::wasi::{Errno, code};
use super::{clock, guest_memory};

const SUBSCRIPTION_BYTES: usize = 48;
const EVENT_BYTES: i32 = 32;
const SUBSCRIPTIONS_MAX: i32 = 64;

const TAG_CLOCK: u8 = 0;
const FLAG_ABSOLUTE: u16 = 1;

struct Subscription {
    user_data: u64,
    tag: u8,
    /// None: ready at once.
    wait: Option<Duration>,
}

pub(super) fn link(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    linker.func_wrap_async(
        WASI,
        "poll_oneoff",
        |mut caller: Caller<'_, Run>, (subscriptions, events, count, out): (i32, i32, i32, i32)| {
            Box::new(async move {
                let (memory, run) = guest_memory::split(&mut caller)?;
                let subscribed = match subscriptions_of(memory, run, subscriptions, count) {
                    Ok(subscribed) => subscribed,
                    Err(errno) => return Ok(errno as i32),
                };
                let shortest =
                    subscribed.iter().map(|one| one.wait.unwrap_or_default()).min().unwrap_or_default();
                if !shortest.is_zero() {
                    tokio::time::sleep(shortest).await;
                    begin_slice(caller.as_context_mut());
                }
                let (memory, _) = guest_memory::split(&mut caller)?;
                let ready = subscribed.iter().filter(|one| one.wait.unwrap_or_default() <= shortest);
                Ok(code(write_events(memory, ready, events, out).ok_or(Errno::Fault)))
            })
        },
    )?;
    Ok(())
}

fn subscriptions_of(memory: &[u8], run: &Run, address: i32, count: i32) -> Result<Vec<Subscription>, Errno> {
    if !(1..=SUBSCRIPTIONS_MAX).contains(&count) {
        return Err(Errno::Invalid);
    }
    let at = |index: i32| address.cast_unsigned() as usize + index as usize * SUBSCRIPTION_BYTES;
    (0..count).map(|index| subscription(memory, run, at(index))).collect()
}

fn subscription(memory: &[u8], run: &Run, at: usize) -> Result<Subscription, Errno> {
    let user_data = guest_memory::read_u64(memory, at).ok_or(Errno::Fault)?;
    let [tag] = guest_memory::read(memory, at + 8).ok_or(Errno::Fault)?;
    let wait = if tag == TAG_CLOCK { Some(wait(memory, run, at)?) } else { None };
    Ok(Subscription { user_data, tag, wait })
}

fn wait(memory: &[u8], run: &Run, at: usize) -> Result<Duration, Errno> {
    let clock = guest_memory::read_u32(memory, at + 16).ok_or(Errno::Fault)?.cast_signed();
    let timeout_ns = guest_memory::read_u64(memory, at + 24).ok_or(Errno::Fault)?;
    let flags = guest_memory::read(memory, at + 40).map(u16::from_le_bytes).ok_or(Errno::Fault)?;
    let now_ns = clock::now_ns(run, clock)?;
    let absolute = flags & FLAG_ABSOLUTE != 0;
    Ok(Duration::from_nanos(if absolute { timeout_ns.saturating_sub(now_ns) } else { timeout_ns }))
}

fn write_events<'a>(
    memory: &mut [u8],
    ready: impl Iterator<Item = &'a Subscription>,
    events: i32,
    out: i32,
) -> Option<()> {
    let mut written = 0_u32;
    for (subscription, address) in ready.zip((events..).step_by(EVENT_BYTES as usize)) {
        let mut event = [0; EVENT_BYTES as usize];
        event[..8].copy_from_slice(&subscription.user_data.to_le_bytes());
        event[10] = subscription.tag;
        guest_memory::write(memory, address, event)?;
        written += 1;
    }
    guest_memory::write_u32(memory, out, written)
}
