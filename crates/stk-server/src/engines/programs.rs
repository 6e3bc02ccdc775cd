//! The programs of a release, each ready to run in its engine.

use std::sync::Arc;

use ahash::AHashMap;
use bytes::Bytes;
use stk_contract::{Code, Hash, Release};

use super::Engines;
use super::wasm::LoadedModule;

/// Engine logic of one release, by path.
#[derive(Default)]
pub(crate) struct Programs {
    by_logic: AHashMap<Box<str>, Program>,
    /// By the hash of the module's bytes, for the next release.
    modules: AHashMap<Hash, Arc<LoadedModule>>,
}

#[derive(Clone)]
pub(crate) enum Program {
    Wasm(Arc<LoadedModule>),
    /// It can not run here, and why: its calls are answered 503, the rest of the release serves.
    Broken(Arc<str>),
}

impl Programs {
    /// Loads what the release has. What `before` has loaded already is taken from there.
    pub(crate) async fn load(engines: &Engines, release: &Release, before: Option<&Programs>) -> Programs {
        let mut programs = Programs::default();
        for (path, code) in &release.code {
            let program = match code {
                Code::Sql(_) => continue,
                Code::Js(_) => Program::Broken("this Server has no engine for JavaScript".into()),
                Code::Wasm(hash) => programs.wasm(engines, release, hash, before).await,
            };
            if let Program::Broken(reason) = &program {
                tracing::error!(project = release.project, logic = %path, %reason, "logic can not run here");
            }
            programs.by_logic.insert(path.as_str().into(), program);
        }
        programs
    }

    pub(crate) fn get(&self, logic: &str) -> Option<&Program> {
        self.by_logic.get(logic)
    }

    async fn wasm(
        &mut self,
        engines: &Engines,
        release: &Release,
        hash: &Hash,
        before: Option<&Programs>,
    ) -> Program {
        let loaded = self.modules.get(hash).or_else(|| before?.modules.get(hash));
        if let Some(module) = loaded.cloned() {
            self.modules.insert(*hash, module.clone());
            return Program::Wasm(module);
        }
        let Some(bytes) = release.binaries.get(hash) else {
            return Program::Broken("the release has not its module".into());
        };
        let engine = match &engines.wasm {
            Ok(engine) => engine,
            Err(reason) => return Program::Broken(reason.as_str().into()),
        };
        match engine.load(Bytes::copy_from_slice(bytes)).await {
            Ok(module) => {
                let module = Arc::new(module);
                self.modules.insert(*hash, module.clone());
                Program::Wasm(module)
            }
            Err(error) => Program::Broken(error.to_string().into()),
        }
    }
}
