//! `config/limits.yaml`: what one call, and all of them, may take.

use stk_contract::config::Limits;

use crate::config::Document;
use crate::shape::{Fields, Key, Object, Shape};

pub(super) static SHAPE: Shape = Shape::Object(&LIMITS);

static LIMITS: Object = Object {
    keys: &[
        Key {
            name: "body",
            shape: Shape::Size,
            required: false,
            doc: "The largest body of a call. Default: 1MB.",
        },
        Key {
            name: "timeout",
            shape: Shape::Duration,
            required: false,
            doc: "How long a call may take. Default: 10s.",
        },
        Key {
            name: "response",
            shape: Shape::Size,
            required: false,
            doc: "The largest answer. Default: 8MB.",
        },
        Key {
            name: "rows",
            shape: Shape::Int { min: 1, max: 1_000_000_000 },
            required: false,
            doc: "The most rows of a result. Default: 10000.",
        },
        Key {
            name: "memory",
            shape: Shape::Size,
            required: false,
            doc: "Memory of one call's JavaScript or WebAssembly. Default: 64MB.",
        },
        Key {
            name: "concurrency",
            shape: Shape::Int { min: 1, max: 1_000_000 },
            required: false,
            doc: "Calls under way at once on a Server. Default: 100.",
        },
    ],
};

pub(super) fn read(document: &Document<'_>) -> Limits {
    let fields = Fields::of(Some(document.root), &LIMITS);
    let default = Limits::default();
    Limits {
        body_bytes: fields.size_bytes("body").unwrap_or(default.body_bytes),
        timeout_ms: fields.duration_ms("timeout").unwrap_or(default.timeout_ms),
        response_bytes: fields.size_bytes("response").unwrap_or(default.response_bytes),
        rows: fields.int("rows").unwrap_or(default.rows),
        memory_bytes: fields.size_bytes("memory").unwrap_or(default.memory_bytes),
        concurrency: fields.int("concurrency").unwrap_or(default.concurrency),
    }
}
