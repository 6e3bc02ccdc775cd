//! Applies of approved plans: begun, followed, cancelled.

pub mod create;
pub mod delete;
pub mod show;
