//! The schema engine against a real Postgres.

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
