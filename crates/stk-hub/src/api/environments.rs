//! Environments of a project.

pub mod create;
pub mod list;
