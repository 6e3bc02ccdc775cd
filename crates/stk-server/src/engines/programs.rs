//! The programs of a release, each ready to run in its engine.

use std::sync::Arc;

use ahash::AHashMap;
use bytes::Bytes;
use stk_contract::manifest::Isolate;
use stk_contract::{Code, Hash, Release};

use super::Engines;
use super::js::{JsEngine, JsSettings, LoadedModules};
use super::wasm::LoadedModule;

/// Engine logic of one release, by path.
#[derive(Default)]
pub(crate) struct Programs {
    by_logic: AHashMap<Box<str>, Program>,
    /// By the hash of the module's bytes, for the next release.
    modules: AHashMap<Hash, Arc<LoadedModule>>,
    /// With the memory it was made for, for the next release.
    js: Option<(Arc<JsEngine>, u64)>,
}

#[derive(Clone)]
pub(crate) enum Program {
    Js(Arc<JsProgram>),
    Wasm(Arc<LoadedModule>),
    /// It can not run here, and why: its calls are answered 503, the rest of the release serves.
    Broken(Arc<str>),
}

/// One handler.
pub(crate) struct JsProgram {
    pub(super) engine: Arc<JsEngine>,
    pub(super) modules: Arc<LoadedModules>,
    /// The module whose default export it is.
    pub(super) entry: Box<str>,
    /// `isolate: reuse`.
    pub(super) reuse: bool,
}

impl Programs {
    /// Loads what the release has. What `before` has loaded already is taken from there.
    pub(crate) async fn load(engines: &Engines, release: &Release, before: Option<&Programs>) -> Programs {
        let mut programs = Programs::default();
        let modules = Arc::new(LoadedModules::new(&release.modules));
        for (path, code) in &release.code {
            let program = match code {
                Code::Sql(_) => continue,
                Code::Js(code) => {
                    let spec = release.manifest.logic.get(path);
                    let reuse = spec.is_some_and(|spec| spec.isolate == Isolate::Reuse);
                    programs.js(engines, release, &code.entry, &modules, reuse, before)
                }
                Code::Wasm(hash) => programs.wasm(engines, release, hash, before).await,
            };
            if let Program::Broken(reason) = &program {
                tracing::error!(project = release.project, logic = %path, %reason, "logic can not run here");
            }
            programs.by_logic.insert(path.as_str().into(), program);
        }
        if let Some((engine, _)) = &programs.js {
            // So that the first call after a deploy does not wait for a process.
            engine.prepare(&modules).await;
        }
        programs
    }

    pub(crate) fn get(&self, logic: &str) -> Option<&Program> {
        self.by_logic.get(logic)
    }

    fn js(
        &mut self,
        engines: &Engines,
        release: &Release,
        entry: &str,
        modules: &Arc<LoadedModules>,
        reuse: bool,
        before: Option<&Programs>,
    ) -> Program {
        let memory_bytes = release.config.limits.memory_bytes;
        let kept = self.js.as_ref().or_else(|| before?.js.as_ref());
        let engine = match kept.filter(|(_, made_for)| *made_for == memory_bytes) {
            Some((engine, _)) => engine.clone(),
            None => match &engines.isolate {
                Ok(command) => Arc::new(JsEngine::new(command.clone(), JsSettings::new(memory_bytes))),
                Err(reason) => return Program::Broken(reason.as_str().into()),
            },
        };
        self.js = Some((engine.clone(), memory_bytes));
        let program = JsProgram { engine, modules: modules.clone(), entry: entry.into(), reuse };
        Program::Js(Arc::new(program))
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
