//! Looking into objects where JavaScript can not: classes, proxies, promises; and how wide a text prints.

use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Object, Promise, Result, Value, qjs};
use unicode_width::UnicodeWidthChar as _;

use super::Registry;

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add("classId", class_id)?;
    registry.add("proxyTarget", |value: Value<'js>| proxy_part(&value, Part::Target))?;
    registry.add("proxyHandler", |value: Value<'js>| proxy_part(&value, Part::Handler))?;
    registry.add("promiseState", |promise: Promise<'js>| match promise.state() {
        PromiseState::Pending => 0,
        PromiseState::Resolved => 1,
        PromiseState::Rejected => 2,
    })?;
    registry.add("promiseResult", promise_result)?;
    registry.add("width", |text: String| -> usize { text.chars().map(|c| c.width().unwrap_or(0)).sum() })
}

/// QuickJS's own number of an object's class. Which number means what is found out by examples.
fn class_id(value: Value<'_>) -> u32 {
    // SAFETY: `value` is alive, and only its class is read.
    #[allow(unsafe_code)]
    unsafe {
        qjs::JS_GetClassID(value.as_raw())
    }
}

enum Part {
    Target,
    Handler,
}

/// `undefined` for what is no proxy, `null` for a revoked one.
fn proxy_part<'js>(value: &Value<'js>, part: Part) -> Value<'js> {
    let ctx = value.ctx().clone();
    let Some(proxy) = value.as_proxy() else { return Value::new_undefined(ctx) };
    let found: Result<Object<'js>> = match part {
        Part::Target => proxy.target(),
        Part::Handler => proxy.handler(),
    };
    found.map_or_else(
        |_| {
            ctx.catch();
            Value::new_null(ctx.clone())
        },
        Object::into_value,
    )
}

fn promise_result<'js>(ctx: Ctx<'js>, promise: Promise<'js>) -> Value<'js> {
    match promise.result::<Value<'js>>() {
        None => Value::new_undefined(ctx),
        Some(Ok(value)) => value,
        // A rejection is raised; it is looked at only.
        Some(Err(_)) => ctx.catch(),
    }
}
