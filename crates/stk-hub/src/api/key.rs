//! The key that a Server of its own needs.

pub mod show;
