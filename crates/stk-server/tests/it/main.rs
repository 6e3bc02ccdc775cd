//! The Server against a real Postgres, fed with edge packages made by hand.

#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod bad_input;
mod caching;
mod calls;
mod client;
mod egress;
mod engines;
mod fixture;
mod guest;
mod invoking;
mod issuers;
mod lifecycle;
mod load;
mod neighbours;
mod packages;
mod sharing;
mod sql;
mod transactions;
