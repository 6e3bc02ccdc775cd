//! The `stk` binary end to end: a real project, a real Postgres, real processes.

mod cli;
mod dev;
mod failpoints;
mod init;
mod shop;
mod stk;
mod workspace;
