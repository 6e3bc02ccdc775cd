//! How wasmtime is set up: which features modules may use, and what one instance may take.

use stk_contract::wasm::{TABLE_ELEMENTS_MAX, TABLES_MAX};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::EngineError;

/// Runs under way at once, over all projects; more wait.
pub(super) const RUNS_MAX: u32 = 256;

/// Bytes of the guest's call stack (its own stack in linear memory is beside it).
const STACK_BYTES_MAX: usize = 512 * 1024;

/// Room for functions, globals and the like of one instance.
const INSTANCE_BYTES_MAX: usize = 1 << 20;

/// Memory of a slot that is cleaned in place and kept for the next run, instead of being given back to the system:
/// giving it back costs a page fault a page in the next run. Only where the system says which pages were written
/// (Linux 6.7), since cleaning all of it costs more.
const KEPT_MEMORY_BYTES: usize = 256 * 1024;
const KEPT_TABLE_BYTES: usize = 16 * 1024;

/// With the pool; without it on a machine that has not the address space for one (some containers cap it).
pub(super) fn engine() -> Result<Engine, EngineError> {
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    Engine::new(&config)
        .or_else(|error| {
            tracing::warn!(%error, "no pool for WASM instances; each is set up anew");
            Engine::new(&self::config())
        })
        .map_err(|error| EngineError::Setup(error.to_string()))
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES_MAX)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .memory_init_cow(true)
        // Backtraces name functions; offsets inside them would only make the code larger.
        .generate_address_map(false)
        // Panics do not unwind through the guest's frames: wasmtime carries them over.
        .native_unwind_info(false);
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(RUNS_MAX)
        .total_stacks(RUNS_MAX)
        .total_memories(RUNS_MAX)
        .total_tables(RUNS_MAX * TABLES_MAX)
        .max_memories_per_module(1)
        .max_tables_per_module(TABLES_MAX)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .table_elements(usize::try_from(TABLE_ELEMENTS_MAX).unwrap_or(usize::MAX));
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEPT_MEMORY_BYTES)
            .table_keep_resident(KEPT_TABLE_BYTES);
    }
    pool
}
