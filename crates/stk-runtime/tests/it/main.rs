//! The runtime as a host sees it, against a real Postgres.

mod calls;
mod params;
mod support;
mod tokens;
mod values;
