//! A Postgres of our own for `stk dev` and `stk platform`: found or fetched, initialised in the data directory, on a
//! Unix socket only, with generated credentials, as an unprivileged user when started as root.
//!
//! Deliberately absent: upgrades between major versions, and anything about the databases inside.

mod cluster;
mod fetch;
mod find;

pub use cluster::Cluster;
pub use find::Installation;
