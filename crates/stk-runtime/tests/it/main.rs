//! The runtime as a host sees it, against a real Postgres.

#![allow(clippy::unwrap_used)] // A test that fails here says where.

mod calls;
mod operations;
mod params;
mod support;
mod tokens;
mod values;
