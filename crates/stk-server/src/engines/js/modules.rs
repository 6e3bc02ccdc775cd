//! The JavaScript of one release, as processes load it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use stk_isolate::protocol;

use super::stack::SourceMap;

/// All modules of a release. Processes know it by its `id`, and forget it once it is dropped.
pub(crate) struct LoadedModules {
    pub(super) id: u64,
    pub(super) modules: Arc<[protocol::Module]>,
    maps: BTreeMap<String, ModuleMap>,
}

/// Parsed when the first stack trace needs it; none if it is broken.
struct ModuleMap {
    json: String,
    parsed: OnceLock<Option<SourceMap>>,
}

impl LoadedModules {
    pub(crate) fn new(modules: &BTreeMap<String, stk_contract::Module>) -> LoadedModules {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let module = |(key, module): (&String, &stk_contract::Module)| protocol::Module {
            key: key.clone(),
            source: module.source.clone(),
            imports: module.imports.iter().map(|(name, key)| (name.clone(), key.clone())).collect(),
        };
        let map = |(key, module): (&String, &stk_contract::Module)| {
            (key.clone(), ModuleMap { json: module.source_map.clone(), parsed: OnceLock::new() })
        };
        LoadedModules {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            modules: modules.iter().map(module).collect(),
            maps: modules.iter().map(map).collect(),
        }
    }

    pub(super) fn source_map(&self, key: &str) -> Option<&SourceMap> {
        let map = self.maps.get(key)?;
        map.parsed.get_or_init(|| SourceMap::parse(&map.json)).as_ref()
    }
}
