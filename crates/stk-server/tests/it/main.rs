//! The Server against a real Postgres, fed with edge packages made by hand.

mod bad_input;
mod caching;
mod calls;
mod client;
mod fixture;
mod issuers;
mod lifecycle;
mod load;
mod packages;
mod sharing;
mod sql;
