//! What a realm's own code (`core.js`, the globals) is given by this process: native functions, modules compiled once,
//! and the `core` object, through which operations, timers and log lines go.
//!
//! A realm is made once and put back to its first state after each run by copying its memory (see `arena`). So what is
//! registered into it obeys four rules:
//!
//! 1. Native functions are made by [`Host::function`] only, at installation: it keeps them alive, so that a script can
//!    not free what the copied memory still points to.
//! 2. No `rquickjs::Class`, no `Persistent`, no `Function::new` elsewhere: what Rust owns would outlive the run.
//! 3. Buffers given to JavaScript are copies (`ArrayBuffer::new_copy`, `TypedArray::new_copy`).
//! 4. Native functions keep no state between calls: state lives in JavaScript values.

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::function::IntoJsFunc;
use rquickjs::{Ctx, Function, Module, Object, Persistent, Result};

use crate::compile;

/// A handle on one realm's surroundings. Cheap to clone.
#[derive(Clone, Default)]
pub struct Host {
    held: Rc<Held>,
}

/// References that keep values of the realm alive for as long as the realm.
#[derive(Default)]
struct Held {
    functions: RefCell<Vec<Persistent<Function<'static>>>>,
    core: RefCell<Option<Persistent<Object<'static>>>>,
}

impl Host {
    /// A native function, alive as long as the realm.
    pub fn function<'js, P, F>(&self, ctx: &Ctx<'js>, name: &str, f: F) -> Result<Function<'js>>
    where
        F: IntoJsFunc<'js, P> + 'js,
    {
        let function = Function::new(ctx.clone(), f)?.with_name(name)?;
        self.held.functions.borrow_mut().push(Persistent::save(ctx, function.clone()));
        Ok(function)
    }

    /// Evaluates an ES module of our own and gives its namespace. It may not import, and may not use top-level await.
    /// The source is compiled once a process, so a realm pays for loading bytecode only.
    pub fn load<'js>(&self, ctx: &Ctx<'js>, name: &'static str, source: &'static str) -> Result<Object<'js>> {
        let bytecode = compile::own(name, source)?;
        // SAFETY: the bytes were written by this process's own compiler a moment ago.
        #[allow(unsafe_code)]
        let module = unsafe { Module::load(ctx.clone(), &bytecode) }?;
        let (module, evaluated) = module.eval()?;
        evaluated.finish::<()>()?;
        module.namespace()
    }

    pub(crate) fn set_core<'js>(&self, ctx: &Ctx<'js>, core: Object<'js>) {
        self.held.core.replace(Some(Persistent::save(ctx, core)));
    }

    /// Lets go of all, before the realm is dropped.
    pub(crate) fn release(&self) {
        self.held.functions.take();
        self.held.core.take();
    }

    /// The object that our own JavaScript is given:
    ///
    /// - `operation(name, input)`: a promise of the operation's output. `input` and the output are plain values, as in
    ///   `docs/reference/operations.md`; it rejects with a `StkError`.
    /// - `StkError`: the class; also a global.
    /// - `setTimer(callback, ms)`: calls back once, gives an id; `clearTimer(id)`.
    /// - `describe(value)`: a thrown value as text, with its stack.
    /// - `log(level, message, fields)`: one line; `level` is `debug`, `info`, `warn` or `error`, `message` a string,
    ///   `fields` a plain object or undefined.
    pub fn core<'js>(&self, ctx: &Ctx<'js>) -> Result<Object<'js>> {
        let core = self.held.core.borrow().clone();
        core.expect("core.js is loaded before anything else").restore(ctx)
    }
}
