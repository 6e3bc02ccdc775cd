//! One runtime with one context, its globals installed, and how it looked before anyone's code ran in it.

use std::rc::Rc;

use rquickjs::{
    CatchResultExt as _, Context, Ctx, Function, Object, Persistent, Result, Runtime, Value,
    context::intrinsic,
};

use super::current::Current;
use super::modules::{CORE, ReleaseModules};
use super::natives::natives;
use super::outbox::Outbox;
use super::rejections;
use crate::arena::SharedArena;
use crate::globals;
use crate::host::Host;
use crate::protocol::Fault;

/// Of the C stack, which is 8 MB on the process's only thread and 2 MB in tests.
const STACK_BYTES: usize = 1 << 20;
/// Garbage in cycles that may gather before the collector looks. Most runs end before.
const COLLECT_AFTER_BYTES: usize = 8 << 20;

/// The language without `eval` and `new Function`: code comes from the release alone.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::WeakRef,
    intrinsic::DOMException,
);

/// The functions of `core.js` that the engine calls.
struct Hooks {
    start: Persistent<Function<'static>>,
    settle: Persistent<Function<'static>>,
    reject: Persistent<Function<'static>>,
    fire: Persistent<Function<'static>>,
    forget: Persistent<Function<'static>>,
}

/// What a hook left. They catch what users' code throws, so an error is the engine's own: no memory, no stack, no time.
type Called = std::result::Result<(), String>;

/// Fields are dropped in this order: what holds values of the runtime before the runtime.
pub(super) struct Realm {
    hooks: Hooks,
    host: Host,
    context: Context,
    runtime: Runtime,
    arena: SharedArena,
    pub(super) current: Rc<Current>,
}

/// No realm could be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum RealmError {
    #[error("memory: {0}")]
    Memory(#[from] std::io::Error),
    #[error("the engine: {0}")]
    Engine(String),
    #[error(transparent)]
    Image(#[from] crate::arena::ImageTooLarge),
}

impl Realm {
    pub(super) fn new(outbox: &Rc<Outbox>) -> std::result::Result<Realm, RealmError> {
        let arena = SharedArena::new()?;
        let current = Rc::new(Current::new(outbox));
        let engine = |error: rquickjs::Error| RealmError::Engine(error.to_string());
        let runtime = Runtime::new_with_alloc(arena.clone()).map_err(engine)?;
        runtime.set_max_stack_size(STACK_BYTES);
        runtime.set_gc_threshold(COLLECT_AFTER_BYTES);
        runtime.set_loader(ReleaseModules(current.clone()), ReleaseModules(current.clone()));
        let context = Context::custom::<Intrinsics>(&runtime).map_err(engine)?;
        let host = Host::default();
        let hooks = context.with(|ctx| {
            let hooks = install(&ctx, &host, &current);
            hooks.catch(&ctx).map_err(|error| RealmError::Engine(error.to_string()))
        })?;
        // What making the realm left behind in cycles need not be copied for ever.
        runtime.run_gc();
        runtime.set_host_promise_rejection_tracker(Some(rejections::tracker(current.clone())));
        let interrupt = current.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || interrupt.interrupt())));
        arena.keep()?;
        Ok(Realm { hooks, host, context, runtime, arena, current })
    }

    /// Prepares for a run: its memory.
    pub(super) fn set_memory(&self, bytes: u64) {
        self.arena.set_limit(bytes);
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.arena.used() as u64
    }

    /// Whether the run asked for more memory than it may have.
    pub(super) fn ran_out_of_memory(&self) -> bool {
        self.arena.refused()
    }

    /// Makes the realm what it was when it was new.
    pub(super) fn put_back(&self) {
        self.arena.put_back();
    }

    /// Executes one job of the queue: whether there was one.
    pub(super) fn execute_job(&self) -> bool {
        // A job that throws does so into nobody's hands: promises catch what handlers throw.
        self.runtime.execute_pending_job().unwrap_or(true)
    }

    /// Calls the handler that `entry` exports; `params` and `request` are JSON.
    pub(super) fn start(&self, entry: &str, params: Vec<u8>, request: Vec<u8>) -> Called {
        self.call(&self.hooks.start, |ctx, hook| {
            hook.call((entry, ctx.json_parse(params)?, ctx.json_parse(request)?))
        })
    }

    pub(super) fn settle(&self, operation: u32, output: Vec<u8>) -> Called {
        self.call(&self.hooks.settle, |ctx, hook| hook.call((operation, ctx.json_parse(output)?)))
    }

    pub(super) fn reject(&self, operation: u32, fault: Fault) -> Called {
        self.call(&self.hooks.reject, |_, hook| {
            hook.call((operation, fault.status, fault.code, fault.message))
        })
    }

    pub(super) fn fire(&self, timer: u32) -> Called {
        self.call(&self.hooks.fire, |_, hook| hook.call((timer,)))
    }

    /// Between two runs of a realm that is used again.
    pub(super) fn forget(&self) -> Called {
        self.call(&self.hooks.forget, |_, hook| hook.call(()))
    }

    fn call(
        &self,
        hook: &Persistent<Function<'static>>,
        call: impl for<'js> FnOnce(&Ctx<'js>, Function<'js>) -> Result<Value<'js>>,
    ) -> Called {
        self.context.with(|ctx| {
            let called = hook.clone().restore(&ctx).and_then(|hook| call(&ctx, hook));
            called.map(drop).catch(&ctx).map_err(|error| error.to_string())
        })
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        // Everything that was kept alive was so when the memory was copied.
        self.arena.put_back();
        self.host.release();
    }
}

/// Makes `core.js` and the globals part of a fresh context.
fn install<'js>(ctx: &Ctx<'js>, host: &Host, current: &Rc<Current>) -> Result<Hooks> {
    let module = host.load(ctx, CORE, include_str!("core.js"))?;
    let make: Function<'js> = module.get("default")?;
    let made: Object<'js> = make.call((natives(ctx, host, current)?,))?;
    host.set_core(ctx, made.get("core")?);
    globals::install(ctx, host)?;
    let hook = |name: &str| made.get::<_, Function<'js>>(name).map(|hook| Persistent::save(ctx, hook));
    Ok(Hooks {
        start: hook("start")?,
        settle: hook("settle")?,
        reject: hook("reject")?,
        fire: hook("fire")?,
        forget: hook("forget")?,
    })
}
