//! The Hub over HTTP, on a real Postgres, with a real KV file. One module a resource of the API.

mod bootstrap;
mod environments;
mod projects;
mod secrets;
mod start;
mod support;
