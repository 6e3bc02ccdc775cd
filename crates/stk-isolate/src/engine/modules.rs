//! The modules of a release: compiled when first imported, then loaded from bytecode into each realm.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Exception, Module, Result};

use super::current::Current;
use crate::compile::Compiler;
use crate::protocol;

/// The name that `core.js` imports from: it may import any module of the release, for it imports the entry.
pub(super) const CORE: &str = "santokit:core";

pub(super) struct Release {
    modules: HashMap<String, ReleaseModule>,
}

/// Bytecode, or QuickJS's message.
type Compiled = std::result::Result<Rc<[u8]>, Rc<str>>;

struct ReleaseModule {
    source: String,
    imports: HashMap<String, String>,
    /// None before the first import.
    compiled: RefCell<Option<Compiled>>,
}

impl Release {
    pub(super) fn new(modules: &[protocol::Module]) -> Release {
        let module = |module: &protocol::Module| {
            let read = ReleaseModule {
                source: module.source.clone(),
                imports: module.imports.iter().cloned().collect(),
                compiled: RefCell::default(),
            };
            (module.key.clone(), read)
        };
        Release { modules: modules.iter().map(module).collect() }
    }

    /// What `specifier` means in the module `base`.
    fn resolve(&self, base: &str, specifier: &str) -> Option<&str> {
        if base == CORE {
            return self.modules.get_key_value(specifier).map(|(key, _)| key.as_str());
        }
        self.modules.get(base)?.imports.get(specifier).map(String::as_str)
    }

    fn bytecode(&self, key: &str) -> Option<Compiled> {
        let module = self.modules.get(key)?;
        let mut compiled = module.compiled.borrow_mut();
        let compiled = compiled.get_or_insert_with(|| {
            let compiler = Compiler::new().map_err(|error| Rc::from(error.to_string()))?;
            compiler.module(key, &module.source).map(Rc::from).map_err(Rc::from)
        });
        Some(compiled.clone())
    }
}

/// Gives a realm the modules of the release whose run it is at, and no other.
pub(super) struct ReleaseModules(pub(super) Rc<Current>);

impl Resolver for ReleaseModules {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let release = self.0.release();
        let found = release.as_ref().and_then(|release| release.resolve(base, name));
        found.map(str::to_owned).ok_or_else(|| Error::new_resolving(base, name))
    }
}

impl Loader for ReleaseModules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let bytecode = self.0.release().and_then(|release| release.bytecode(name));
        match bytecode {
            None => Err(Error::new_loading(name)),
            Some(Err(message)) => Err(Exception::throw_syntax(ctx, &message)),
            Some(Ok(bytecode)) => {
                // SAFETY: this process's own compiler wrote the bytes.
                #[allow(unsafe_code)]
                unsafe {
                    Module::load(ctx.clone(), &bytecode)
                }
            }
        }
    }
}
