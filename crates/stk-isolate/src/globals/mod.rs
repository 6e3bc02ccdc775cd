//! The web's globals for users' code: what a realm offers beyond the language.
//!
//! Most of it is JavaScript of our own in `js/`: one module a file, `export default (native, load, uncurry) => exports`,
//! loaded when a script first touches one of its globals, since most scripts touch few. What JavaScript does badly or not
//! at all (URLs, encodings, cryptography, looking into objects) are native functions in `natives`.
//!
//! Our modules keep the functions of the language that they use when they are loaded. A script that changes prototypes
//! before can confuse them, in its own run: they hold nothing that the script does not have as well.
//!
//! Deliberately absent: any way out of the process other than [`Host`]'s operations; `Intl`; BYOB readers of streams;
//! encryption other than AES-GCM; WebSocket, Worker, storage of any kind.

mod natives;
mod sources;

use rquickjs::{Ctx, Function, Object, Result};

use crate::host::Host;

/// Compiles what no run has needed yet, so that none waits for it.
pub fn compile_all() -> Result<()> {
    sources::compile_all()
}

/// Registers the globals into a fresh realm, after `core`.
pub fn install(ctx: &Ctx<'_>, host: &Host) -> Result<()> {
    install_with(ctx, host, host.core(ctx)?)
}

fn install_with<'js>(ctx: &Ctx<'js>, host: &Host, core: Object<'js>) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    natives::register(ctx, host, &native)?;
    let boot: Function<'_> = sources::load(ctx, "boot")?;
    boot.call::<_, ()>((native, core))
}

#[cfg(test)]
mod tests;
