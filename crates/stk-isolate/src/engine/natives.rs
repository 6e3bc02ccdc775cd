//! The native functions that `core.js` is made with.

use std::rc::Rc;

use rquickjs::{Coerced, Ctx, Exception, Object, Result};

use super::current::Current;
use crate::clock;
use crate::host::Host;
use crate::protocol::{Fault, Level, Outcome};

/// Nanoseconds in a millisecond.
const MS: f64 = 1e6;
/// As in browsers: longer waits are no waits of a call.
const TIMER_MS_MAX: f64 = 2_147_483_647.0;

/// An object of them all.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Host, current: &Rc<Current>) -> Result<Object<'js>> {
    let natives = Object::new(ctx.clone())?;
    operations(ctx, host, current, &natives)?;
    endings(ctx, host, current, &natives)?;
    Ok(natives)
}

fn operations<'js>(ctx: &Ctx<'js>, host: &Host, current: &Rc<Current>, natives: &Object<'js>) -> Result<()> {
    let own = current.clone();
    let start = move |ctx: Ctx<'js>, name: String, input: String| {
        own.operation(&name, input.as_bytes()).map_err(|why| Exception::throw_range(&ctx, why))
    };
    natives.set("start", host.function(ctx, "start", start)?)?;

    let own = current.clone();
    let timer = move |ctx: Ctx<'js>, ms: f64| {
        let ms = if (0.0..=TIMER_MS_MAX).contains(&ms) { ms } else { 0.0 };
        let due_ns = clock::now_ns().saturating_add((ms * MS) as u64);
        own.set_timer(due_ns).map_err(|why| Exception::throw_range(&ctx, why))
    };
    natives.set("timer", host.function(ctx, "timer", timer)?)?;

    let own = current.clone();
    let clear = move |timer: u32| own.timers.borrow_mut().clear(timer);
    natives.set("clear", host.function(ctx, "clear", clear)?)?;

    let own = current.clone();
    let secret = move |name: String| own.secret(&name);
    natives.set("secret", host.function(ctx, "secret", secret)?)?;

    let own = current.clone();
    let log = move |level: String, message: Coerced<String>, fields: Option<String>| {
        let level = match level.as_str() {
            "debug" => Level::Debug,
            "warn" => Level::Warn,
            "error" => Level::Error,
            _ => Level::Info,
        };
        own.log(level, &message, fields.as_deref());
    };
    natives.set("log", host.function(ctx, "log", log)?)?;

    let own = current.clone();
    let random = move || own.random();
    natives.set("random", host.function(ctx, "random", random)?)
}

fn endings<'js>(ctx: &Ctx<'js>, host: &Host, current: &Rc<Current>, natives: &Object<'js>) -> Result<()> {
    let own = current.clone();
    let finish = move |json: String| own.finish(Outcome::Result(json.into_bytes()));
    natives.set("finish", host.function(ctx, "finish", finish)?)?;

    let own = current.clone();
    let fail = move |text: String| own.finish(Outcome::Failed(text));
    natives.set("fail", host.function(ctx, "fail", fail)?)?;

    let own = current.clone();
    let bad_result = move |text: String| own.finish(Outcome::BadResult(text));
    natives.set("badResult", host.function(ctx, "badResult", bad_result)?)?;

    let own = current.clone();
    let refuse = move |status: u16, code: String, message: String| {
        own.finish(Outcome::Refused(Fault { status, code, message }));
    };
    natives.set("refuse", host.function(ctx, "refuse", refuse)?)
}
