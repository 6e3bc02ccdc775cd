//! Plans and applies of an environment's schema.

pub mod applies;
pub mod diff;
pub mod inspect;
pub mod plan;
