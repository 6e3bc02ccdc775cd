//! The three descriptors: stdin gives the params, stdout takes the result, stderr goes to the log.

use stk_contract::wasm::WASI;
use wasmtime::{Caller, Linker};

use super::guest_memory::{self, read_u32, slice, slice_mut, write, write_u32};
use super::run::Run;
use super::stop::Stop;
use super::wasi::{Answer, Errno, code};

const STDIN: i32 = 0;
const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// Buffers of one `fd_read` or `fd_write`; what is past them is left for the next call, as WASI allows.
const BUFFERS_MAX: u32 = 1024;

const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;

pub(super) fn link(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "fd_read", read)?;
    linker.func_wrap(WASI, "fd_write", write_out)?;
    linker.func_wrap(WASI, "fd_close", |fd: i32| code(open(fd)))?;
    linker
        .func_wrap(WASI, "fd_seek", |fd: i32, _: i64, _: i32, _: i32| code(open(fd).and(Err(Errno::Seek))))?;
    linker.func_wrap(WASI, "fd_tell", |fd: i32, _: i32| code(open(fd).and(Err(Errno::Seek))))?;
    linker.func_wrap(WASI, "fd_fdstat_set_flags", |fd: i32, _: i32| code(open(fd)))?;
    // Guests ask for folders from descriptor 3 on until there is none.
    linker.func_wrap(WASI, "fd_prestat_get", |_: i32, _: i32| Errno::BadDescriptor as i32)?;
    linker.func_wrap(WASI, "fd_fdstat_get", |mut caller: Caller<'_, Run>, fd: i32, out: i32| {
        let (memory, _) = guest_memory::split(&mut caller)?;
        Ok(code(open(fd).and_then(|()| write(memory, out, status(fd)).ok_or(Errno::Fault))))
    })?;
    linker.func_wrap(WASI, "fd_filestat_get", |mut caller: Caller<'_, Run>, fd: i32, out: i32| {
        let (memory, _) = guest_memory::split(&mut caller)?;
        Ok(code(open(fd).and_then(|()| write(memory, out, [0; 64]).ok_or(Errno::Fault))))
    })?;
    Ok(())
}

fn open(fd: i32) -> Answer {
    if (STDIN..=STDERR).contains(&fd) { Ok(()) } else { Err(Errno::BadDescriptor) }
}

/// `fdstat`: no type, so that no runtime takes it for a terminal and writes line by line; no flags; rights.
fn status(fd: i32) -> [u8; 24] {
    let mut status = [0; 24];
    let rights = if fd == STDIN { RIGHT_READ } else { RIGHT_WRITE };
    status[8..16].copy_from_slice(&rights.to_le_bytes());
    status
}

fn read(mut caller: Caller<'_, Run>, fd: i32, buffers: i32, count: i32, out: i32) -> wasmtime::Result<i32> {
    if fd != STDIN {
        return Ok(Errno::BadDescriptor as i32);
    }
    let (memory, run) = guest_memory::split(&mut caller)?;
    Ok(code(
        read_params(memory, run, buffers, count)
            .and_then(|bytes| write_u32(memory, out, bytes).ok_or(Errno::Fault)),
    ))
}

fn read_params(memory: &mut [u8], run: &mut Run, buffers: i32, count: i32) -> Result<u32, Errno> {
    let mut total = 0;
    for index in 0..count.cast_unsigned().min(BUFFERS_MAX) {
        let (address, length) = buffer(memory, buffers, index)?;
        let target = slice_mut(memory, address, length).ok_or(Errno::Fault)?;
        let rest = &run.params[run.params_read..];
        let bytes = rest.len().min(target.len());
        target[..bytes].copy_from_slice(&rest[..bytes]);
        run.params_read += bytes;
        // A buffer's length is 32 bits, and all of them lie in a memory of 32 bits.
        total += bytes as u32;
    }
    Ok(total)
}

fn write_out(
    mut caller: Caller<'_, Run>,
    fd: i32,
    buffers: i32,
    count: i32,
    out: i32,
) -> wasmtime::Result<i32> {
    if fd != STDOUT && fd != STDERR {
        return Ok(Errno::BadDescriptor as i32);
    }
    let (memory, run) = guest_memory::split(&mut caller)?;
    let mut total = 0_u32;
    for index in 0..count.cast_unsigned().min(BUFFERS_MAX) {
        let found = buffer(memory, buffers, index)
            .and_then(|(address, length)| slice(memory, address, length).ok_or(Errno::Fault));
        let bytes = match found {
            Ok(bytes) => bytes,
            Err(errno) => return Ok(errno as i32),
        };
        if fd == STDOUT {
            if (run.output.len() + bytes.len()) as u64 > run.output_bytes_max {
                return Err(Stop::Output.into());
            }
            run.output.extend_from_slice(bytes);
        } else {
            run.stderr.write(bytes, &*run.operations);
        }
        total = total.saturating_add(bytes.len() as u32);
    }
    Ok(code(write_u32(memory, out, total).ok_or(Errno::Fault)))
}

/// Address and length of one buffer of a list.
fn buffer(memory: &[u8], buffers: i32, index: u32) -> Result<(i32, i32), Errno> {
    let at = buffers.cast_unsigned() as usize + index as usize * 8;
    let word = |at| read_u32(memory, at).map(u32::cast_signed).ok_or(Errno::Fault);
    Ok((word(at)?, word(at + 4)?))
}
