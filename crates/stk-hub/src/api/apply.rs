//! Files in, one checked release out.

pub mod create;
