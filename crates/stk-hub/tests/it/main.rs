//! The Hub over HTTP, on a real Postgres, with a real KV file. One module a resource of the API.

#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod apply;
mod bootstrap;
mod crash;
mod environments;
mod examples;
mod logic;
mod logs;
mod manifest;
mod projects;
mod provision;
mod releases;
mod schema;
mod schema_atlas;
mod schema_kill;
mod schema_plans;
mod scripts;
mod secrets;
mod start;
mod support;
mod tokens;
