//! Promises that were rejected and that nobody has looked at: a missing `await` most of the time.

use rquickjs::{Ctx, Value, qjs};

/// More are not told apart.
const TOLD_MAX: usize = 8;

/// Which promise, and what it was rejected with.
#[derive(Default)]
pub(super) struct Rejections(Vec<(usize, String)>);

impl Rejections {
    /// The engine says that a promise was rejected unseen, or that it was looked at after all.
    pub(super) fn note(&mut self, promise: &Value<'_>, reason: &Value<'_>, is_handled: bool) {
        let promise = identity(promise);
        if is_handled {
            self.0.retain(|(known, _)| *known != promise);
        } else if self.0.len() < TOLD_MAX {
            self.0.push((promise, text(reason)));
        }
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        self.0.drain(..).map(|(_, text)| text).collect()
    }
}

/// The object's address, which it keeps as long as it lives.
fn identity(value: &Value<'_>) -> usize {
    // SAFETY: the value is an object, and its pointer is compared only.
    #[allow(unsafe_code)]
    unsafe {
        qjs::JS_VALUE_GET_PTR(value.as_raw()) as usize
    }
}

/// Without running any code of the script.
fn text(reason: &Value<'_>) -> String {
    if let Some(exception) = reason.as_exception() {
        return exception.to_string().trim_end().to_owned();
    }
    match reason.as_string().map(rquickjs::String::to_string) {
        Some(Ok(text)) => text,
        _ => format!("a value of type {}", reason.type_name()),
    }
}

/// What the engine calls.
pub(super) fn tracker(current: std::rc::Rc<super::current::Current>) -> rquickjs::runtime::RejectionTracker {
    Box::new(move |_: Ctx<'_>, promise, reason, is_handled| {
        current.rejections.borrow_mut().note(&promise, &reason, is_handled);
    })
}
