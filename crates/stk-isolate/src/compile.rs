//! Sources to bytecode, once each.
//!
//! Bytecode is believed as native code would be: it never leaves the process that compiled it, and is never accepted
//! from outside.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::{Declared, WriteOptions};
use rquickjs::{CatchResultExt as _, Context, Ctx, Module, Result, Runtime};

thread_local! {
    /// Our own modules, by name.
    static OWN: RefCell<HashMap<&'static str, Rc<[u8]>>> = RefCell::default();
    /// What compiles them, between two of them.
    static COMPILER: RefCell<Option<Compiler>> = const { RefCell::new(None) };
}

/// The bytecode of a module of our own.
pub(crate) fn own(name: &'static str, source: &'static str) -> Result<Rc<[u8]>> {
    if let Some(known) = OWN.with_borrow(|own| own.get(name).cloned()) {
        return Ok(known);
    }
    let compiler = COMPILER.take().map_or_else(Compiler::new, Ok)?;
    let compiled = compiler.module(name, source);
    COMPILER.set(Some(compiler));
    let bytecode: Rc<[u8]> =
        compiled.unwrap_or_else(|message| panic!("a module of our own does not compile: {message}")).into();
    OWN.with_borrow_mut(|own| own.insert(name, bytecode.clone()));
    Ok(bytecode)
}

/// Gives up what was kept for compiling more.
pub(crate) fn rest() {
    COMPILER.take();
}

/// A runtime that only compiles: nothing is ever evaluated in it.
pub(crate) struct Compiler {
    context: Context,
}

impl Compiler {
    pub(crate) fn new() -> Result<Compiler> {
        let runtime = Runtime::new()?;
        runtime.set_loader(AnyName, EmptyModule);
        Ok(Compiler { context: Context::full(&runtime)? })
    }

    /// One ES module's bytecode; an error is QuickJS's message.
    pub(crate) fn module(&self, name: &str, source: &str) -> std::result::Result<Vec<u8>, String> {
        self.context.with(|ctx| {
            let module = Module::declare(ctx.clone(), name, source).catch(&ctx).map_err(|e| e.to_string())?;
            // The source itself would be carried along for `Function.prototype.toString`.
            let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
            module.write(options).map_err(|e| e.to_string())
        })
    }
}

/// Compiling looks each import up but never runs it: any name will do, and an empty module behind it.
struct AnyName;

impl Resolver for AnyName {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        _base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        Ok(format!("import:{name}"))
    }
}

struct EmptyModule;

impl Loader for EmptyModule {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        Module::declare(ctx.clone(), name, "")
    }
}
