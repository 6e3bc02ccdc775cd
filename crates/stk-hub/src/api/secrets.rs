//! Secrets of an environment; values go in and never come out.

pub mod delete;
pub mod list;
pub mod set;
