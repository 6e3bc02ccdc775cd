//! The commands that talk to a Hub or to the project's files, a module each.

pub mod apply;
pub mod auth;
pub mod completions;
pub mod config;
pub mod env;
pub mod init;
pub mod logic;
pub mod login;
pub mod project;
pub mod release;
pub mod schema;
pub mod secret;
