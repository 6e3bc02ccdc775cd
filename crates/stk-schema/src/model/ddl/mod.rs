//! The model's objects beside tables as DDL: what creates them, in both forms of `Renderer`.
//!
//! Tables, their keys and indexes stand in `plan::render`; changes of what is there are `plan`'s business.

mod partitions;
mod routines;
mod security;
mod types;
mod views;

pub(crate) use security::roles;
