//! The SQL engine: runs what the runtime asks for on the connections of one database.
//!
//! Statements proved free of side effects ride a few shared, pipelined connections ([`shared`]); everything else has
//! a connection of its own while it runs ([`pool`]). Timeouts are enforced from here, never by SQL alone. A
//! connection is cancelled only when nobody else waits on it. Deliberately absent: SQL text of our own making beyond
//! `begin`, `commit` and the reset of a session, and any knowledge of what the rows mean.

mod clean;
mod connect;
mod database;
mod dynamic;
mod fault;
mod link;
mod open;
mod pool;
mod rows;
mod shared;
mod single;
mod slow;
mod tls;
mod transaction;
mod types;
mod watchdog;

pub(crate) use database::{Database, Gauges};
pub(crate) use open::OpenTransaction;
