//! Numbered releases of an environment.

pub mod list;
pub mod rollback;
pub mod show;
