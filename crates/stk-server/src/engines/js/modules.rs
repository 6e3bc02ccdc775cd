//! The JavaScript of one release, as processes load it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use stk_isolate::protocol;

use super::stack::SourceMap;

/// All modules of a release. Processes know it by its `id`, and forget it once it is dropped.
pub(crate) struct LoadedModules {
    pub(super) id: u64,
    pub(super) modules: Arc<[protocol::Module]>,
    /// By module; read when the first stack trace needs one.
    maps: BTreeMap<String, String>,
}

impl LoadedModules {
    pub(crate) fn new(modules: &BTreeMap<String, stk_contract::release::Module>) -> LoadedModules {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let module = |(key, module): (&String, &stk_contract::release::Module)| protocol::Module {
            key: key.clone(),
            source: module.source.clone(),
            imports: module.imports.iter().map(|(name, key)| (name.clone(), key.clone())).collect(),
        };
        let maps = modules.iter().filter(|(_, module)| !module.source_map.is_empty());
        LoadedModules {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            modules: modules.iter().map(module).collect(),
            maps: maps.map(|(key, module)| (key.clone(), module.source_map.clone())).collect(),
        }
    }

    pub(super) fn source_map(&self, key: &str) -> Option<SourceMap> {
        SourceMap::parse(self.maps.get(key)?)
    }
}
