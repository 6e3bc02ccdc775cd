//! WASI preview 1 for commands: which function of it does what.
//!
//! What works is stdin, stdout, stderr, clocks, randomness, waiting and the exit. The rest is about files and sockets,
//! of which there are none, and answers so.

use stk_contract::wasm::{IMPORTS, Value, WASI};
use wasmtime::{Caller, FuncType, Linker, Val, ValType};

use super::run::Run;
use super::stop::Stop;
use super::{clock, descriptors, guest_memory, poll};

/// Error numbers of WASI that guests get from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Errno {
    BadDescriptor = 8,
    /// An address outside memory.
    Fault = 21,
    Io = 29,
    Invalid = 28,
    /// A stream can not seek.
    Seek = 70,
}

pub(super) type Answer = Result<(), Errno>;

/// The return value of a function.
pub(super) fn code(answer: Answer) -> i32 {
    answer.err().map_or(0, |errno| errno as i32)
}

/// What works, in the order of the specification.
const PRESENT: [&str; 19] = [
    "args_get",
    "args_sizes_get",
    "environ_get",
    "environ_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "fd_close",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_filestat_get",
    "fd_prestat_get",
    "fd_read",
    "fd_seek",
    "fd_tell",
    "fd_write",
    "poll_oneoff",
    "proc_exit",
    "random_get",
    "sched_yield",
];

pub(super) fn link(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    // There are no arguments and no variables: nothing is written to the lists, and their sizes are 0.
    linker.func_wrap(WASI, "args_get", |_: i32, _: i32| 0)?;
    linker.func_wrap(WASI, "args_sizes_get", no_strings)?;
    linker.func_wrap(WASI, "environ_get", |_: i32, _: i32| 0)?;
    linker.func_wrap(WASI, "environ_sizes_get", no_strings)?;
    linker.func_wrap(WASI, "random_get", random)?;
    linker.func_wrap(WASI, "sched_yield", || 0)?;
    linker
        .func_wrap(WASI, "proc_exit", |code: i32| -> wasmtime::Result<()> { Err(Stop::Exit(code).into()) })?;
    clock::link(linker)?;
    descriptors::link(linker)?;
    poll::link(linker)?;
    link_absent(linker)
}

fn no_strings(mut caller: Caller<'_, Run>, count: i32, bytes: i32) -> wasmtime::Result<i32> {
    let (memory, _) = guest_memory::split(&mut caller)?;
    let written = guest_memory::write_u32(memory, count, 0).and(guest_memory::write_u32(memory, bytes, 0));
    Ok(code(written.ok_or(Errno::Fault)))
}

fn random(mut caller: Caller<'_, Run>, address: i32, length: i32) -> wasmtime::Result<i32> {
    let (memory, _) = guest_memory::split(&mut caller)?;
    let filled = match guest_memory::slice_mut(memory, address, length) {
        Some(bytes) => getrandom::fill(bytes).map_err(|_| Errno::Io),
        None => Err(Errno::Fault),
    };
    Ok(code(filled))
}

/// Everything else that a module may import: there is no descriptor that it could be about.
fn link_absent(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    let value = |value: &Value| match value {
        Value::I32 => ValType::I32,
        Value::I64 => ValType::I64,
    };
    let absent = IMPORTS.iter().filter(|import| import.module == WASI && !PRESENT.contains(&import.name));
    for import in absent {
        let ty =
            FuncType::new(linker.engine(), import.params.iter().map(value), import.result.iter().map(value));
        linker.func_new(WASI, import.name, ty, |_, _, results| {
            results.fill(Val::I32(Errno::BadDescriptor as i32));
            Ok(())
        })?;
    }
    Ok(())
}
