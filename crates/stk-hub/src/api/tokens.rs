//! Development tokens for users of the app.

pub mod create;
