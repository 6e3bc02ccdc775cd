//! What one instance may take of memory and tables.

use wasmtime::ResourceLimiter;

use super::stop::Stop;

pub(super) struct Limits {
    pub(super) memory_bytes: u64,
}

impl ResourceLimiter for Limits {
    /// Past the cap the run ends: a guest that is told "no" mostly traps far from the cause.
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if u64::try_from(desired).is_ok_and(|desired| desired <= self.memory_bytes) {
            Ok(true)
        } else {
            Err(Stop::Memory.into())
        }
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired as u64 <= stk_contract::wasm::TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}
