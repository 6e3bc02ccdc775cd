//! The modules of `js/`: compiled once a process, loaded into a realm by name.

use rquickjs::{Ctx, Function, Module, Result};

use crate::compile;

const SOURCES: [(&str, &str); 38] = [
    ("globals/abort", include_str!("js/abort.js")),
    ("globals/base64", include_str!("js/base64.js")),
    ("globals/blob", include_str!("js/blob.js")),
    ("globals/body", include_str!("js/body.js")),
    ("globals/boot", include_str!("js/boot.js")),
    ("globals/bytes", include_str!("js/bytes.js")),
    ("globals/clock", include_str!("js/clock.js")),
    ("globals/clone", include_str!("js/clone.js")),
    ("globals/console", include_str!("js/console.js")),
    ("globals/crypto", include_str!("js/crypto.js")),
    ("globals/cryptokey", include_str!("js/cryptokey.js")),
    ("globals/events", include_str!("js/events.js")),
    ("globals/fetch", include_str!("js/fetch.js")),
    ("globals/format", include_str!("js/format.js")),
    ("globals/formdata", include_str!("js/formdata.js")),
    ("globals/headers", include_str!("js/headers.js")),
    ("globals/inspect", include_str!("js/inspect.js")),
    ("globals/inspect-error", include_str!("js/inspect-error.js")),
    ("globals/inspect-text", include_str!("js/inspect-text.js")),
    ("globals/inspect-types", include_str!("js/inspect-types.js")),
    ("globals/iteration", include_str!("js/iteration.js")),
    ("globals/keys", include_str!("js/keys.js")),
    ("globals/mime", include_str!("js/mime.js")),
    ("globals/pairs", include_str!("js/pairs.js")),
    ("globals/pipe", include_str!("js/pipe.js")),
    ("globals/queue", include_str!("js/queue.js")),
    ("globals/readable", include_str!("js/readable.js")),
    ("globals/request", include_str!("js/request.js")),
    ("globals/response", include_str!("js/response.js")),
    ("globals/subtle", include_str!("js/subtle.js")),
    ("globals/table", include_str!("js/table.js")),
    ("globals/text", include_str!("js/text.js")),
    ("globals/timers", include_str!("js/timers.js")),
    ("globals/transform", include_str!("js/transform.js")),
    ("globals/url", include_str!("js/url.js")),
    ("globals/urlsearchparams", include_str!("js/urlsearchparams.js")),
    ("globals/webidl", include_str!("js/webidl.js")),
    ("globals/writable", include_str!("js/writable.js")),
];

/// Compiles what is not compiled yet.
pub(super) fn compile_all() -> Result<()> {
    SOURCES.iter().try_for_each(|(name, source)| compile::own(name, source).map(|_| ()))
}

/// The function that the module named `name` exports.
pub(super) fn load<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Function<'js>> {
    let known = SOURCES.iter().find(|(known, _)| known.strip_prefix("globals/") == Some(name));
    let (name, source) = known.ok_or(rquickjs::Error::Unknown)?;
    let bytecode = compile::own(name, source)?;
    // SAFETY: the bytes were written by this process's own compiler.
    #[allow(unsafe_code)]
    let module = unsafe { Module::load(ctx.clone(), &bytecode) }?;
    let (module, evaluated) = module.eval()?;
    evaluated.finish::<()>()?;
    module.get("default")
}
