//! The `stk` binary end to end: a real project, a real Postgres, real processes.

#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod cli;
mod client;
mod conformance;
mod dev;
mod engines;
mod failpoints;
mod hostile;
mod init;
mod reference;
mod schema;
mod shop;
mod stk;
mod storage;
mod sync;
mod wasm;
mod workspace;
