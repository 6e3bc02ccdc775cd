//! Clocks of WASI.

use std::time::{SystemTime, UNIX_EPOCH};

use stk_contract::wasm::WASI;
use wasmtime::{Caller, Linker};

use super::guest_memory;
use super::run::Run;
use super::wasi::{Answer, Errno, code};

const REALTIME: i32 = 0;
const MONOTONIC: i32 = 1;
const PROCESS_CPU: i32 = 2;
const THREAD_CPU: i32 = 3;

/// No finer, so that a guest can not time what happens in the processor's caches.
const RESOLUTION_NS: u64 = 1_000;

pub(super) fn link(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "clock_res_get", |mut caller: Caller<'_, Run>, clock: i32, out: i32| {
        let (memory, _) = guest_memory::split(&mut caller)?;
        Ok(code(resolution(memory, clock, out)))
    })?;
    linker.func_wrap(
        WASI,
        "clock_time_get",
        |mut caller: Caller<'_, Run>, clock: i32, _: i64, out: i32| {
            let (memory, run) = guest_memory::split(&mut caller)?;
            Ok(code(time(memory, run, clock, out)))
        },
    )?;
    Ok(())
}

fn resolution(memory: &mut [u8], clock: i32, out: i32) -> Answer {
    if !(REALTIME..=THREAD_CPU).contains(&clock) {
        return Err(Errno::Invalid);
    }
    guest_memory::write_u64(memory, out, RESOLUTION_NS).ok_or(Errno::Fault)
}

fn time(memory: &mut [u8], run: &Run, clock: i32, out: i32) -> Answer {
    guest_memory::write_u64(memory, out, now_ns(run, clock)?).ok_or(Errno::Fault)
}

/// Monotonic time and time of the processor count from the start of the run.
pub(super) fn now_ns(run: &Run, clock: i32) -> Result<u64, Errno> {
    let since = match clock {
        REALTIME => SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| Errno::Io)?,
        MONOTONIC | PROCESS_CPU | THREAD_CPU => run.started.elapsed(),
        _ => return Err(Errno::Invalid),
    };
    let ns = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
    Ok(ns - ns % RESOLUTION_NS)
}
