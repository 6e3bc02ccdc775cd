//! The first operator.

pub mod create;
