use rquickjs::{Context, Runtime};

use super::*;

/// Bytes of the engine's memory before the globals, with them, and after `script`.
fn memory(script: &str) -> [i64; 3] {
    let runtime = Runtime::new().unwrap();
    let context = Context::full(&runtime).unwrap();
    let host = Host::default();
    let bytes = || {
        runtime.run_gc();
        runtime.memory_usage().memory_used_size
    };
    let before = bytes();
    context.with(|ctx| {
        let core = Object::new(ctx.clone()).unwrap();
        install_with(&ctx, &host, core).unwrap();
    });
    let with = bytes();
    context.with(|ctx| ctx.eval::<(), _>(script).unwrap());
    let after = bytes();
    drop(host);
    [before, with, after]
}

/// A realm's memory is copied after each run: what nobody touches must cost next to nothing.
#[test]
fn untouched_globals_cost_a_realm_little_memory() {
    let [before, with, after] =
        memory("URL; fetch; console; crypto.subtle; structuredClone; TransformStream; FormData");
    assert!(with - before < 96 << 10, "{} bytes", with - before);
    assert!(after - with < 768 << 10, "{} bytes", after - with);
}
