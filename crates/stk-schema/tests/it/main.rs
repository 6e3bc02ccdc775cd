//! The schema engine against a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod apply_drift;
mod apply_kill;
mod apply_lock;
mod apply_plans;
mod apply_rehearsal;
mod apply_steps;
mod cases;
mod fingerprints;
mod properties;
mod roundtrip;
mod schemas;
mod statement;
mod traffic_million;
