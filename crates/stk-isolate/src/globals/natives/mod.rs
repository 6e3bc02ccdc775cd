//! The native functions that the modules of `js/` are given. None keeps anything between calls.

mod base64;
mod crypto;
mod multipart;
mod objects;
mod text;
mod url;

use std::sync::OnceLock;
use std::time::Instant;

use rquickjs::function::IntoJsFunc;
use rquickjs::{Ctx, FromJs, Function, Object, Result, TypedArray, Value};

use crate::globals::sources;
use crate::host::Host;

pub(super) fn register<'js>(ctx: &Ctx<'js>, host: &Host, native: &Object<'js>) -> Result<()> {
    let registry = Registry { ctx, host, native };
    registry.add("module", |ctx: Ctx<'js>, name: String| -> Result<Function<'js>> {
        sources::load(&ctx, &name)
    })?;
    registry.add("now", now_ms)?;
    base64::register(&registry)?;
    crypto::register(&registry)?;
    multipart::register(&registry)?;
    objects::register(&registry)?;
    text::register(&registry)?;
    url::register(&registry)
}

/// Where native functions are put.
struct Registry<'a, 'js> {
    ctx: &'a Ctx<'js>,
    host: &'a Host,
    native: &'a Object<'js>,
}

impl<'js> Registry<'_, 'js> {
    fn add<P, F>(&self, name: &str, f: F) -> Result<()>
    where
        F: IntoJsFunc<'js, P> + 'js,
    {
        self.native.set(name, self.host.function(self.ctx, name, f)?)
    }
}

/// Milliseconds since the process was first asked.
fn now_ms() -> f64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    ORIGIN.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

/// The bytes of a `Uint8Array`, copied out.
struct Bytes(Vec<u8>);

impl<'js> FromJs<'js> for Bytes {
    fn from_js(_ctx: &Ctx<'js>, value: Value<'js>) -> Result<Bytes> {
        let array = TypedArray::<u8>::from_value(value)?;
        // SAFETY: the bytes are copied at once, while no JavaScript runs that could detach or resize the buffer.
        #[allow(unsafe_code)]
        let bytes = unsafe { array.as_bytes() }.unwrap_or_default();
        Ok(Bytes(bytes.to_vec()))
    }
}

/// As a `Uint8Array` of its own.
fn array<'js>(ctx: Ctx<'js>, bytes: &[u8]) -> Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx, bytes)
}
