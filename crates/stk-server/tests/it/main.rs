//! The Server against a real Postgres, fed with edge packages made by hand.

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
mod packages;
mod sharing;
mod sql;
mod transactions;
