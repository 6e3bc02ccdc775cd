//! The client manifest of what serves.

pub mod show;
