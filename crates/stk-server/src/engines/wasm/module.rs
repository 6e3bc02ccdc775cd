//! A module, compiled and bound to its imports.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use stk_contract::wasm::MODULE_BYTES_MAX;
use wasmtime::{InstancePre, Module};

use super::Shared;
use super::cache::Entry;
use super::run::Run;

/// A module at its largest takes less on the slowest machine that a Server is for.
const COMPILE_MAX: Duration = Duration::from_secs(60);

/// Ready to run, any number of times at once.
pub(crate) struct LoadedModule {
    pub(super) instances: InstancePre<Run>,
    pub(super) manners: Arc<Manners>,
}

/// Whether runs of a module tend to compute for long. Those of one that does begin in the slow lane, so that not even
/// their first slice is at the cost of others.
#[derive(Default)]
pub(super) struct Manners {
    /// Short runs that it still owes before the next may begin at home.
    owed: AtomicU32,
}

impl Manners {
    /// One alone would let a caller pair each long run with a short one.
    const OWED_AFTER_LONG: u32 = 16;

    pub(super) fn are_bad(&self) -> bool {
        self.owed.load(Relaxed) > 0
    }

    pub(super) fn long_run(&self) {
        self.owed.store(Self::OWED_AFTER_LONG, Relaxed);
    }

    pub(super) fn short_run(&self) {
        // Mostly there is nothing to write, and cores do not have to agree on who writes it.
        if self.are_bad() {
            let _ = self.owed.try_update(Relaxed, Relaxed, |owed| owed.checked_sub(1));
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the module has {bytes} bytes; the limit is {MODULE_BYTES_MAX}")]
    TooLarge { bytes: usize },
    #[error("the module is refused: {0}")]
    Refused(String),
    #[error("the module took more than {} s to compile", COMPILE_MAX.as_secs())]
    TooSlow,
    #[error("compiling the module failed: {0}")]
    Failed(String),
}

pub(super) async fn load(shared: &Arc<Shared>, wasm: Bytes) -> Result<LoadedModule, LoadError> {
    if wasm.len() > MODULE_BYTES_MAX {
        return Err(LoadError::TooLarge { bytes: wasm.len() });
    }
    let turn = shared.compiling.clone().acquire_owned().await;
    let turn = turn.map_err(|error| LoadError::Failed(error.to_string()))?;
    let loading = shared.clone();
    let loaded = tokio::task::spawn_blocking(move || {
        let loaded = loading.load(&wasm);
        // Kept to the end, also where nobody waits any more: one module at a time takes a core.
        drop(turn);
        loaded
    });
    match tokio::time::timeout(COMPILE_MAX, loaded).await {
        Err(_) => Err(LoadError::TooSlow),
        Ok(Err(error)) => Err(LoadError::Failed(error.to_string())),
        Ok(Ok(loaded)) => loaded,
    }
}

impl Shared {
    fn load(&self, wasm: &[u8]) -> Result<LoadedModule, LoadError> {
        let refused = |error: wasmtime::Error| LoadError::Refused(format!("{error:#}"));
        let module = match &self.cache {
            None => Module::from_binary(&self.engine, wasm).map_err(refused)?,
            Some(cache) => {
                let entry = Entry::of(&self.engine, wasm);
                match cache.module(&self.engine, &entry) {
                    Some(module) => module,
                    None => {
                        let module = Module::from_binary(&self.engine, wasm).map_err(refused)?;
                        cache.keep(&entry, &module);
                        module
                    }
                }
            }
        };
        let instances = self.linker.instantiate_pre(&module).map_err(refused)?;
        for (name, missing) in [
            ("_start", module.get_export("_start").is_none_or(|export| export.func().is_none())),
            ("memory", module.get_export("memory").is_none_or(|export| export.memory().is_none())),
        ] {
            if missing {
                return Err(LoadError::Refused(format!("it does not export `{name}`")));
            }
        }
        Ok(LoadedModule { instances, manners: Arc::default() })
    }
}
