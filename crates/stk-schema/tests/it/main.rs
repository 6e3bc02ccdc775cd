//! The schema engine against a real Postgres.

mod applying;
mod cases;
mod fingerprints;
mod statement;
