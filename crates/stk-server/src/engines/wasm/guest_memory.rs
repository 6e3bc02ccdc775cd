//! Reading and writing the guest's memory. Every address comes from the guest: none is taken on trust.

use wasmtime::{Caller, Extern};

use super::run::Run;
use super::stop::Stop;

/// The guest's memory beside the state of its run.
pub(super) fn split<'a>(caller: &'a mut Caller<'_, Run>) -> wasmtime::Result<(&'a mut [u8], &'a mut Run)> {
    let memory = match caller.data().memory {
        Some(memory) => memory,
        // Only while a module's `start` function runs, before the instance is there.
        None => caller
            .get_export("memory")
            .and_then(Extern::into_memory)
            .ok_or(Stop::Misuse("the module does not export its memory"))?,
    };
    Ok(memory.data_and_store_mut(caller))
}

/// `address` and `length` are unsigned in WebAssembly, whatever their type here says.
fn range(address: i32, length: i32) -> std::ops::Range<usize> {
    let start = address.cast_unsigned() as usize;
    start..start + length.cast_unsigned() as usize
}

pub(super) fn slice(memory: &[u8], address: i32, length: i32) -> Option<&[u8]> {
    memory.get(range(address, length))
}

pub(super) fn slice_mut(memory: &mut [u8], address: i32, length: i32) -> Option<&mut [u8]> {
    memory.get_mut(range(address, length))
}

pub(super) fn read<const N: usize>(memory: &[u8], address: usize) -> Option<[u8; N]> {
    memory.get(address..address + N)?.try_into().ok()
}

pub(super) fn write<const N: usize>(memory: &mut [u8], address: i32, bytes: [u8; N]) -> Option<()> {
    let start = address.cast_unsigned() as usize;
    memory.get_mut(start..start + N)?.copy_from_slice(&bytes);
    Some(())
}

pub(super) fn read_u32(memory: &[u8], address: usize) -> Option<u32> {
    read(memory, address).map(u32::from_le_bytes)
}

pub(super) fn read_u64(memory: &[u8], address: usize) -> Option<u64> {
    read(memory, address).map(u64::from_le_bytes)
}

pub(super) fn write_u32(memory: &mut [u8], address: i32, value: u32) -> Option<()> {
    write(memory, address, value.to_le_bytes())
}

pub(super) fn write_u64(memory: &mut [u8], address: i32, value: u64) -> Option<()> {
    write(memory, address, value.to_le_bytes())
}
