//! The `stk` binary end to end: a real project, a real Postgres, real processes.

mod cli;
mod client;
mod conformance;
mod dev;
mod failpoints;
mod init;
mod reference;
mod shop;
mod stk;
mod sync;
mod workspace;
