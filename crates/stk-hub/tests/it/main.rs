//! The Hub over HTTP, on a real Postgres, with a real KV file. One module a resource of the API.

mod apply;
mod bootstrap;
mod crash;
mod environments;
mod logic;
mod manifest;
mod projects;
mod provision;
mod releases;
mod schema;
mod secrets;
mod start;
mod support;
mod tokens;
